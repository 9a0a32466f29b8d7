"""Reminder jobs: texts that leave at an instant, again and again, or some time before an appointment."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id


class ReminderKind(StrEnum):
    """What a reminder hangs on."""

    ONCE = "once"
    CRON = "cron"
    RELATIVE = "relative"


class ReminderState(StrEnum):
    """Whether a reminder still has something to send."""

    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


# Stated in so many words by queries on the hot paths, or the partial index does not serve them.
IS_ACTIVE = text("reminders.state = 'active'")
_ACTIVE = text("state = 'active'")


class Reminder(Stored, table=True):
    """A reminder job. All instants are UTC; `timezone` is the zone of its clock.

    `nominal_at` is the instant the next occurrence was asked for, `next_run_at` when it will leave.
    `before` and `misfire_grace` are ISO 8601 durations. `business_days` counts back open days instead, and
    `at_booking` is the instant at which the visit was booked. `texts` are the wordings by language, of which
    `message` is the one chosen; null: there is but one. `why` says in one sentence why it leaves when it does, or
    why it did not.
    `only_if` lists the confirmations under which it is sent; empty means any.
    `move` says where it goes when it may not leave: `earlier`, `later` or `skip`; null: by what it asks.
    `to_contact`: it goes to the appointment's contact, whatever their number becomes. `stopped`: it was cancelled
    because its visit is no longer awaited, and is planned anew when it is again.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        Index("ix_reminders_due", "next_run_at", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_reminders_account", "account_id", "created_at", "id"),
        Index("ix_reminders_appointment", "appointment_id"),
        Index("ix_reminders_agent", "agent_id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )

    id: str = Field(default_factory=lambda: new_id("rem"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    kind: ReminderKind = Field(sa_type=word(ReminderKind))
    state: ReminderState = Field(default=ReminderState.ACTIVE, sa_type=word(ReminderState))
    stopped: bool = Field(default=False)
    agent_id: str
    phone_number_id: str = Field(foreign_key="phone_numbers.id")
    from_number: str
    to_number: str
    to_contact: bool = Field(default=False)
    message: str
    texts: dict[str, str] | None = Field(default=None, sa_type=JsonColumn)
    appointment_id: str | None = Field(default=None, foreign_key="appointments.id")
    send_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    before: str | None = None
    business_days: int | None = None
    at_booking: bool = Field(default=False)
    at_local: str | None = None
    cron: str | None = None
    timezone: str
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    max_occurrences: int | None = None
    occurrences: int = 0
    only_if: list[str] = Field(default_factory=list, sa_type=JsonColumn)
    any_hour: bool = False
    move: str | None = None
    misfire_grace: str | None = None
    nominal_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_run_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_run_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str | None = None
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn, sa_column_kwargs={"name": "metadata"})
