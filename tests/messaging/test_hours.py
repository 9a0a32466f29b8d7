"""Sending hours: when a text may leave, in whose zone, on which days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from messaging.hours import BadSendingHours, RecipientHours, SendingHours, Window, recipient_places
from messaging.local_time import offsets, to_local, to_utc
from messaging.public_holidays import UnknownCountry, holiday_country, holiday_name

NEW_YORK, CHICAGO, LOS_ANGELES = (ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago", "Los_Angeles"))
LONDON, SYDNEY = ZoneInfo("Europe/London"), ZoneInfo("Australia/Sydney")
EIGHT_TO_NINE = SendingHours.parse({"start": "08:00", "end": "21:00"})
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def at(place: ZoneInfo, day: str, clock: str = "00:00") -> datetime:
    return to_utc(datetime.fromisoformat(f"{day}T{clock}"), place)


def hours_in(
    *places: ZoneInfo, account: ZoneInfo = SYDNEY, hours: SendingHours | None = EIGHT_TO_NINE
) -> RecipientHours:
    return RecipientHours(hours, places, account)


@pytest.mark.parametrize(
    ("clock", "allowed"),
    [("07:59", False), ("08:00", True), ("12:00", True), ("20:59", True), ("21:00", False), ("00:00", False)],
)
def test_a_text_leaves_from_the_start_on_and_before_the_end(clock: str, allowed: bool) -> None:
    assert hours_in(NEW_YORK).allows(at(NEW_YORK, "2026-03-12", clock)) is allowed


def test_a_text_waits_for_the_next_start() -> None:
    hours = hours_in(NEW_YORK)
    assert hours.next_allowed(at(NEW_YORK, "2026-03-12", "07:10")) == at(NEW_YORK, "2026-03-12", "08:00")
    assert hours.next_allowed(at(NEW_YORK, "2026-03-12", "21:00")) == at(NEW_YORK, "2026-03-13", "08:00")
    # Over the night in which the clocks go forward.
    assert hours.next_allowed(at(NEW_YORK, "2026-03-07", "23:00")) == at(NEW_YORK, "2026-03-08", "08:00")
    assert hours.last_window(at(NEW_YORK, "2026-03-12", "07:10")) == Window(
        at(NEW_YORK, "2026-03-11", "08:00"), at(NEW_YORK, "2026-03-11", "21:00")
    )


def test_at_any_hour_nothing_waits() -> None:
    night = at(NEW_YORK, "2026-03-12", "03:00")
    assert hours_in(NEW_YORK, hours=None).allows(night)
    assert hours_in(hours=None).allows(night)


def test_several_zones_share_what_is_common_to_them() -> None:
    hours = hours_in(NEW_YORK, CHICAGO, LOS_ANGELES)
    assert hours.window(date(2026, 3, 12)) == Window(
        at(LOS_ANGELES, "2026-03-12", "08:00"), at(NEW_YORK, "2026-03-12", "21:00")
    )


def test_zones_with_under_four_hours_in_common_leave_it_to_the_accounts() -> None:
    hours = hours_in(NEW_YORK, SYDNEY, account=CHICAGO)
    assert hours.window(date(2026, 3, 12)) == EIGHT_TO_NINE.window(date(2026, 3, 12), CHICAGO)
    assert hours.places_on(date(2026, 3, 12)) == (CHICAGO,)


@pytest.mark.parametrize(("end", "shared"), [("18:00", True), ("17:59", False)])
def test_four_hours_in_common_are_enough(end: str, shared: bool) -> None:
    # London is four hours ahead of New York between their changes to summer time.
    hours = hours_in(NEW_YORK, LONDON, account=CHICAGO, hours=SendingHours.parse({"start": "10:00", "end": end}))
    assert (hours.places_on(date(2026, 3, 12)) == (NEW_YORK, LONDON)) is shared


def test_an_unknown_zone_leaves_it_to_the_accounts() -> None:
    assert hours_in(account=NEW_YORK).window(date(2026, 3, 12)) == EIGHT_TO_NINE.window(
        date(2026, 3, 12), NEW_YORK
    )


def test_the_contacts_zone_comes_before_the_numbers() -> None:
    assert recipient_places(CHICAGO, "+12125550123") == (CHICAGO,)
    assert recipient_places(None, "+12125550123") == (NEW_YORK,)
    assert len(recipient_places(None, "+18005550123")) > 30
    assert recipient_places(None, "+88212345678") == ()


def test_a_toll_free_number_is_texted_in_the_accounts_hours() -> None:
    hours = RecipientHours(EIGHT_TO_NINE, recipient_places(None, "+18005550123"), NEW_YORK)
    assert hours.places_on(date(2026, 3, 12)) == (NEW_YORK,)


def test_no_text_leaves_on_a_holiday() -> None:
    hours = RecipientHours(EIGHT_TO_NINE, (NEW_YORK,), NEW_YORK, holidays="US")
    assert hours.window(date(2026, 12, 25)) is None
    assert hours.next_allowed(at(NEW_YORK, "2026-12-25", "10:00")) == at(NEW_YORK, "2026-12-26", "08:00")
    last = hours.last_window(at(NEW_YORK, "2026-12-26", "07:00"))
    assert last is not None
    assert last.end == at(NEW_YORK, "2026-12-24", "21:00")


def test_a_holiday_is_one_of_the_persons_calendar() -> None:
    hours = RecipientHours(None, (LOS_ANGELES,), SYDNEY, holidays="US")
    assert hours.allows(at(LOS_ANGELES, "2026-12-24", "23:59"))
    assert not hours.allows(at(LOS_ANGELES, "2026-12-25", "00:00"))
    assert not hours.allows(at(LOS_ANGELES, "2026-12-25", "23:59"))
    assert hours.allows(at(LOS_ANGELES, "2026-12-26", "00:00"))


def test_a_day_that_never_came_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")
    hours = hours_in(apia)
    assert hours.window(date(2011, 12, 30)) is None
    assert hours.next_allowed(at(apia, "2011-12-29", "22:00")) == at(apia, "2011-12-31", "08:00")


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1975, 1, 1), datetime(2040, 1, 1)),
    st.integers(0, 95),
    st.integers(1, 96),
)
@settings(max_examples=200, deadline=None)
def test_in_every_zone_it_is_the_clock_on_the_wall_that_decides(
    name: str, naive: datetime, start: int, end: int
) -> None:
    assume(start < end)
    place, instant = ZoneInfo(name), naive.replace(tzinfo=UTC)
    hours = hours_in(place, hours=SendingHours(start * 15, end * 15))
    local = to_local(instant, place)
    first, second = offsets(local, place)
    assume(first == second)  # a repeated hour may be cut
    minute = local - datetime.combine(local.date(), time())
    assert hours.allows(instant) is (timedelta(minutes=start * 15) <= minute < timedelta(minutes=end * 15))

    following = hours.next_allowed(instant)
    assert following is not None
    assert following >= instant
    assert hours.allows(following)
    if following > instant:
        assert not hours.allows(following - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [("08:00", "21:00", (480, 1260)), ("00:00", "24:00", (0, 1440)), ("09:15", "09:16", (555, 556))],
)
def test_hours_are_read(start: str, end: str, minutes: tuple[int, int]) -> None:
    assert SendingHours.parse({"start": start, "end": end}) == SendingHours(*minutes)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "a start and an end"),
        ({"start": "08:00"}, "a start and an end"),
        ({"start": "08:00", "end": "21:00", "zone": "UTC"}, "a start and an end"),
        ({"start": "8:00", "end": "21:00"}, "start '8:00' is not a time of day"),
        ({"start": "08:00", "end": "9pm"}, "end '9pm' is not a time of day"),
        ({"start": "08:00", "end": "24:01"}, "not a time of day"),
        ({"start": "08:60", "end": "21:00"}, "not a time of day"),
        ({"start": "08:00:00", "end": "21:00"}, "not a time of day"),
        ({"start": "٠٨:00", "end": "21:00"}, "not a time of day"),
        ({"start": "08:00\n", "end": "21:00"}, "not a time of day"),
        ({"start": "21:00", "end": "08:00"}, "start must be earlier than end"),
        ({"start": "08:00", "end": "08:00"}, "write null for any hour"),
        ({"start": "08:00", "end": "00:00"}, "midnight is 24:00"),
    ],
)
def test_what_are_no_hours_is_refused_with_what_would_be_right(value: dict[str, str], says: str) -> None:
    with pytest.raises(BadSendingHours, match=says) as refused:
        SendingHours.parse(value)
    assert str(refused.value).isascii()


def test_a_country_is_known_by_its_code() -> None:
    assert holiday_country("US") == "US"
    assert holiday_name("US", date(2026, 12, 25)) == "Christmas Day"
    assert holiday_name("US", date(2026, 12, 24)) is None
    assert holiday_name("DE", date(2026, 10, 3)) == "German Unity Day"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("us", "did you mean US"),
        ("XX", "US or GB"),
        ("USA", "US or GB"),
        ("", "US or GB"),
        ("\ud800\ud800", "US or GB"),
    ],
)
def test_what_is_no_country_is_refused(code: str, says: str) -> None:
    with pytest.raises(UnknownCountry, match=says):
        holiday_country(code)
