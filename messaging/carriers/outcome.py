"""What came of handing a text to the carrier, in four words that decide everything that follows.

Source of the division: a carrier without idempotency keys takes a repeated request for a second text, so only
what was surely not taken may be tried again.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took it; `sid` is its name for it."""

    sid: str
    carrier_status: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier refused it for good, with a code of its own."""

    code: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Surely not taken: it may be tried again. `retry_after` is in seconds, where the carrier named one."""

    code: str | None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Perhaps taken: a timeout, a reset, a gateway's page, an answer without a `sid`. To be reconciled."""

    reason: str


Outcome = Accepted | Refused | NotTaken | Unanswered


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in the carrier's list. `created_at` is UTC."""

    sid: str
    to_number: str
    from_number: str
    body: str
    status: str
    direction: str
    error_code: str | None
    created_at: datetime
    media_count: int


class ListingFailed(Exception):
    """The carrier's list could not be read to its end, so it proves nothing."""


class WrongCredentials(Exception):
    """The carrier does not accept the account's credentials."""


class Unreachable(Exception):
    """The carrier could not be reached or did not answer sensibly."""
