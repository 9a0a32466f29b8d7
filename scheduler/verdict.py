"""What becomes of a reminder that is due: it fires, or is skipped or missed, and moves to its next occurrence.

Pure rules, no I/O. The misfire rules: an occurrence up to its grace late is sent once, an older one is recorded as
missed and not sent, and several occurrences that fell due together are one text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from messaging.gate import confirmation_fits
from messaging.local_time import Span, zone
from models.appointment import HOLDS_TEXTS, Visit
from models.base import rfc3339
from models.reminder import ReminderKind
from scheduler.occurrences import Planned, next_planned
from scheduler.recurrence import parse

DEFAULT_GRACE = timedelta(hours=1)
DEFAULT_CRON_GRACE = timedelta(minutes=10)
# How many missed occurrences are counted one by one; beyond it we say "at least".
MOST_COUNTED = 1000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Fire:
    """A message is due for this occurrence: the instant (UTC) at which it was asked for."""

    occurrence: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the ledger: `missed` or `skipped`, in words; `flag` asks staff to look."""

    kind: str
    text: str
    payload: dict[str, Any]
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a due reminder does now (`Fire` or None), what is next (None: it ends), and what is noted.

    why: one sentence that stays on the reminder where nothing was sent.
    """

    what: Fire | None
    next: Planned | None
    why: str | None = None
    notes: list[Note] = field(default_factory=list)


def judge(row: Mapping[str, Any], now: datetime) -> Verdict:
    """Decide about one due reminder; `row` is a row of `reminders` with its visit's columns beside it."""
    if (why := _visit_forbids(row, now)) is not None:
        return _skip(row, now, why)
    if row["kind"] == ReminderKind.CRON:
        return _judge_cron(row, now)
    late = now - row["next_run_at"]
    if late > grace_of(row):
        return _missed(row, None, 1, now, late)
    return Verdict(Fire(row["nominal_at"]), None)


def grace_of(row: Mapping[str, Any]) -> timedelta:
    """Return how late an occurrence of this reminder may be and still be sent."""
    if row["misfire_grace"] is not None:
        return Span.parse(row["misfire_grace"]).length
    return DEFAULT_CRON_GRACE if row["kind"] == ReminderKind.CRON else DEFAULT_GRACE


def _visit_forbids(row: Mapping[str, Any], now: datetime) -> str | None:
    """Return why the linked visit wants no text now, or None."""
    if row["appointment_id"] is None:
        return None
    if row["visit_status"] == Visit.CANCELLED:
        return "not sent: the appointment was cancelled"
    if row["visit_status"] != Visit.SCHEDULED or row["visit_starts_at"] <= now:
        return "not sent: the visit has started"
    confirmation = row["confirmation"]
    if confirmation in HOLDS_TEXTS:
        return f"not sent: the person answered ({confirmation.replace('_', ' ')})"
    if not confirmation_fits(row["only_if"], confirmation):
        return f"not sent: it is for {' or '.join(row['only_if'])}, and the visit was {confirmation}"
    return None


def _skip(row: Mapping[str, Any], now: datetime, why: str) -> Verdict:
    note = Note("skipped", why, {"occurrence": rfc3339(row["nominal_at"]), "why": why})
    return Verdict(None, _following(row, now), why, [note])


def _judge_cron(row: Mapping[str, Any], now: datetime) -> Verdict:
    due = _come_due(row, now)
    latest = due[-1]
    # One that sending hours moved is late from the instant it was moved to.
    late = min(now - latest, now - row["next_run_at"])
    following = _following(row, now)
    if late > grace_of(row):
        return _missed(row, following, len(due), now, now - row["next_run_at"])
    if row["max_occurrences"] is not None and row["occurrences"] + 1 >= row["max_occurrences"]:
        following = None
    return Verdict(Fire(latest), following, None, _joined(row, len(due) - 1, now))


def _come_due(row: Mapping[str, Any], now: datetime) -> list[datetime]:
    """Return the occurrences that have come and were not yet looked at, the oldest first, the latest last.

    After a long outage the middle is left out: the first ones are counted, the last one may still be sent.
    """
    cron, place = parse(row["cron"]), zone(row["timezone"])
    end = now if row["ends_at"] is None else min(now, row["ends_at"])
    nominal: datetime = row["nominal_at"]
    found = cron.occurrences(nominal, place, until=end, limit=MOST_COUNTED)
    due = [nominal, *(occurrence.at for occurrence in found)]
    if len(found) == MOST_COUNTED:
        recent = cron.occurrences(end - grace_of(row) - _INSTANT, place, until=end, limit=MOST_COUNTED)
        due += [occurrence.at for occurrence in recent]
    return due


def _joined(row: Mapping[str, Any], count: int, now: datetime) -> list[Note]:
    """Return the note on occurrences that this text stands for too."""
    if count <= 0:
        return []
    moved = row["next_run_at"] > row["nominal_at"] and now - row["next_run_at"] <= grace_of(row)
    text = f"{_count(count)} earlier {'occurrence' if count == 1 else 'occurrences'} joined into one text"
    payload = {"count": count, "first": rfc3339(row["nominal_at"])}
    return [Note("skipped" if moved else "missed", text, payload)]


def _following(row: Mapping[str, Any], now: datetime) -> Planned | None:
    return next_planned(row, after=max(now, row["nominal_at"])) if row["kind"] == ReminderKind.CRON else None


def _missed(
    row: Mapping[str, Any], following: Planned | None, count: int, now: datetime, late: timedelta
) -> Verdict:
    minutes = int(late.total_seconds() // 60)
    why = f"not sent: {minutes} minutes late, more than its grace allows"
    note = Note(
        "missed",
        why,
        {"count": max(count, 1), "first": rfc3339(row["nominal_at"]), "noticed_at": rfc3339(now)},
        flag=row["appointment_id"] is not None,
    )
    return Verdict(None, following, why, [note])


def _count(number: int) -> str:
    return f"at least {number}" if number >= MOST_COUNTED - 1 else str(number)
