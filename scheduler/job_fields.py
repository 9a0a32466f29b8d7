"""What a caller may say of a reminder job: absent is not the same as null.

Values are as they came; `scheduler.job_checking` makes sense of them.
"""

from typing import Protocol, TypedDict

from models.base import rfc3339
from models.errors import Fault
from models.reminder import Reminder, ReminderKind

ALIASES = {"to_number": "to", "body": "message"}
ANCHORS = ("send_at", "cron", "before")
# What only a cron job, and only a relative one, may have.
OF_CRON = ("starts_at", "ends_at", "max_occurrences")
OF_RELATIVE = ("at",)


class JobFields(TypedDict, total=False):
    """A reminder job, as it is asked for or changed; `to_number` and `body` are other names of two fields."""

    agent_id: str | None
    to: str | None
    to_number: str | None
    from_number: str | None
    message: str | None
    body: str | None
    appointment_id: str | None
    send_at: str | None
    cron: str | None
    before: str | None
    at: str | None
    timezone: str | None
    starts_at: str | None
    ends_at: str | None
    max_occurrences: int | None
    only_if: list[str] | None
    any_hour: bool | None
    misfire_grace: str | None
    metadata: dict[str, str | None] | None
    # What only the texts of a plan have; a request never names them.
    business_days: int | None
    at_booking: bool
    texts: dict[str, str] | None


class Written(Protocol):
    """A reminder job as it came: its well-formed fields, and what is wrong with the form of the others."""

    @property
    def fields(self) -> JobFields:
        """The fields that were named, also null. Raises Faults where there are none to be had."""

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with their form."""


def fields_of(reminder: Reminder) -> JobFields:
    """Return the fields that would ask for a reminder job as it stands."""
    return JobFields(
        agent_id=reminder.agent_id,
        to=reminder.to_number or None,
        from_number=reminder.from_number,
        message=reminder.message,
        appointment_id=reminder.appointment_id,
        send_at=rfc3339(reminder.send_at),
        cron=reminder.cron,
        before=reminder.before,
        at=reminder.at_local,
        # A relative job's clock is its appointment's.
        timezone=None if reminder.kind == ReminderKind.RELATIVE else reminder.timezone,
        starts_at=rfc3339(reminder.starts_at),
        ends_at=rfc3339(reminder.ends_at),
        max_occurrences=reminder.max_occurrences,
        only_if=list(reminder.only_if),
        any_hour=reminder.any_hour,
        misfire_grace=reminder.misfire_grace,
        metadata=dict(reminder.custom),
        business_days=reminder.business_days,
        at_booking=reminder.at_booking,
        texts=reminder.texts,
    )


def changed_fields(standing: JobFields, given: JobFields) -> JobFields:
    """Return the fields after a change: absent stays, null clears, `metadata` merges by key.

    What belongs to a kind that the job no longer has goes with it. `given` names no alias.
    """
    merged = JobFields(**standing)
    merged.update(given)
    if given.get("metadata") is not None:
        merged["metadata"] = {**(standing["metadata"] or {}), **(given["metadata"] or {})}
    if given.get("message") not in (None, standing["message"]):
        merged["texts"] = None
    if any(given.get(anchor) is not None for anchor in ANCHORS):
        merged["business_days"], merged["at_booking"] = None, False
    if merged["cron"] is None:
        merged["starts_at"], merged["ends_at"] = given.get("starts_at"), given.get("ends_at")
        merged["max_occurrences"] = given.get("max_occurrences")
    if merged["before"] is None and merged["business_days"] is None:
        merged["at"] = given.get("at")
    return merged
