"""Making sense of what a caller says of an appointment: every value checked, all faults told at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from appointments.checking_contact import checked_contact
from appointments.checking_reminders import checked_deadline, checked_lines
from appointments.faults import Wrongs
from appointments.fields import AppointmentFields, Asked, ContactFields
from appointments.lines import Line
from appointments.notice import Notice, Notify
from messaging.local_time import Span, parse_instant, parse_time, zone
from models.appointment import Appointment, Confirmation, Overdue, Visit
from models.base import rfc3339

LONGEST_ID = 255
LONGEST_NAME = 200
LONGEST_SETTLE = timedelta(hours=24)
LONGEST_PLACE = 500
LONGEST_VISIT_MINUTES = 14 * 24 * 60
MOST_METADATA = 50

CONFIRMATIONS = tuple(word for word in Confirmation if word is not Confirmation.UNREACHABLE)
Metadata = dict[str, str | None]
Word = TypeVar("Word", Visit, Confirmation, Overdue)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a caller says of an appointment, in its own types; `given` names the fields that were there.

    starts_at: UTC. contact: who is texted, checked; None where `contact_id` names them or nothing does.
    replaces: the id or external id of the appointment whose place it takes.
    columns: the plain columns to be set. lines: the texts asked for; None means those of `plan_id`, or of the
    default plan.
    """

    given: frozenset[str]
    starts_at: datetime | None
    timezone: str | None
    contact: ContactFields | None
    contact_id: str | None
    agent_id: str | None
    from_number: str | None
    external_id: str | None
    external_version: str | None
    columns: dict[str, str | int | None]
    metadata: Metadata | None
    plan_id: str | None
    lines: tuple[Line, ...] | None
    status: Visit | None
    confirmation: Confirmation | None
    keep_confirmation: bool
    notice: Notice
    replaces: str | None

    def merged(self, standing: dict[str, str]) -> dict[str, str]:
        """Return the metadata after this change: merged by key, a null value takes its key away, null all."""
        if "metadata" not in self.given:
            return standing
        merged: Metadata = {**standing, **self.metadata} if self.metadata is not None else {}
        return {name: value for name, value in merged.items() if value is not None}


def check(asked: Asked, *, account_timezone: str, standing: Appointment | None = None) -> Checked:
    """Check what is booked, or what changes on `standing`. Raises Faults, with those found before."""
    fields = asked.fields
    wrongs = Wrongs(faults=list(asked.faults))
    booking = standing is None
    timezone = _timezone(fields, account_timezone, standing, wrongs)
    starts_at = _starts_at(fields, timezone, booking, wrongs)
    if "contact" in fields and "contact_id" in fields:
        wrongs.add("contact_id", "and contact cannot both be given: name the person once")
    elif booking and not _names_somebody(fields, wrongs):
        wrongs.add("contact", "is required: give contact with a name and a phone_number, or a contact_id")
    contact = None
    if "contact" in fields:
        contact = checked_contact(fields["contact"], wrongs.inside("contact"), new=booking)
    lines = _lines(fields, wrongs)
    checked = Checked(
        given=frozenset(fields),
        starts_at=starts_at,
        timezone=timezone if booking or "timezone" in fields else None,
        contact=contact,
        contact_id=fields.get("contact_id"),
        agent_id=fields.get("agent_id"),
        from_number=fields.get("from_number"),
        external_id=_external_id(fields, wrongs),
        external_version=_external_version(fields, wrongs),
        columns=_columns(fields, wrongs) | _deadline(fields, standing, wrongs),
        metadata=_metadata(fields.get("metadata"), wrongs),
        plan_id=fields.get("plan_id"),
        lines=lines,
        status=_word(fields.get("status"), "status", tuple(Visit), wrongs),
        confirmation=_word(fields.get("confirmation"), "confirmation", CONFIRMATIONS, wrongs),
        keep_confirmation=fields.get("keep_confirmation", False),
        notice=_notice(fields, wrongs),
        replaces=fields.get("replaces"),
    )
    wrongs.settle()
    return checked


def _names_somebody(fields: AppointmentFields, wrongs: Wrongs) -> bool:
    return any(name in fields or wrongs.concern(name) for name in ("contact", "contact_id"))


def _timezone(
    fields: AppointmentFields, account_timezone: str, standing: Appointment | None, wrongs: Wrongs
) -> str:
    """The zone of the appointment's clock: null means the account's."""
    named = fields.get("timezone")
    if named is not None:
        wrongs.tried("timezone", lambda: zone(named), "invalid_timezone")
        return named
    return account_timezone if standing is None or "timezone" in fields else standing.timezone


def _starts_at(fields: AppointmentFields, timezone: str, booking: bool, wrongs: Wrongs) -> datetime | None:
    if "starts_at" not in fields:
        if booking and not wrongs.concern("starts_at"):
            wrongs.add("starts_at", "is required, such as 2026-03-12T15:00:00-04:00, or local with timezone")
        return None
    written = fields["starts_at"]
    try:
        place = zone(timezone)
    except ValueError:
        return None  # noted already
    return wrongs.tried("starts_at", lambda: parse_time(written, place))


