"""What becomes of a reminder that is due: it fires, or is skipped or missed, and moves to its next occurrence.

Pure rules, no I/O. The misfire rules: an occurrence up to its grace late is sent once, an older one is recorded as
missed and not sent, and several occurrences that fell due together are one text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from messaging.gate_rules import UNREACHABLE, cannot_be_reached, confirmation_fits
from messaging.local_time import Span, zone
from messaging.placing import place
from models.appointment import HOLDS_TEXTS, Visit
from models.base import rfc3339
from models.reminder import ReminderKind
from scheduler.occurrences import Planned, next_planned
from scheduler.recurrence import parse

DEFAULT_GRACE = timedelta(hours=1)
DEFAULT_CRON_GRACE = timedelta(minutes=10)
# How many missed occurrences are counted one by one; beyond it we say "at least".
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Fire:
    """A message is due: for which occurrence, by the instant it was asked for, and since when; both UTC."""

    occurrence: datetime
    due_at: datetime


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
    """Decide about one due reminder.

    row: a row of `reminders` with its visit's columns and what messaging.placing reads beside it.
    """
    if (why := _visit_forbids(row, now)) is not None:
        return _skip(row, now, why)
    if row["kind"] == ReminderKind.CRON:
        return _judge_cron(row, now)
    late = now - row["next_run_at"]
    if late > grace_of(row):
        return _missed(row, None, 1, now, late)
    return Verdict(Fire(row["nominal_at"], row["next_run_at"]), None)


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
    return f"not sent: {UNREACHABLE}" if cannot_be_reached(row) else None


def _skip(row: Mapping[str, Any], now: datetime, why: str) -> Verdict:
    note = Note("skipped", why, {"occurrence": rfc3339(row["nominal_at"]), "why": why})
    return Verdict(None, _following(row, now), why, [note])


def _judge_cron(row: Mapping[str, Any], now: datetime) -> Verdict:
    latest, count = _come_due(row, now)
    placement = place(row, latest)
    joined = _joined(row, count - 1, now)
    if placement.at is not None and placement.at > now:
        # After an outage: the last one to come may not leave before its hours begin, and stands for the others.
        return Verdict(None, Planned(latest, placement.at, placement.why), placement.why, joined)
    due_at = placement.at if placement.at is not None else row["next_run_at"]
    following = _following(row, now)
    if now - due_at > grace_of(row):
        return _missed(row, following, count, now, now - row["next_run_at"])
    if row["max_occurrences"] is not None and row["occurrences"] + 1 >= row["max_occurrences"]:
        following = None
    return Verdict(Fire(latest, due_at), following, None, joined)


def _come_due(row: Mapping[str, Any], now: datetime) -> tuple[datetime, int]:
    """Return the latest occurrence that has come, and how many came and were not yet looked at.

    They are counted one by one up to MOST_COUNTED; after a longer outage there are at least so many.
    """
    cron, clock_zone = parse(row["cron"]), zone(row["timezone"])
    end = now if row["ends_at"] is None else min(now, row["ends_at"])
    nominal: datetime = row["nominal_at"]
    further = cron.occurrences(nominal, clock_zone, until=end, limit=MOST_COUNTED)
    if not further:
        return nominal, 1
    last = further[-1]
    if len(further) == MOST_COUNTED:
        last = cron.latest(last.at, end, clock_zone) or last
    return last.at, 1 + len(further)


def _joined(row: Mapping[str, Any], count: int, now: datetime) -> list[Note]:
    """Return the note on occurrences that this text stands for too."""
    if count <= 0:
        return []
    moved = row["next_run_at"] > row["nominal_at"] and now - row["next_run_at"] <= grace_of(row)
    text = f"{_count(count)} earlier {'occurrence' if count == 1 else 'occurrences'} joined into one text"
    payload = {"count": count, "first": rfc3339(row["nominal_at"])}
    return [Note("skipped" if moved else "missed", text, payload)]


def _following(row: Mapping[str, Any], now: datetime) -> Planned | None:
    if row["kind"] != ReminderKind.CRON:
        return None
    planned = next_planned(row, after=max(now, row["nominal_at"]))
    visit = row["visit_starts_at"]
    return None if planned is None or (visit is not None and planned.nominal_at >= visit) else planned


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
    return f"at least {number}" if number >= MOST_COUNTED else str(number)
