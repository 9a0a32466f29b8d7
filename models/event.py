"""The one ledger of events: every change of an appointment, a message or a consent, written in its transaction.

Timelines, live pages, the changes feed and webhooks read this table and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.columns import JsonColumn, Serial, UtcDateTime
from models.database import signal
from models.ids import new_id
from models.transaction import TransactionNumber


@dataclass(frozen=True)
class Actor:
    """Who did it: `reply`, `api` (id: the key), `staff` (id: the e-mail address), `agent`, `carrier`, `system`."""

    type: str
    id: str | None = None

    def __str__(self) -> str:
        return f"staff:{self.id}" if self.type == "staff" and self.id else self.type


SYSTEM = Actor("system")
CARRIER = Actor("carrier")
REPLY = Actor("reply")
AGENT = Actor("agent")

_NUMBERED = text("transaction_number IS NOT NULL")


class Event(SQLModel, table=True):
    """One thing that happened. `sequence` grows with every event; `payload` is the object as it then was.

    `transaction_number` is the transaction that stored it, on PostgreSQL, where sequences commit out of order.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_account", "account_id", "sequence"),
        Index("ix_events_appointment", "appointment_id", "sequence"),
        Index("ix_events_message", "message_id", "sequence"),
        Index("ix_events_transaction", "transaction_number", sqlite_where=_NUMBERED, postgresql_where=_NUMBERED),
    )

    sequence: int | None = Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))
    id: str = Field(default_factory=lambda: new_id("evt"))
    account_id: str
    type: str
    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)
    actor_type: str = "system"
    actor_id: str | None = None
    appointment_id: str | None = None
    message_id: str | None = None
    contact_id: str | None = None
    reminder_id: str | None = None
    payload: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    previous: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    note: str | None = None
    transaction_number: int | None = Field(
        default=None, sa_column=Column(BigInteger, default=TransactionNumber(), nullable=True)
    )


def record(
    session: AsyncSession,
    type: str,
    *,
    account_id: str,
    by: Actor = SYSTEM,
    appointment_id: str | None = None,
    message_id: str | None = None,
    contact_id: str | None = None,
    reminder_id: str | None = None,
    payload: dict[str, Any] | None = None,
    previous: dict[str, Any] | None = None,
    note: str | None = None,
) -> Event:
    """Add an event to the session's transaction and return it; it is stored when that commits."""
    event = Event(
        account_id=account_id,
        type=type,
        actor_type=by.type,
        actor_id=by.id,
        appointment_id=appointment_id,
        message_id=message_id,
        contact_id=contact_id,
        reminder_id=reminder_id,
        payload=payload,
        previous=previous,
        note=note,
    )
    session.add(event)
    signal(session, "events")
    return event
