"""Where a text goes that may not leave at the instant it was asked for, and how that is said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.hours import RecipientHours, SendingHours
from messaging.local_time import to_local, to_utc
from messaging.placement import Move, Placement, place

NEW_YORK, LOS_ANGELES, LONDON = (
    ZoneInfo("America/New_York"),
    ZoneInfo("America/Los_Angeles"),
    ZoneInfo("Europe/London"),
)
EIGHT_TO_NINE = SendingHours.parse({"start": "08:00", "end": "21:00"})
HOURS = RecipientHours(EIGHT_TO_NINE, (NEW_YORK,), NEW_YORK)
HOLIDAYS = RecipientHours(EIGHT_TO_NINE, (NEW_YORK,), NEW_YORK, holidays="US")


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return to_utc(datetime.fromisoformat(text), zone)


LONG_AGO = at("2026-01-01T00:00")


def wall(placement: Placement) -> str | None:
    return None if placement.at is None else f"{to_local(placement.at, NEW_YORK):%Y-%m-%d %H:%M}"


def test_a_text_within_the_hours_stays() -> None:
    for move in Move:
        assert place(at("2026-03-12T08:00"), HOURS, move, now=LONG_AGO) == Placement(at("2026-03-12T08:00"), None)


def test_a_text_moves_earlier_to_an_hour_before_the_end_of_the_day_before() -> None:
    placement = place(at("2026-03-12T07:10"), HOURS, Move.EARLIER, now=LONG_AGO, starts_at=at("2026-03-13T07:10"))
    assert wall(placement) == "2026-03-11 20:00"
    assert placement.why == "moved from 07:10 to the evening before, 20:00: sending hours in America/New_York"


def test_a_text_late_at_night_moves_earlier_on_the_same_day() -> None:
    placement = place(at("2026-03-12T22:30"), HOURS, Move.EARLIER, now=LONG_AGO)
    assert wall(placement) == "2026-03-12 20:00"
    assert placement.why == "moved from 22:30 to 20:00: sending hours in America/New_York"


def test_a_text_moves_later_to_the_next_start() -> None:
    morning = place(at("2026-03-12T07:10"), HOURS, Move.LATER, now=LONG_AGO)
    assert (wall(morning), morning.why) == (
        "2026-03-12 08:00",
        "moved from 07:10 to 08:00: sending hours in America/New_York",
    )
    night = place(at("2026-03-12T21:00"), HOURS, Move.LATER, now=LONG_AGO)
    assert (wall(night), night.why) == (
        "2026-03-13 08:00",
        "moved from 21:00 to the next day, 08:00: sending hours in America/New_York",
    )


@pytest.mark.parametrize(("starts_at", "leaves"), [("10:00", "2026-03-12 08:00"), ("09:59", "2026-03-11 20:00")])
def test_a_text_moved_later_leaves_two_hours_before_the_visit_or_is_made_earlier(
    starts_at: str, leaves: str
) -> None:
    placement = place(
        at("2026-03-12T07:30"), HOURS, Move.LATER, now=LONG_AGO, starts_at=at(f"2026-03-12T{starts_at}")
    )
    assert wall(placement) == leaves


def test_a_text_that_can_no_longer_be_earlier_is_made_later() -> None:
    placement = place(
        at("2026-03-12T07:00"), HOURS, Move.EARLIER, now=at("2026-03-11T22:00"), starts_at=at("2026-03-12T15:00")
    )
    assert wall(placement) == "2026-03-12 08:00"


def test_a_text_made_earlier_in_the_last_hour_leaves_now() -> None:
    placement = place(
        at("2026-03-12T07:00"), HOURS, Move.EARLIER, now=at("2026-03-11T20:30"), starts_at=at("2026-03-12T15:00")
    )
    assert wall(placement) == "2026-03-11 20:30"


@pytest.mark.parametrize("move", [Move.EARLIER, Move.LATER])
def test_a_text_that_can_be_neither_is_skipped_and_says_why(move: Move) -> None:
    placement = place(
        at("2026-03-12T06:00"), HOURS, move, now=at("2026-03-11T21:00"), starts_at=at("2026-03-12T08:00")
    )
    assert placement.at is None
    assert placement.why == (
        "skipped at 06:00: sending hours in America/New_York; "
        "no time that is allowed is left between now and two hours before the visit"
    )


def test_a_text_may_be_set_to_be_skipped() -> None:
    placement = place(at("2026-03-12T07:10"), HOURS, Move.SKIP, now=LONG_AGO)
    assert placement == Placement(None, "skipped at 07:10: sending hours in America/New_York")


def test_hours_of_less_than_an_hour_are_taken_from_their_start() -> None:
    hours = RecipientHours(SendingHours.parse({"start": "10:00", "end": "10:30"}), (NEW_YORK,), NEW_YORK)
    assert wall(place(at("2026-03-12T09:00"), hours, Move.EARLIER, now=LONG_AGO)) == "2026-03-11 10:00"
    placement = place(at("2026-03-12T09:00"), hours, Move.EARLIER, now=LONG_AGO)
    assert placement.why == "moved from 09:00 to the day before, 10:00: sending hours in America/New_York"


def test_a_holiday_moves_a_text_and_is_named() -> None:
    later = place(at("2026-12-25T10:00"), HOLIDAYS, Move.LATER, now=LONG_AGO)
    assert (wall(later), later.why) == (
        "2026-12-26 08:00",
        "moved from 10:00 to the next day, 08:00: Christmas Day in US",
    )
    earlier = place(at("2026-12-25T10:00"), HOLIDAYS, Move.EARLIER, now=LONG_AGO)
    assert (wall(earlier), earlier.why) == (
        "2026-12-24 20:00",
        "moved from 10:00 to the evening before, 20:00: Christmas Day in US",
    )
    both = place(at("2026-12-24T22:00"), HOLIDAYS, Move.LATER, now=LONG_AGO)
    assert (wall(both), both.why) == (
        "2026-12-26 08:00",
        "moved from 22:00 to Saturday, December 26, 08:00: "
        "sending hours in America/New_York and Christmas Day in US",
    )


def test_the_zones_that_decided_are_named() -> None:
    common = RecipientHours(EIGHT_TO_NINE, (NEW_YORK, LOS_ANGELES), LONDON)
    placement = place(at("2026-03-12T08:00"), common, Move.LATER, now=LONG_AGO)
    assert wall(placement) == "2026-03-12 11:00"
    assert placement.why == "moved from 08:00 to 11:00: sending hours in America/New_York and America/Los_Angeles"

    unknown = RecipientHours(EIGHT_TO_NINE, (), LONDON)
    placement = place(at("2026-03-12T07:00", LONDON), unknown, Move.LATER, now=LONG_AGO)
    assert placement.why == "moved from 07:00 to 08:00: sending hours in Europe/London"

    channel = RecipientHours(
        EIGHT_TO_NINE, tuple(ZoneInfo(f"Europe/{name}") for name in ("Jersey", "London", "Guernsey")), NEW_YORK
    )
    placement = place(at("2026-03-12T07:00", LONDON), channel, Move.LATER, now=LONG_AGO)
    assert placement.why == "moved from 07:00 to 08:00: sending hours in all 3 zones of the number"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.integers(0, 72 * 60),
    st.integers(-72 * 60, 0),
    st.sampled_from(Move),
    st.sampled_from([HOURS, HOLIDAYS, RecipientHours(EIGHT_TO_NINE, (NEW_YORK, LOS_ANGELES), LONDON)]),
)
@settings(max_examples=200, deadline=None)
def test_whatever_leaves_leaves_within_the_hours_and_in_time_and_says_why(
    naive: datetime, until_visit: int, since_now: int, move: Move, hours: RecipientHours
) -> None:
    nominal = naive.replace(tzinfo=UTC)
    starts_at, now = nominal + timedelta(minutes=until_visit), nominal + timedelta(minutes=since_now)
    placement = place(nominal, hours, move, now=now, starts_at=starts_at)
    if placement.at == nominal:
        assert placement.why is None
        assert hours.allows(nominal)
        return
    assert placement.why is not None
    assert "sending hours in" in placement.why or " in US" in placement.why
    if placement.at is None:
        assert not hours.allows(nominal)
    else:
        assert hours.allows(placement.at)
        assert now <= placement.at
        assert placement.at < nominal or placement.at <= starts_at - timedelta(hours=2)
