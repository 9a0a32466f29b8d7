"""When the texts of a job leave, over every zone: nothing is lost, nothing doubled, nothing out of hours."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from freezegun import freeze_time
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from messaging.local_time import UnknownZone, zone
from messaging.placing import hours_of
from models.reminder import ReminderKind, ReminderState
from scheduler.job_plan import coming, first_coming
from scheduler.recurrence import parse

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
CRONS = ("30 1 * * *", "*/20 * * * *", "0 */4 * * *", "15,45 2 * * 0,6", "0 9 * * 1-5", "0 22 L * *", "@hourly")


def known(name: str) -> bool:
    """Tell whether a zone may be asked for."""
    try:
        zone(name)
    except UnknownZone:
        return False
    return True


ZONES = sorted(name for name in available_timezones() if known(name))


def row(**columns: Any) -> dict[str, Any]:
    """A cron job that was just made, with what sending hours depend on."""
    made: dict[str, Any] = {
        "kind": ReminderKind.CRON,
        "state": ReminderState.ACTIVE,
        "cron": "0 9 * * *",
        "timezone": "America/New_York",
        "message": "Hello",
        "to_number": "+12125550123",
        "any_hour": False,
        "starts_at": None,
        "ends_at": None,
        "max_occurrences": None,
        "occurrences": 0,
        "why": None,
        "account_timezone": "America/New_York",
        "sending_hours": {"start": "08:00", "end": "21:00"},
        "skip_holidays": None,
        "contact_timezone": None,
        "visit_starts_at": None,
        **columns,
    }
    first = first_coming(made, NOW)
    return made | {"nominal_at": first.nominal_at, "next_run_at": first.at, "why": first.why}


@given(cron=st.sampled_from(CRONS), name=st.sampled_from(ZONES), day=st.integers(1, 365))
@settings(max_examples=60)
def test_at_any_hour_the_texts_are_the_occurrences(cron: str, name: str, day: int) -> None:
    starts_at = NOW + timedelta(days=day)
    with freeze_time(NOW):
        texts = coming(row(cron=cron, timezone=name, any_hour=True, starts_at=starts_at), 20)
    expected = parse(cron).occurrences(starts_at - timedelta(microseconds=1), zone(name), limit=20)
    assert [text.at for text in texts] == [text.nominal_at for text in texts] == [one.at for one in expected]


@given(
    cron=st.sampled_from(CRONS),
    name=st.sampled_from(ZONES),
    theirs=st.sampled_from(ZONES),
    day=st.integers(1, 365),
    opens=st.integers(0, 20),
    length=st.integers(1, 12),
)
@settings(max_examples=60)
def test_every_occurrence_leaves_within_hours_or_joins_one_that_does(
    cron: str, name: str, theirs: str, day: int, opens: int, length: int
) -> None:
    assume(opens + length <= 24)
    starts_at = NOW + timedelta(days=day)
    hours = {"start": f"{opens:02}:00", "end": f"{opens + length:02}:00"}
    with freeze_time(NOW):
        job = row(cron=cron, timezone=name, contact_timezone=theirs, sending_hours=hours, starts_at=starts_at)
        texts = coming(job, 12)
        allowed = hours_of(job)
    assert texts
    ats = [text.at for text in texts if text.at is not None]
    assert len(ats) == len(texts)
    assert ats == sorted(set(ats))
    for text, at in zip(texts, ats, strict=True):
        assert allowed.allows(at)
        assert at >= text.nominal_at
    after = starts_at - timedelta(microseconds=1)
    for text, at in zip(texts, ats, strict=True):
        occurrences = parse(cron).occurrences(after, zone(name), until=at, limit=2000)
        assert occurrences[-1].at == text.nominal_at, "the last that had come by then is the one that is told"
        after = text.nominal_at


@given(most=st.integers(1, 30), occurred=st.integers(0, 29), count=st.integers(1, 30))
@settings(max_examples=30)
def test_no_more_texts_are_to_come_than_are_left(most: int, occurred: int, count: int) -> None:
    assume(occurred < most)
    with freeze_time(NOW):
        texts = coming(row(max_occurrences=most, occurrences=occurred), count)
    assert len(texts) == min(count, most - occurred)
