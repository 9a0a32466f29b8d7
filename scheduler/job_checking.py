"""Making sense of what a caller says of a reminder job: every value checked, all faults told at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appointments.faults import Wrongs
from messaging.compose import PAST_TOLERANCE
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
from scheduler.job_values import (
    checked_at,
    checked_before,
    checked_cron,
    checked_max_occurrences,
    checked_message,
    checked_metadata,
    checked_misfire_grace,
    checked_only_if,
    checked_phone_number,
    checked_place,
    checked_time,
)
from scheduler.recurrence import parse

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
    business_days: int | None = None
    at_booking: bool = False
    texts: dict[str, str] | None = None


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
    to, from_number = (
        checked_phone_number(fields, "to", wrongs),
        checked_phone_number(fields, "from_number", wrongs),
    )
    message = "" if "message" in ill else checked_message(fields.get("message"), wrongs)
    kind = _kind(fields, ill, wrongs)
    place = checked_place(fields, account_timezone, wrongs)
    send_at = checked_time(fields, "send_at", place, wrongs)
    if "send_at" in named and send_at is not None and send_at < clock.now() - PAST_TOLERANCE:
        wrongs.add("send_at", f"is in the past: it is {rfc3339(_second(clock.now()))} now", "schedule_in_past")
    ends_at = checked_time(fields, "ends_at", place, wrongs)
    checked = CheckedJob(
        kind=kind or ReminderKind.ONCE,
        agent_id=fields.get("agent_id"),
        to=to,
        from_number=from_number,
        message=message,
        appointment_id=fields.get("appointment_id"),
        send_at=send_at,
        cron=checked_cron(fields, wrongs),
        before=checked_before(fields, wrongs),
        at=checked_at(fields, wrongs),
        timezone=fields.get("timezone"),
        starts_at=checked_time(fields, "starts_at", place, wrongs),
        ends_at=ends_at,
        max_occurrences=checked_max_occurrences(fields, standing.occurrences if standing else 0, wrongs),
        only_if=checked_only_if(fields, linked, wrongs),
        any_hour=bool(fields.get("any_hour")),
        misfire_grace=checked_misfire_grace(fields, wrongs),
        metadata=checked_metadata(fields, wrongs),
        business_days=fields.get("business_days"),
        at_booking=fields.get("at_booking", False),
        texts=fields.get("texts"),
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
    if not named and (fields.get("business_days") is not None or fields.get("at_booking")):
        return ReminderKind.RELATIVE
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


def _require_address(fields: JobFields, ill: Collection[str | None], wrongs: Wrongs) -> None:
    for name, what in (
        ("agent_id", "the agent that answers"),
        ("to", "the number to text, such as +12125550123"),
        ("from_number", "one of the account's numbers"),
    ):
        if fields.get(name) is None and name not in ill:
            wrongs.add(name, f"is required: {what}")


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
