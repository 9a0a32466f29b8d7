"""The bodies and objects of /v1/appointments, as the OpenAPI document describes them.

The forms are checked here, what they say in `appointments.checking`; all of it is told at once.
"""

from typing import Any, Literal, cast

from pydantic import BaseModel, Field

from api.fields import Body, Id, Instant, Shown, absent, described
from api.reading import Read
from api.routes.attention import AttentionObject
from appointments.fields import AppointmentFields, Asked
from models.errors import Faults

MetadataChanges = dict[str, str | None]


class ContactBody(Body):
    """Who is texted. Matched by `external_id`, else by number and name, else without a name by the number."""

    external_id: str | None = None
    name: str | None = None
    phone_number: str | None = Field(default=None, description="In E.164.", examples=["+12125550123"])
    timezone: str | None = Field(default=None, description="Decides only when a text may leave.")
    language: str | None = Field(default=None, examples=["en", "es-MX"])
    metadata: MetadataChanges | None = None


class PatientBody(Body):
    """Who comes, where it is not the contact."""

    name: str | None = None
    external_id: str | None = None


class ReminderTimes(Body):
    """When a text leaves, and to whom: one of `before`, `business_days` and `on` says when."""

    before: str | None = Field(
        default=None,
        description="How long before the start: hours elapse, days are of the calendar.",
        examples=["P1D"],
    )
    business_days: int | None = Field(
        default=None,
        ge=1,
        le=60,
        description="So many open days before the start: no Saturday, Sunday or holiday of the account's "
        "`skip_holidays`.",
    )
    on: Literal["booked"] | None = Field(default=None, description="As soon as the visit is booked.")
    only_if: list[Literal["unconfirmed", "confirmed"]] | None = Field(default=None, max_length=2)
    any_hour: bool | None = Field(default=None, description="Lifts the sending hours.")
    at: str | None = Field(default=None, description="With days: the time of day, as HH:MM.", examples=["10:00"])
    move: Literal["earlier", "later", "skip"] | None = Field(
        default=None,
        description="Where it goes if it may not leave at its instant; null: earlier if it asks for an answer, "
        "else later.",
    )


class ReminderBody(ReminderTimes):
    """One text of the appointment."""

    message: str = Field(description="A text with {{variables}}.")


class AppointmentBody(Body):
    """A visit, as it is booked or changed. A booking needs `starts_at`, and `contact` or `contact_id`."""

    contact: ContactBody = absent()
    contact_id: Id = absent()
    patient: PatientBody | None = None
    starts_at: str = absent()
    timezone: str | None = Field(default=None, description="The appointment's own clock; null is the account's.")
    duration_minutes: int | None = Field(default=None, ge=1, le=20_160)
    service: str | None = None
    provider: str | None = None
    location: str | None = None
    agent_id: Id | None = None
    from_number: str | None = Field(default=None, max_length=32)
    external_id: str | None = None
    external_version: int | str | None = Field(
        default=None, description="A number or an instant that grows with each change; an older one is ignored."
    )
    metadata: MetadataChanges | None = None
    plan_id: Id | None = Field(default=None, description="Null is the default plan; not beside `reminders`.")
    reminders: list[ReminderBody] | None = Field(
        default=None, description="Null is the default plan, [] no texts."
    )
    status: Literal["scheduled", "arrived", "completed", "cancelled", "no_show"] = absent()
    confirmation: Literal["pending", "confirmed", "declined", "reschedule_requested"] = absent()
    confirm_by: str | None = Field(
        default=None,
        description="How long before the start it must be confirmed; null: it need not be.",
        examples=["PT12H"],
    )
    on_overdue: Literal["flag", "release"] | None = Field(
        default=None,
        description="What becomes of one that is not: flagged, or cancelled and the person told. Null is `flag`.",
    )
    keep_confirmation: bool = Field(default=False, description="On a move: do not ask for the confirmation anew.")
    notify: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="On a move or a cancel: whether the person is told; `auto`: if a text had named the old time.",
    )
    settle: str = described(
        "On a move or a cancel: how long it waits for another change; else the account's.",
        examples=["PT2M"],
    )
    replaces: str = described(
        "On booking: the id or external id of the appointment whose place it takes. That one is "
        "cancelled, if it is not yet, and the person is told of one move.",
    )


class ContactSummary(BaseModel):
    """Whom an appointment is with."""

    contact_id: str
    external_id: str | None
    name: str | None
    phone_number: str | None
    timezone: str | None
    language: str | None
    reachability: str


class Patient(BaseModel):
    """Who comes."""

    name: str | None
    external_id: str | None


class RequestedTime(BaseModel):
    """A wished time: the person's words, and the window they can be read as."""

    text: str
    from_: Instant | None = Field(alias="from")
    to: Instant | None


class AppointmentObject(Shown):
    """A visit. Instants are in UTC; what people are told is in `timezone`."""

    object: Literal["appointment"]
    appointment_id: str
    external_id: str | None
    external_version: str | None
    contact_id: str
    contact: ContactSummary
    patient: Patient | None
    starts_at: Instant
    timezone: str
    duration_minutes: int | None
    service: str | None
    provider: str | None
    location: str | None
    agent_id: str | None
    phone_number_id: str | None
    from_number: str | None
    plan_id: str | None
    confirmation: str
    confirmation_at: Instant | None
    confirmation_by: str | None = Field(description="`reply`, `api`, `staff:EMAIL` or `agent`.")
    confirm_by: str | None
    on_overdue: str | None
    on_decline: str = Field(description="What the plan says of a no: `flag`, or `cancel` the visit.")
    requested_time: RequestedTime | None
    late_minutes: int | None
    status: str
    status_at: Instant | None
    status_by: str | None
    attention: list[AttentionObject]
    metadata: dict[str, Any]
    changed: list[str] = Field(default=[], description="The fields that changed; only in the answer to a change.")
    stale: bool = Field(default=False, description="Present, and true, where `external_version` was overtaken.")


class TimelineEntry(BaseModel):
    """Something that happened."""

    event_id: str
    type: str
    at: Instant
    sequence: int
    actor: dict[str, str | None]
    message_id: str | None
    reminder_id: str | None
    previous: dict[str, Any] | None
    note: str | None


class PlannedText(BaseModel):
    """A text of an appointment. `local` is the time on the person's wall."""

    reminder_id: str | None
    message_id: str | None
    kind: str
    before: str | None
    only_if: list[str]
    at: Instant | None
    nominal_at: Instant | None
    local: str | None
    state: str
    message_status: str | None
    message: str
    segments: int
    why: str


def asked_of(body: Read[AppointmentBody]) -> Asked:
    """Return what a body asks, with what was found wrong with its form."""
    try:
        fields = body.fields
    except Faults:
        return Asked({}, body.faults)
    return Asked(cast(AppointmentFields, {name: plain(value) for name, value in fields.items()}), body.faults)


def plain(value: object) -> object:
    """Return inner bodies as the fields they name."""
    if isinstance(value, Body):
        return {name: plain(inner) for name, inner in value.given().items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
