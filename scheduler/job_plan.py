"""When a reminder job comes, and when each of its texts will leave. Pure rules, no I/O.

A row, here, is a row of `reminders` with what sending hours depend on beside it (`placing_row`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appointments.asking import asks
from appointments.lines import Line
from messaging.compose import PAST_TOLERANCE
from messaging.local_time import zone
from messaging.placement import Move
from messaging.placing import place
from models.account import Account
from models.base import rfc3339
from models.errors import Invalid
from models.reminder import ReminderKind, ReminderState
from scheduler.job_context import Link
from scheduler.occurrences import next_planned
from scheduler.recurrence import parse

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coming:
    """A text to come: when it was asked for and when it will leave, both UTC; `at` None: not at all.

    why: one sentence where the two differ, or where it does not leave.
    """

    nominal_at: datetime
    at: datetime | None
    why: str | None = None


def placing_row(columns: Row, account: Account, link: Link | None) -> dict[str, Any]:
    """Return a row of `reminders` with what decides when its texts may leave."""
    return {
        **columns,
        "account_timezone": account.timezone,
        "sending_hours": account.sending_hours,
        "skip_holidays": account.skip_holidays,
        "contact_timezone": link.contact.timezone if link else None,
        "visit_starts_at": link.appointment.starts_at if link else None,
    }


def first_coming(row: Row, now: datetime) -> Coming:
    """Return the first text of a job that is made or moved now.

    Raises Invalid: it would come never, or only in the past, or after the visit it is about.
    """
    if row["kind"] == ReminderKind.CRON:
        first = _next_cron(row, now)
        if first is None:
            raise Invalid(
                "invalid_schedule",
                "cron has no occurrence that may leave: see ends_at and the account's sending hours.",
                param="cron",
            )
        _require_before_visit(row, first.nominal_at, "cron", "its first occurrence")
        return first
    nominal_at = nominal_of(row)
    if row["kind"] == ReminderKind.RELATIVE and nominal_at < now - PAST_TOLERANCE:
        raise Invalid(
            "schedule_in_past",
            f"before reaches into the past: the text would have been due at {rfc3339(nominal_at)}.",
            param="before",
        )
    _require_before_visit(row, nominal_at, "send_at", "it")
    return placed(row, nominal_at)


def coming_again(row: Row, now: datetime) -> Coming | None:
    """Return what comes next of a job that was paused: a time that passed is left to the misfire rules.

    None: nothing comes any more.
    """
    if row["kind"] != ReminderKind.CRON:
        return placed(row, nominal_of(row))
    next = _next_cron(row, now)
    return None if next is None or _after_visit(row, next.nominal_at) else next


def coming_still(row: Row, nominal_at: datetime) -> Coming | None:
    """Return when the text asked for at an instant (UTC) leaves now that other things of its job changed.

    None: nothing comes any more.
    """
    if row["kind"] == ReminderKind.CRON:
        return _next_cron(row, nominal_at - timedelta(microseconds=1))
    return placed(row, nominal_at)


def nominal_of(row: Row) -> datetime:
    """Return the instant (UTC) at which a one-off or relative job was asked for."""
    if row["kind"] == ReminderKind.ONCE:
        at: datetime = row["send_at"]
        return at
    if row.get("at_booking"):
        booked_at: datetime = row["nominal_at"]
        return booked_at
    line = Line(
        before=row["before"],
        message=row["message"],
        at=row["at_local"],
        business_days=row.get("business_days"),
    )
    return line.nominal(row["visit_starts_at"], zone(row["timezone"]), holidays=row["skip_holidays"])


def placed(row: Row, nominal_at: datetime) -> Coming:
    """Return when a text that is asked for at an instant (UTC) will leave."""
    by_default = Move.EARLIER if asks(row["message"]) else Move.LATER
    move = Move(row["move"]) if row.get("move") else by_default
    placement = place(row, nominal_at, move=move)
    return Coming(nominal_at, placement.at, placement.why)


def coming(row: Row, count: int) -> list[Coming]:
    """Return the next `count` texts of a job as they will leave; fewer where it ends, none where it is not active.

    Occurrences that sending hours bring to one instant are one text, that of the last of them.
    """
    if row["state"] != ReminderState.ACTIVE or row["next_run_at"] is None:
        return []
    first = Coming(row["nominal_at"], row["next_run_at"], row["why"])
    if row["kind"] != ReminderKind.CRON:
        return [first]
    if row["max_occurrences"] is not None:
        count = min(count, row["max_occurrences"] - row["occurrences"])
    texts: list[Coming] = []
    next: Coming | None = first
    while next is not None and len(texts) < count and not _after_visit(row, next.nominal_at):
        text = _joined(row, next)
        texts.append(text)
        next = _next_cron(row, text.nominal_at)
    return texts


def _next_cron(row: Row, after: datetime) -> Coming | None:
    planned = next_planned(row, after=after)
    return None if planned is None else Coming(planned.nominal_at, planned.at, planned.why)


def _joined(row: Row, text: Coming) -> Coming:
    """Return the text that leaves at an instant to which later occurrences may have been moved as well."""
    if text.at is None or text.at <= text.nominal_at:
        return text
    until = text.at if row["ends_at"] is None else min(text.at, row["ends_at"])
    last = parse(row["cron"]).latest(text.nominal_at, until, zone(row["timezone"]))
    return text if last is None else Coming(last.at, text.at, text.why)


def _after_visit(row: Row, instant: datetime) -> bool:
    starts_at: datetime | None = row["visit_starts_at"]
    return starts_at is not None and instant >= starts_at


def _require_before_visit(row: Row, instant: datetime, param: str, what: str) -> None:
    if _after_visit(row, instant):
        raise Invalid(
            "invalid_schedule",
            f"{param} is too late: {what} would come at {rfc3339(instant)}, and the appointment starts at "
            f"{rfc3339(row['visit_starts_at'])}. For a text after the visit leave out appointment_id.",
            param=param,
        )
