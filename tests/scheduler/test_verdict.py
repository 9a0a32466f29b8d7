"""What becomes of a reminder that is due, by the misfire rules; no I/O."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.appointment import Confirmation, Visit
from models.reminder import ReminderKind
from scheduler.verdict import MOST_COUNTED, Fire, judge

NOON = datetime.fromisoformat("2026-03-02T17:00:00Z")  # 12:00 in New York, a Monday


def reminder(kind: ReminderKind = ReminderKind.ONCE, *, due: datetime = NOON, **columns: Any) -> dict[str, Any]:
    """Return a row of a due reminder, for somebody in New York."""
    return {
        "kind": kind,
        "nominal_at": due,
        "next_run_at": due,
        "misfire_grace": None,
        "cron": None,
        "timezone": "America/New_York",
        "starts_at": None,
        "ends_at": None,
        "max_occurrences": None,
        "occurrences": 0,
        "only_if": [],
        "any_hour": False,
        "to_number": "+12125550123",
        "appointment_id": None,
        "visit_status": None,
        "visit_starts_at": None,
        "confirmation": None,
        "account_timezone": "America/New_York",
        "sending_hours": {"start": "08:00", "end": "21:00"},
        "skip_holidays": None,
        "contact_timezone": None,
        **columns,
    }


def cron(expression: str, **columns: Any) -> dict[str, Any]:
    return reminder(ReminderKind.CRON, cron=expression, **columns)


def of_visit(**columns: Any) -> dict[str, Any]:
    """Return a row of a due reminder of a visit tomorrow."""
    visit: dict[str, Any] = {
        "appointment_id": "appt_1",
        "visit_status": Visit.SCHEDULED,
        "visit_starts_at": NOON + timedelta(days=1),
        "confirmation": Confirmation.PENDING,
    }
    return reminder(**{"kind": ReminderKind.RELATIVE, **visit, **columns})


@pytest.mark.parametrize("kind", [ReminderKind.ONCE, ReminderKind.RELATIVE])
@pytest.mark.parametrize(("late", "fires"), [(0, True), (60, True), (61, False)])
def test_one_that_comes_once_is_sent_up_to_an_hour_late(kind: ReminderKind, late: int, fires: bool) -> None:
    verdict = judge(reminder(kind), NOON + timedelta(minutes=late))
    assert (verdict.what is not None) is fires
    assert verdict.next is None
    assert [note.kind for note in verdict.notes] == ([] if fires else ["missed"])


@pytest.mark.parametrize(("late", "fires"), [(0, True), (10, True), (11, False)])
def test_an_occurrence_of_a_cron_job_is_sent_up_to_ten_minutes_late(late: int, fires: bool) -> None:
    verdict = judge(cron("0 12 * * *"), NOON + timedelta(minutes=late))
    assert (verdict.what is not None) is fires
    assert verdict.next is not None
    assert verdict.next.nominal_at == NOON + timedelta(days=1)


def test_a_grace_of_its_own_counts_for_either() -> None:
    late = NOON + timedelta(hours=5)
    assert judge(reminder(misfire_grace="PT6H"), late).what == Fire(NOON, NOON)
    assert judge(reminder(misfire_grace="PT4H"), late).what is None
    assert judge(cron("0 12 * * *", misfire_grace="PT6H"), late).what == Fire(NOON, NOON)


def test_several_missed_occurrences_are_one_text_for_the_latest_and_the_others_are_noted() -> None:
    verdict = judge(cron("*/15 * * * *"), NOON + timedelta(hours=2, minutes=5))
    latest = NOON + timedelta(hours=2)
    assert verdict.what == Fire(latest, latest)
    assert verdict.next is not None
    assert verdict.next.nominal_at == latest + timedelta(minutes=15)
    [note] = verdict.notes
    assert (note.kind, note.payload["count"]) == ("missed", 8)


def test_after_a_long_outage_only_what_is_within_its_grace_is_sent() -> None:
    verdict = judge(cron("0 12 * * *"), NOON + timedelta(days=4, minutes=30))
    assert verdict.what is None
    assert verdict.next is not None
    assert verdict.next.nominal_at == NOON + timedelta(days=5)
    [note] = verdict.notes
    assert (note.kind, note.payload["count"]) == ("missed", 5)


def test_an_outage_of_a_year_of_minutes_is_counted_to_a_bound_and_its_latest_is_sent() -> None:
    now = NOON + timedelta(days=365, seconds=30)
    verdict = judge(cron("* * * * *", any_hour=True), now)
    assert verdict.what == Fire(now - timedelta(seconds=30), now - timedelta(seconds=30))
    assert verdict.notes[0].payload["count"] == MOST_COUNTED
    assert "at least" in verdict.notes[0].text


def test_occurrences_that_hours_moved_to_the_morning_are_one_text_and_not_missed() -> None:
    morning = datetime.fromisoformat("2026-03-03T13:00:00Z")
    row = cron("0 * * * *", nominal_at=morning - timedelta(hours=11), next_run_at=morning)
    verdict = judge(row, morning)
    assert verdict.what == Fire(morning, morning)
    assert [(note.kind, note.payload["count"]) for note in verdict.notes] == [("skipped", 11)]


def test_what_comes_due_in_an_outage_that_ends_at_night_is_one_text_in_the_morning() -> None:
    evening = datetime.fromisoformat("2026-03-03T01:00:00Z")  # 20:00 in New York
    night, morning = evening + timedelta(hours=3, minutes=5), datetime.fromisoformat("2026-03-03T13:00:00Z")
    verdict = judge(cron("0 * * * *", due=evening), night)
    assert verdict.what is None
    assert verdict.next is not None
    assert (verdict.next.nominal_at, verdict.next.at) == (evening + timedelta(hours=3), morning)
    row = cron("0 * * * *", nominal_at=verdict.next.nominal_at, next_run_at=verdict.next.at)
    assert judge(row, morning).what == Fire(morning, morning)


def test_a_cron_job_ends_with_its_last_occurrence() -> None:
    assert judge(cron("0 12 * * *", max_occurrences=3, occurrences=2), NOON).next is None
    assert judge(cron("0 12 * * *", max_occurrences=3, occurrences=1), NOON).next is not None
    assert judge(cron("0 12 * * *", ends_at=NOON + timedelta(hours=1)), NOON).next is None


def test_a_cron_job_about_a_visit_ends_with_the_visit() -> None:
    row = of_visit(kind=ReminderKind.CRON, cron="0 12 * * *")
    verdict = judge(row, NOON)
    assert verdict.what == Fire(NOON, NOON)
    assert verdict.next is None


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"visit_status": Visit.CANCELLED}, "cancelled"),
        ({"visit_status": Visit.ARRIVED}, "started"),
        ({"visit_starts_at": NOON}, "started"),
        ({"confirmation": Confirmation.DECLINED}, "declined"),
        ({"confirmation": Confirmation.RESCHEDULE_REQUESTED}, "reschedule requested"),
        ({"confirmation": Confirmation.CONFIRMED, "only_if": ["unconfirmed"]}, "unconfirmed"),
        ({"confirmation": Confirmation.PENDING, "only_if": ["confirmed"]}, "confirmed"),
    ],
)
def test_a_text_that_its_visit_does_not_want_is_skipped_with_the_reason(columns: dict[str, Any], why: str) -> None:
    verdict = judge(of_visit(**columns), NOON)
    assert verdict.what is None
    assert why in str(verdict.why)
    assert [note.kind for note in verdict.notes] == ["skipped"]


@pytest.mark.parametrize(
    ("only_if", "confirmation"),
    [
        (["unconfirmed"], Confirmation.PENDING),
        (["confirmed"], Confirmation.CONFIRMED),
        (["unconfirmed", "confirmed"], Confirmation.CONFIRMED),
        ([], Confirmation.CONFIRMED),
    ],
)
def test_a_text_goes_under_each_confirmation_it_names(only_if: list[str], confirmation: Confirmation) -> None:
    assert judge(of_visit(only_if=only_if, confirmation=confirmation), NOON).what is not None


def test_a_missed_text_of_a_visit_is_flagged() -> None:
    late = NOON + timedelta(hours=3)
    assert [note.flag for note in judge(of_visit(), late).notes] == [True]
    assert [note.flag for note in judge(reminder(), late).notes] == [False]
