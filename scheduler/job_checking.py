"""Making sense of what a caller says of a reminder job: every value checked, all faults told at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from appointments.faults import Wrongs
from appointments.lines import CONDITIONS
from messaging import phone_numbers, templates
from messaging.compose import LONGEST_TEXT, PAST_TOLERANCE
from messaging.local_time import Span, parse_time, shown, zone
from models import clock
from models.base import rfc3339
from models.reminder import Reminder, ReminderKind
from scheduler.job_fields import (
    ALIASES,
    ANCHORS,
    OF_CRON,
    OF_RELATIVE,
    JobFields,
    Written,
    changed_fields,
    fields_of,
)
from scheduler.recurrence import parse

MOST_OCCURRENCES = 1_000_000
MOST_METADATA = 50

_TIMES = frozenset({*ANCHORS, *OF_CRON, "timezone"})
_KINDS = {"send_at": ReminderKind.ONCE, "cron": ReminderKind.CRON, "before": ReminderKind.RELATIVE}
_ONE_OF = (
    "exactly one of send_at (an instant), cron (such as 0 9 * * 1-5) "
    "and before (such as PT24H, with appointment_id)"
)


@dataclass(frozen=True, slots=True)
class CheckedJob:
    """A reminder job as it is asked for, in its own types; instants are UTC.

    agent_id, to, from_number: None where the linked appointment decides. timezone: None for the account's, or
    the appointment's where `before` is given.
    """

    kind: ReminderKind
    agent_id: str | None
    to: str | None
    from_number: str | None
    message: str
    appointment_id: str | None
    send_at: datetime | None
    cron: str | None
    before: str | None
    at: str | None
    timezone: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_occurrences: int | None
    only_if: tuple[str, ...]
    any_hour: bool
    misfire_grace: str | None
    metadata: dict[str, str]


def check(written: Written, *, account_timezone: str, standing: Reminder | None = None) -> CheckedJob:
    """Return what is asked for, or what `standing` is to become; raises Faults."""
    wrongs = Wrongs(faults=list(written.faults))
    # A field whose form was wrong is not missing as well.
    ill = {ALIASES.get(fault.param or "", fault.param) for fault in wrongs.faults}
    named = _without_aliases(written.fields, wrongs)
    fields = named if standing is None else changed_fields(fields_of(standing), named)
    linked = fields.get("appointment_id") is not None or "appointment_id" in ill
    if not linked:
        _require_address(fields, ill, wrongs)
    to, from_number = _phone_number(fields, "to", wrongs), _phone_number(fields, "from_number", wrongs)
    message = "" if "message" in ill else _message(fields.get("message"), wrongs)
    kind = _kind(fields, ill, wrongs)
    place = _place(fields, account_timezone, wrongs)
    send_at = _time(fields, "send_at", place, wrongs)
    if "send_at" in named and send_at is not None and send_at < clock.now() - PAST_TOLERANCE:
        wrongs.add("send_at", f"is in the past: it is {rfc3339(_second(clock.now()))} now", "schedule_in_past")
    ends_at = _time(fields, "ends_at", place, wrongs)
    checked = CheckedJob(
        kind=kind or ReminderKind.ONCE,
        agent_id=fields.get("agent_id"),
        to=to,
        from_number=from_number,
        message=message,
        appointment_id=fields.get("appointment_id"),
        send_at=send_at,
        cron=_cron(fields, wrongs),
        before=_before(fields, wrongs),
        at=_at(fields, wrongs),
        timezone=fields.get("timezone"),
        starts_at=_time(fields, "starts_at", place, wrongs),
        ends_at=ends_at,
        max_occurrences=_max_occurrences(fields, standing.occurrences if standing else 0, wrongs),
        only_if=_only_if(fields, linked, wrongs),
        any_hour=bool(fields.get("any_hour")),
        misfire_grace=_misfire_grace(fields, wrongs),
        metadata=_metadata(fields, wrongs),
    )
    # A time that is not named now may have passed.
    if ends_at is not None and place is not None and not wrongs.faults and not _TIMES.isdisjoint(named):
        _require_occurrence(checked, ends_at, place, wrongs)
    wrongs.settle()
    return checked


def _without_aliases(written: JobFields, wrongs: Wrongs) -> JobFields:
    """Return the fields under their own names; one that is given under both is a fault."""
    if not any(alias in written for alias in ALIASES):
        return written
    fields = JobFields(**written)
    if "to_number" in fields:
        if "to" in fields:
            wrongs.add("to_number", "and to are the same field: give one of them")
        fields["to"] = fields.pop("to_number")
    if "body" in fields:
        if "message" in fields:
            wrongs.add("body", "and message are the same field: give one of them")
        fields["message"] = fields.pop("body")
    return fields


def _kind(fields: JobFields, ill: Collection[str | None], wrongs: Wrongs) -> ReminderKind | None:
    named = [anchor for anchor in ANCHORS if fields.get(anchor) is not None or anchor in ill]
    if not named:
        wrongs.add("send_at", f"is missing: give {_ONE_OF}", "invalid_schedule")
        return None
    if len(named) > 1:
        wrongs.add(named[1], f"cannot stand beside {named[0]}: give {_ONE_OF}", "invalid_schedule")
        return None
    [anchor] = named
    for owner, owned in (("cron", OF_CRON), ("before", OF_RELATIVE)):
        for name in owned:
            if anchor != owner and fields.get(name) is not None:
                wrongs.add(name, f"goes with {owner}, not with {anchor}: leave it out", "invalid_schedule")
    if anchor == "before" and fields.get("appointment_id") is None and "appointment_id" not in ill:
        wrongs.add(
            "appointment_id", "is required with before: it counts from the appointment's start", "invalid_schedule"
        )
    return _KINDS[anchor]


def _place(fields: JobFields, account_timezone: str, wrongs: Wrongs) -> ZoneInfo | None:
    named = fields.get("timezone")
    if named is None:
        return zone(account_timezone)
    return wrongs.tried("timezone", lambda: zone(named), "invalid_timezone")


def _require_address(fields: JobFields, ill: Collection[str | None], wrongs: Wrongs) -> None:
    for name, what in (
        ("agent_id", "the agent that answers"),
        ("to", "the number to text, such as +12125550123"),
        ("from_number", "one of the account's numbers"),
    ):
        if fields.get(name) is None and name not in ill:
            wrongs.add(name, f"is required: {what}")


def _phone_number(fields: JobFields, name: str, wrongs: Wrongs) -> str | None:
    written: str | None = fields.get(name)  # type: ignore[assignment]  # to and from_number are both texts
    if written is None:
        return None
    return wrongs.tried(name, lambda: _e164(written), "invalid_phone_number")


@lru_cache(maxsize=1024)
def _e164(written: str) -> str:
    # A batch names the same sender ten thousand times.
    return phone_numbers.parse(written)


def _message(message: str | None, wrongs: Wrongs) -> str:
    if message is None or not message.strip():
        wrongs.add("message", f"is required: the text to send, 1 to {LONGEST_TEXT} characters")
        return ""
    if len(message) > LONGEST_TEXT:
        wrongs.add("message", f"has {len(message)} characters, the most is {LONGEST_TEXT}", "message_too_long")
    wrongs.tried("message", lambda: templates.check(message), "unknown_template_variable")
    return message


def _time(fields: JobFields, name: str, place: ZoneInfo | None, wrongs: Wrongs) -> datetime | None:
    written: str | None = fields.get(name)  # type: ignore[assignment]  # these fields are all texts
    if written is None or place is None:
        return None
    return wrongs.tried(name, lambda: parse_time(written, place))


def _cron(fields: JobFields, wrongs: Wrongs) -> str | None:
    written = fields.get("cron")
    if written is not None:
        wrongs.tried("cron", lambda: parse(written), "invalid_cron")
    return written


def _before(fields: JobFields, wrongs: Wrongs) -> str | None:
    written = fields.get("before")
    if written is None:
        return None
    span = wrongs.tried("before", lambda: Span.parse(written))
    if span is not None and span.length <= timedelta(0):
        wrongs.add("before", "must be longer than nothing, such as PT24H or P1D")
    return None if span is None else str(span)


def _at(fields: JobFields, wrongs: Wrongs) -> str | None:
    written, before = fields.get("at"), fields.get("before")
    if written is None:
        return None
    try:
        wanted = time.fromisoformat(written) if len(written) == 5 else None
    except ValueError:
        wanted = None
    if wanted is None or wanted.tzinfo is not None:
        wrongs.add("at", f"must be a time of day as HH:MM, such as 10:00, not {shown(written)}")
    elif before is not None and "T" in before:
        wrongs.add("at", "goes with a before in whole days, such as P1D", "invalid_schedule")
    return written


def _max_occurrences(fields: JobFields, occurred: int, wrongs: Wrongs) -> int | None:
    most = fields.get("max_occurrences")
    if most is None:
        return None
    if not 1 <= most <= MOST_OCCURRENCES:
        wrongs.add("max_occurrences", f"must be from 1 to {MOST_OCCURRENCES}")
    elif most <= occurred:
        wrongs.add("max_occurrences", f"must be more than {occurred}, the texts sent so far", "invalid_schedule")
    return most


def _only_if(fields: JobFields, linked: bool, wrongs: Wrongs) -> tuple[str, ...]:
    conditions = tuple(sorted(set(fields.get("only_if") or ())))
    if not set(conditions) <= set(CONDITIONS):
        wrongs.add("only_if", f"may hold {' and '.join(CONDITIONS)}")
    elif conditions and not linked:
        wrongs.add("only_if", "goes with appointment_id, whose confirmation it asks about")
    return conditions


def _misfire_grace(fields: JobFields, wrongs: Wrongs) -> str | None:
    written = fields.get("misfire_grace")
    if written is None:
        return None
    span = wrongs.tried("misfire_grace", lambda: Span.parse(written))
    if span is not None and span.length < timedelta(seconds=1):
        wrongs.add("misfire_grace", "must be at least PT1S: no text leaves at its very instant")
    return None if span is None else str(span)


def _metadata(fields: JobFields, wrongs: Wrongs) -> dict[str, str]:
    metadata: Mapping[str, str | None] = fields.get("metadata") or {}
    if len(metadata) > MOST_METADATA:
        wrongs.add("metadata", f"must have at most {MOST_METADATA} names")
    elif any(not 1 <= len(name) <= 64 or len(value or "") > 1000 for name, value in metadata.items()):
        wrongs.add("metadata", "must have names of 1 to 64 characters and values of at most 1000")
    return {name: value for name, value in metadata.items() if value is not None}


def _require_occurrence(job: CheckedJob, ends_at: datetime, place: ZoneInfo, wrongs: Wrongs) -> None:
    """A cron job must come at least once before it ends, its two ends included."""
    assert job.cron is not None
    if job.starts_at is not None and ends_at < job.starts_at:
        wrongs.add("ends_at", "lies before starts_at", "invalid_schedule")
        return
    after = clock.now()
    if job.starts_at is not None and job.starts_at > after:
        after = job.starts_at - timedelta(microseconds=1)
    first = parse(job.cron).next_after(after, place)
    if first.at > ends_at:
        message = f"lies before the first occurrence, {rfc3339(first.at)}: move it, or change the cron"
        wrongs.add("ends_at", message, "invalid_schedule")


def _second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