def _lines(fields: AppointmentFields, wrongs: Wrongs) -> tuple[Line, ...] | None:
    reminders = fields.get("reminders")
    if fields.get("plan_id") is not None and reminders is not None:
        wrongs.add("reminders", "and plan_id cannot both be given")
    return None if reminders is None else checked_lines(reminders, wrongs)


def _notice(fields: AppointmentFields, wrongs: Wrongs) -> Notice:
    written = fields.get("notify", Notify.AUTO)
    notify = next((word for word in Notify if word == written), None)
    if notify is None:
        wrongs.add("notify", f"must be one of {', '.join(Notify)}")
    span = None
    if "settle" in fields:
        span = wrongs.tried("settle", lambda: Span.parse(fields["settle"]))
        if span is not None and span.length > LONGEST_SETTLE:
            wrongs.add("settle", "must be at most PT24H")
    return Notice(notify or Notify.AUTO, None if span is None else span.length)


def _external_id(fields: AppointmentFields, wrongs: Wrongs) -> str | None:
    written = fields.get("external_id")
    if written is not None and not 1 <= len(written) <= LONGEST_ID:
        wrongs.add("external_id", f"must have 1 to {LONGEST_ID} characters")
    return written


def _external_version(fields: AppointmentFields, wrongs: Wrongs) -> str | None:
    written = fields.get("external_version")
    if written is None:
        return None
    if isinstance(written, int) or (written.isascii() and written.isdecimal() and len(written) <= 18):
        return str(int(written))
    instant = wrongs.tried("external_version", lambda: parse_instant(written))
    return rfc3339(instant)


def is_older(version: str, than: str) -> bool:
    """Tell whether an `external_version` is older than the stored one; two of different kinds have no order."""
    if "T" in version and "T" in than:
        return _instant(version) < _instant(than)
    if "T" in version or "T" in than:
        return False
    return int(version) < int(than)


def _instant(version: str) -> datetime:
    return datetime.fromisoformat(version).astimezone(UTC)


def _columns(fields: AppointmentFields, wrongs: Wrongs) -> dict[str, str | int | None]:
    columns: dict[str, str | int | None] = {}
    for name in ("service", "provider", "location"):
        if name in fields:
            longest = LONGEST_PLACE if name == "location" else LONGEST_NAME
            columns[name] = wrongs.text(name, fields[name], longest)
    if "duration_minutes" in fields:
        minutes = fields["duration_minutes"]
        if minutes is not None and not 1 <= minutes <= LONGEST_VISIT_MINUTES:
            wrongs.add("duration_minutes", f"must be from 1 to {LONGEST_VISIT_MINUTES}, or null")
        columns["duration_minutes"] = minutes
    if "patient" in fields:
        patient = fields["patient"] or {}
        inner = wrongs.inside("patient")
        columns["patient_name"] = inner.text("name", patient.get("name"), LONGEST_NAME)
        columns["patient_external_id"] = inner.text("external_id", patient.get("external_id"), LONGEST_ID)
    return columns


def _deadline(
    fields: AppointmentFields, standing: Appointment | None, wrongs: Wrongs
) -> dict[str, str | int | None]:
    """Until when a visit is to be confirmed, and what becomes of it otherwise."""
    columns: dict[str, str | int | None] = {}
    if "confirm_by" in fields:
        columns["confirm_by"] = checked_deadline(fields["confirm_by"], wrongs)
        if fields["confirm_by"] is None:
            columns["on_overdue"] = None
    if fields.get("on_overdue") is not None:
        columns["on_overdue"] = _word(fields["on_overdue"], "on_overdue", tuple(Overdue), wrongs)
        confirm_by = fields.get("confirm_by", standing.confirm_by if standing is not None else None)
        if confirm_by is None:
            wrongs.add("on_overdue", "goes with confirm_by, a duration before the start")
    elif "on_overdue" in fields:
        columns["on_overdue"] = None
    return columns


def _metadata(metadata: Metadata | None, wrongs: Wrongs) -> Metadata | None:
    if metadata is None:
        return None
    if len(metadata) > MOST_METADATA:
        wrongs.add("metadata", f"must have at most {MOST_METADATA} names")
    elif any(not 1 <= len(name) <= 64 or len(value or "") > 1000 for name, value in metadata.items()):
        wrongs.add("metadata", "must have names of 1 to 64 characters and values of at most 1000")
    return metadata


def _word(written: str | None, name: str, known: tuple[Word, ...], wrongs: Wrongs) -> Word | None:
    found = next((word for word in known if word == written), None)
    if written is not None and found is None:
        wrongs.add(name, f"must be one of {', '.join(known)}")
    return found
