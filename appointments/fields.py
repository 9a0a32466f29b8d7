"""What a caller may say of an appointment and its contact: absent is not the same as null.

An absent key leaves what is stored, null clears it, a list replaces the list, `metadata` merges by key. Values are
as they came; `appointments.checking` makes sense of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from models.errors import Fault


class ContactFields(TypedDict, total=False):
    """Who is texted."""

    external_id: str | None
    name: str | None
    phone_number: str | None
    timezone: str | None
    language: str | None
    metadata: dict[str, str | None] | None


class PatientFields(TypedDict, total=False):
    """Who comes, where it is not the contact."""

    name: str | None
    external_id: str | None


class ReminderFields(TypedDict, total=False):
    """One text of an appointment: `before` is an ISO 8601 duration, `at` a local time of day such as 10:00.

    One of `before`, `business_days` and `on` says when. Only a plan has a `message` in several languages.
    """

    before: str | None
    business_days: int | None
    on: str | None
    message: str | dict[str, str]
    only_if: list[str] | None
    any_hour: bool | None
    at: str | None
    move: str | None


class PlanFields(TypedDict, total=False):
    """A plan, as it is made or changed."""

    name: str
    reminders: list[ReminderFields]
    default: bool
    confirm_by: str | None
    on_overdue: str | None
    on_decline: str


class AppointmentFields(TypedDict, total=False):
    """A visit, as it is booked or changed."""

    contact: ContactFields
    contact_id: str
    patient: PatientFields | None
    starts_at: str
    timezone: str | None
    duration_minutes: int | None
    service: str | None
    provider: str | None
    location: str | None
    agent_id: str | None
    from_number: str | None
    external_id: str | None
    external_version: int | str | None
    metadata: dict[str, str | None] | None
    plan_id: str | None
    reminders: list[ReminderFields] | None
    status: str
    confirmation: str
    confirm_by: str | None
    on_overdue: str | None
    keep_confirmation: bool
    notify: str
    settle: str
    replaces: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller says of one appointment, and what was found wrong with its form: those fields are left out."""

    fields: AppointmentFields
    faults: Sequence[Fault] = ()
