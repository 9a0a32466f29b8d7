"""The ledger file: one JSON line for everything that must survive a kill, written before the answer.

A line is one `write` call on a file opened for appending, so a killed process leaves whole lines; what a
torn disk leaves at the end is no line yet and is cut off when the file is opened again.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import orjson

from sandbox.messages import Direction, Status
from sandbox.optouts import OptOutType


class LedgerUnreadable(ValueError):
    """A line of the file is none that this carrier wrote."""


class AccountOpened(NamedTuple):
    """An account, or its new token. The last line of a SID counts."""

    sid: str
    token: str


class NumberAssigned(NamedTuple):
    """A number of an account, or its new settings. The last line of a number counts."""

    sid: str
    account_sid: str
    phone_number: str
    sms_url: str
    sms_method: str
    advanced_opt_out: bool


class Created(NamedTuple):
    """A text the carrier took to send. at: RFC 3339, UTC."""

    sid: str
    account_sid: str
    direction: Direction
    from_: str
    to: str
    body: str
    at: str
    status_callback: str
    media: list[str]
    validity: int | None


class Received(NamedTuple):
    """A text a person sent to a number, and what it meant to the carrier. at: RFC 3339, UTC."""

    sid: str
    account_sid: str
    from_: str
    to: str
    body: str
    at: str
    media: list[str]
    opt_out: OptOutType | None


class Finished(NamedTuple):
    """The final status of a text. sent_at: null if it never left. Instants in RFC 3339, UTC."""

    sid: str
    status: Status
    error_code: int | None
    sent_at: str | None
    at: str


Entry = AccountOpened | NumberAssigned | Created | Received | Finished

_KINDS: Final[dict[str, type[Entry]]] = {
    "account": AccountOpened,
    "number": NumberAssigned,
    "created": Created,
    "received": Received,
    "finished": Finished,
}
_NAMES: Final[dict[type[Entry], str]] = {kind: name for name, kind in _KINDS.items()}


def read(path: Path) -> list[Entry]:
    """What a ledger file says, oldest first; a torn last line is left out.

    Raises LedgerUnreadable, with the line's number, and OSError.
    """
    lines = path.read_bytes().split(b"\n")
    lines.pop()  # what follows the last newline is no line yet
    return [_parse(line, number) for number, line in enumerate(lines, start=1)]


def _parse(line: bytes, number: int) -> Entry:
    try:
        fields = orjson.loads(line)
        kind = _KINDS[fields.pop("type")]
        return kind(**{"from_" if name == "from" else name: value for name, value in fields.items()})
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise LedgerUnreadable(f"line {number} is no line of a ledger ({fault})") from fault


class Ledger:
    """An open ledger file, for writing. It holds auth tokens and texts, so only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        whole = path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(self._file, whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, entry: Entry) -> None:
        """Append an entry; when this returns it survives a kill. Raises OSError, and then nothing was added."""
        fields: dict[str, object] = {"type": _NAMES[type(entry)]}
        for name, value in zip(entry._fields, entry, strict=True):
            fields["from" if name == "from_" else name] = value
        line = orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
        written = os.write(self._file, line)
        if written != len(line):
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(f"the disk took only {written} of {len(line)} bytes of a ledger line")

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
