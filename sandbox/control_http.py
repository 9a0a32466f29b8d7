"""What the control API's routes share: the token, bodies read field by field, answers, errors."""

import hmac
from collections.abc import Awaitable, Callable, Mapping

import orjson
from aiohttp import web

from sandbox.accounts import NumberTaken, UnknownAccount, UnknownNumber
from sandbox.clock import rfc3339
from sandbox.errors import describe
from sandbox.messages import Message
from sandbox.shapes import JSON

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fields:
    """A JSON object or a query, taken field by field; each reader raises ValueError naming its field."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = dict(fields)

    @classmethod
    async def of_body(cls, request: web.Request) -> "Fields":
        """The body of a request; an empty one has no fields."""
        body = await request.read()
        try:
            fields = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError as fault:
            raise ValueError(f"the body is not JSON: {fault}") from None
        if not isinstance(fields, dict):
            raise ValueError("the body must be a JSON object")
        return cls(fields)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; without a default it must be there."""
        value = self.optional_text(name)
        value = default if value is None else value
        if value is None:
            raise ValueError(f"{name}: is needed")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None where it is absent or null."""
        value = self._fields.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name}: must be a string")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty where it is absent."""
        value = self._fields.pop(name, None) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name}: must be a list of strings")
        return value

    def number(self, name: str, default: float) -> float:
        """A number, also one written as text (of a query)."""
        value = self._fields.pop(name, default)
        try:
            if isinstance(value, (int, float, str)) and not isinstance(value, bool):
                return float(value)
        except ValueError:
            pass
        raise ValueError(f"{name}: must be a number")

    def optional_integer(self, name: str) -> int | None:
        """A whole number, or None where it is absent or null; also one written as text (of a query)."""
        value = self._fields.pop(name, None)
        if value is None:
            return None
        try:
            if isinstance(value, (int, str)) and not isinstance(value, bool):
                return int(value)
        except ValueError:
            pass
        raise ValueError(f"{name}: must be a whole number")

    def integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self.optional_integer(name)
        value = default if value is None else value
        if not lowest <= value <= highest:
            raise ValueError(f"{name}: must be between {lowest} and {highest}")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """True, false, or None where it is absent or null."""
        value = self._fields.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise ValueError(f"{name}: must be true or false")
        return value

    def end(self) -> None:
        """Raises ValueError if there was a field that nobody read."""
        if self._fields:
            raise ValueError(f"unknown: {', '.join(sorted(self._fields))}")


def answer(content: JSON, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, body=orjson.dumps(content), content_type="application/json")


def message_view(message: Message) -> JSON:
    """A message as the control API shows it. Instants in RFC 3339, UTC."""
    code = message.error_code
    return {
        "sid": message.sid,
        "account_sid": message.account_sid,
        "direction": message.direction,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "media": list(message.media),
        "segments": message.segments,
        "status": message.status,
        "error_code": code,
        "error_message": None if code is None else describe(code),
        "created_at": rfc3339(message.created),
        "updated_at": rfc3339(message.updated),
    }


def guard(handler: Handler, token: str) -> Handler:
    """Lets in only who has the control token, and turns refusals into JSON errors."""
    expected = f"Bearer {token}".encode()

    async def guarded(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            return _error(401, "give the control token: Authorization: Bearer CONTROL_TOKEN")
        try:
            return await handler(request)
        except NumberTaken as refusal:
            return _error(409, str(refusal))
        except (UnknownAccount, UnknownNumber) as refusal:
            return _error(404, str(refusal.args[0]))
        except ValueError as refusal:
            return _error(400, str(refusal))

    return guarded


def _error(status: int, message: str) -> web.Response:
    return answer({"error": {"message": message}}, status)
