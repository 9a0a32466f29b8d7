"""Strict JSON: what FastAPI would let through and stumble over later is refused at the door.

Refused are NaN and infinities, numbers beyond 63 bits, lone surrogates (also escaped), NUL characters, a name
given twice in an object, nesting deeper than 32, invalid UTF-8, and bodies larger than the limit.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from starlette.requests import Request

from api.errors import BodyTooLarge, UnsupportedMediaType
from models.errors import Invalid

LIMIT = 2**20
BATCH_LIMIT = 32 * 2**20
DEEPEST = 32
# Reading more than this takes long enough for other requests to notice; a thread lets them in between.
LARGE = 2**18
_LARGEST = 2**63
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_JSON_TYPE = re.compile(r"application/(?:[a-z0-9!#$&^_.-]+\+)?json", re.ASCII)


class StrictRequest(Request):
    """A request whose JSON is read with the strict rules; FastAPI takes its body from `json()`."""

    _payload: Any = None

    async def read(self, limit: int) -> Any:
        """Read, check and return the body; None for an empty one.

        Raises UnsupportedMediaType, BodyTooLarge and Invalid (`invalid_json`).
        """
        content = await self._read(limit)
        if content:
            self._require_json()
            is_large = len(content) > LARGE
            self._payload = await asyncio.to_thread(parse, content) if is_large else parse(content)
        return self._payload

    async def json(self) -> Any:
        """Return what was read."""
        return self._payload

    async def _read(self, limit: int) -> bytes:
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            raise BodyTooLarge(limit)
        content = bytearray()
        async for chunk in self.stream():
            content += chunk
            if len(content) > limit:
                raise BodyTooLarge(limit)
        self._body = bytes(content)
        return self._body

    def _require_json(self) -> None:
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType("Send the body without a Content-Encoding.")
        header = Message()
        header["content-type"] = self.headers.get("content-type", "")
        if not _JSON_TYPE.fullmatch(header.get_content_type()):
            raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")
        if (header.get_content_charset() or "utf-8") not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType("Send the body in UTF-8.")


def parse(content: bytes) -> Any:
    """Return what a JSON text holds. Raises Invalid with code `invalid_json`."""
    try:
        value = json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except UnicodeDecodeError:
        raise _invalid("it is not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise _invalid(f"it is nested deeper than {DEEPEST} levels") from None
    _check(value)
    return value


def unstorable(text: str) -> bool:
    """Tell whether a text holds NUL or a lone surrogate, which databases and UTF-8 do not."""
    return _UNSTORABLE.search(text) is not None


def _invalid(why: str) -> Invalid:
    return Invalid("invalid_json", f"The body is not JSON that can be taken: {why}.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _invalid("an object names the same field twice")
    return made


def _constant(word: str) -> None:
    raise _invalid(f"{word} is not a number in JSON")


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -_LARGEST <= int(digits) < _LARGEST:
        raise _invalid("a number is beyond 63 bits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not -_LARGEST <= number < _LARGEST:
        raise _invalid("a number is beyond 63 bits")
    return number


def _check(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _invalid(f"it is nested deeper than {DEEPEST} levels")
        level = [part for whole in level for part in _parts(whole)]


def _parts(value: Any) -> Iterator[Any]:
    match value:
        case str():
            if unstorable(value):
                raise _invalid("a text holds a NUL character or half of a surrogate pair")
        case dict():
            yield from value
            yield from value.values()
        case list():
            yield from value
