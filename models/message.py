"""Messages, the texts that leave and arrive, and the changes of status that are allowed.

The table below is the state machine: a change that is not in it does not happen, whoever asks and in whatever
order callbacks, answers and crashes arrive. Every change is a compare-and-set that names the states it leaves.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id


class Direction(StrEnum):
    """Which way a message goes."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Status(StrEnum):
    """Where a message stands."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    RECEIVED = "received"


class Kind(StrEnum):
    """Why a message exists."""

    API = "api"
    REMINDER = "reminder"
    REPLY = "reply"
    CONSENT_REPLY = "consent_reply"
    CORRECTION = "correction"
    CANCELLATION = "cancellation"
    STAFF = "staff"
    INBOUND = "inbound"


# What leaves by itself, asked for by nobody at that moment.
AUTOMATIC = (Kind.REMINDER, Kind.CORRECTION, Kind.CANCELLATION)

_UNSENT_ENDS = frozenset({Status.CANCELLED, Status.BLOCKED, Status.EXPIRED, Status.FAILED})
_CARRIER_ENDS = frozenset({Status.DELIVERED, Status.UNDELIVERED})

# From `queued`: what was thought not taken was taken after all, as a signed callback proves.
# From `sending`: the answer settles it; a callback may overtake the answer; a crash or a lost answer is `unknown`.
# From `unknown`: its callback, the carrier's list or a late answer settles it; `queued` only when the carrier
# certainly does not have it.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.QUEUED, Status.SENDING}) | _UNSENT_ENDS,
    Status.QUEUED: frozenset({Status.SENDING, Status.SENT}) | _CARRIER_ENDS | _UNSENT_ENDS,
    Status.SENDING: frozenset({Status.SENT, Status.UNKNOWN, Status.QUEUED, Status.FAILED, Status.BLOCKED})
    | _CARRIER_ENDS,
    Status.UNKNOWN: frozenset({Status.SENT, Status.QUEUED, Status.FAILED, Status.BLOCKED, Status.EXPIRED})
    | _CARRIER_ENDS,
    Status.SENT: _CARRIER_ENDS,
    Status.DELIVERED: frozenset(),
    Status.UNDELIVERED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.BLOCKED: frozenset(),
    Status.RECEIVED: frozenset(),
}

UNSENT = (Status.SCHEDULED, Status.QUEUED)
AWAITING_CARRIER = (Status.SENDING, Status.UNKNOWN)
REACHED_CARRIER = (Status.SENT, Status.DELIVERED, Status.UNDELIVERED)
FINAL = tuple(status for status, following in ALLOWED.items() if not following)


def may_become(status: Status) -> tuple[Status, ...]:
    """Return the statuses a message may leave for this one, for the WHERE of a compare-and-set."""
    return tuple(origin for origin, following in ALLOWED.items() if status in following)


# A partial index serves only a query that states its condition in so many words: SQLite cannot tell from a bound
# value that it holds. Queries on the hot paths therefore use these texts.
IS_UNSENT = text("messages.status IN ('scheduled', 'queued')")
IS_AWAITING = text("messages.status IN ('sending', 'unknown')")
IS_UNREAD = text("messages.direction = 'inbound' AND messages.processed_at IS NULL")

_DUE = text("status IN ('scheduled', 'queued')")
_AWAITING = text("status IN ('sending', 'unknown')")
_UNREAD = text("direction = 'inbound' AND processed_at IS NULL")


class Message(Stored, table=True):
    """A text. All instants are UTC.

    `template` is what `body` is rendered from, again, in the transaction that marks it `sending`.
    `due_at` is when it was due, `next_attempt_at` when it may next be handed to the carrier.
    `occurrence` is the instant its reminder was asked for; a reminder and an occurrence make one message, ever.
    `named_start` is the start of the visit that the text named, to which a reply belongs; `listed` are the visits
    that it listed by number, for the reply that picks one.
    `listings` counts complete readings of the carrier's list since an answer was lost; while a message is
    `unknown`, `next_attempt_at` is when the list is read next.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("uq_messages_occurrence", "reminder_id", "occurrence", unique=True),
        Index("uq_messages_carrier_sid", "account_id", "carrier_sid", unique=True),
        Index("uq_messages_answer", "in_reply_to", "kind", unique=True),
        Index("ix_messages_due", "next_attempt_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_messages_awaiting", "attempt_started_at", sqlite_where=_AWAITING, postgresql_where=_AWAITING),
        Index("ix_messages_unread", "created_at", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
        Index("ix_messages_account", "account_id", "created_at", "id"),
        Index("ix_messages_recipient", "recipient_id", "created_at"),
        Index("ix_messages_appointment", "appointment_id"),
    )

    id: str = Field(default_factory=lambda: new_id("msg"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    direction: Direction = Field(default=Direction.OUTBOUND, sa_type=word(Direction))
    kind: Kind = Field(default=Kind.API, sa_type=word(Kind))
    status: Status = Field(default=Status.QUEUED, sa_type=word(Status))
    agent_id: str | None = None
    phone_number_id: str = Field(foreign_key="phone_numbers.id")
    recipient_id: str = Field(foreign_key="recipients.id")
    from_number: str
    to_number: str
    body: str
    template: str | None = None
    segments: int = 1
    appointment_id: str | None = None
    contact_id: str | None = None
    reminder_id: str | None = None
    occurrence: datetime | None = Field(default=None, sa_type=UtcDateTime)
    named_start: datetime | None = Field(default=None, sa_type=UtcDateTime)
    in_reply_to: str | None = None
    resend_of: str | None = None
    listed: list[str] | None = Field(default=None, sa_type=JsonColumn)
    any_hour: bool = False
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    attempt_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempt_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    listings: int = 0
    listed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    carrier_sid: str | None = None
    carrier_status: str | None = None
    error_code: str | None = None
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn, sa_column_kwargs={"name": "metadata"})
    # What follows is for texts that arrive.
    media_count: int = 0
    consent_word: str | None = None
    processed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    intent: str | None = None
    confidence: float | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
