"""Appointments, and the changes of their confirmation and status that are allowed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id


class Confirmation(StrEnum):
    """What the person has said about coming."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    RESCHEDULE_REQUESTED = "reschedule_requested"
    UNREACHABLE = "unreachable"


class Visit(StrEnum):
    """What became of the visit itself: the appointment's `status`."""

    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Overdue(StrEnum):
    """What becomes of a visit that nobody confirmed in time."""

    FLAG = "flag"
    RELEASE = "release"


class Decline(StrEnum):
    """What becomes of a visit whose person says that they cannot come."""

    FLAG = "flag"
    CANCEL = "cancel"


# A visit is arrived, completed or missed only by a person or a program that says so, never by silence.
ALLOWED_VISIT: dict[Visit, frozenset[Visit]] = {
    Visit.SCHEDULED: frozenset({Visit.ARRIVED, Visit.COMPLETED, Visit.CANCELLED, Visit.NO_SHOW}),
    Visit.ARRIVED: frozenset({Visit.COMPLETED, Visit.SCHEDULED, Visit.CANCELLED}),
    Visit.COMPLETED: frozenset({Visit.ARRIVED, Visit.SCHEDULED}),
    Visit.NO_SHOW: frozenset({Visit.ARRIVED, Visit.COMPLETED, Visit.SCHEDULED}),
    Visit.CANCELLED: frozenset({Visit.SCHEDULED}),
}

# Texts that ask or remind are held while one of these stands.
HOLDS_TEXTS = (Confirmation.DECLINED, Confirmation.RESCHEDULE_REQUESTED)


_TO_CONFIRM = text("overdue_at IS NOT NULL")


class Appointment(Stored, table=True):
    """A visit. `starts_at` is UTC; every date and time told to people is in `timezone`.

    `confirmation_by` and `status_by` are `reply`, `api`, `staff:EMAIL` or `agent`. `confirm_by` is an ISO 8601
    duration before the start, `overdue_at` the instant (UTC) it names, as long as that is to come. `plan_id` is
    the plan it was planned by, and `on_decline` what that said then; null: texts of its own, or the built-in plan.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index("uq_appointments_external_id", "account_id", "external_id", unique=True),
        Index("ix_appointments_starts_at", "account_id", "starts_at", "id"),
        Index("ix_appointments_created_at", "account_id", "created_at", "id"),
        Index("ix_appointments_contact", "contact_id", "starts_at"),
        Index("ix_appointments_overdue", "overdue_at", sqlite_where=_TO_CONFIRM, postgresql_where=_TO_CONFIRM),
    )

    id: str = Field(default_factory=lambda: new_id("appt"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    contact_id: str = Field(foreign_key="contacts.id")
    agent_id: str | None = None
    phone_number_id: str | None = None
    patient_name: str | None = None
    patient_external_id: str | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    timezone: str
    duration_minutes: int | None = None
    service: str | None = None
    provider: str | None = None
    location: str | None = None
    external_id: str | None = None
    external_version: str | None = None
    plan_id: str | None = None
    confirmation: Confirmation = Field(default=Confirmation.PENDING, sa_type=word(Confirmation))
    confirmation_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmation_by: str | None = None
    status: Visit = Field(default=Visit.SCHEDULED, sa_type=word(Visit))
    status_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status_by: str | None = None
    confirm_by: str | None = None
    on_overdue: Overdue | None = Field(default=None, sa_type=word(Overdue))
    on_decline: Decline = Field(default=Decline.FLAG, sa_type=word(Decline))
    overdue_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    requested_text: str | None = None
    requested_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    requested_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late_minutes: int | None = None
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn, sa_column_kwargs={"name": "metadata"})
