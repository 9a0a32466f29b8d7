"""Instants, local times, zones and durations, as people and programs write them."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.local_time import (
    BadTime,
    Span,
    UnknownZone,
    clock_change,
    parse_bound,
    parse_date,
    parse_instant,
    parse_time,
    start_of_day,
    to_local,
    to_utc,
    zone,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
SECONDS_A_DAY = 86_400


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-12T15:00:00Z", "2026-03-12T15:00:00"),
        ("2026-03-12t15:00:00z", "2026-03-12T15:00:00"),
        ("2026-03-12 15:00:00Z", "2026-03-12T15:00:00"),
        ("2026-03-12T15:00Z", "2026-03-12T15:00:00"),
        ("2026-03-12T15:00:00-04:00", "2026-03-12T19:00:00"),
        ("2026-03-12T15:00:00+05:45", "2026-03-12T09:15:00"),
        ("2026-03-12T15:00:00-00:00", "2026-03-12T15:00:00"),
        ("2026-03-12T15:00:00.5Z", "2026-03-12T15:00:00.500000"),
        ("2026-03-12T15:00:00.123456789Z", "2026-03-12T15:00:00.123456"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00"),
        ("1969-12-31T20:00:00-04:00", "1970-01-01T00:00:00"),
        ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59"),
    ],
)
def test_an_instant_with_an_offset_is_read(text: str, instant: str) -> None:
    read = parse_instant(text)
    assert read == utc(instant)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "with an offset"),
        ("now", "with an offset"),
        ("tomorrow at 10", "with an offset"),
        ("2026-03-12", "with an offset"),
        ("2026-03-12T15:00:00", "with an offset"),
        ("20260312T150000Z", "with an offset"),
        ("2026-03-12T15:00:00+0400", "with an offset"),
        ("2026-03-12T15:00:00+04", "with an offset"),
        ("2026-03-12T15:00:00,5Z", "with an offset"),
        ("2026-W11-4T15:00:00Z", "with an offset"),
        ("1773327600", "with an offset"),
        (" 2026-03-12T15:00:00Z", "with an offset"),
        ("2026-03-12T15:00:00Z\n", "with an offset"),
        ("2026-03-12T15:00:00Z\x00", "with an offset"),
        ("٢٠٢٦-03-12T15:00:00Z", "with an offset"),
        ("2026-03-12T15:00:00Z" + "0" * 100_000, "with an offset"),
        ("2026-03-12T15:00:00 04:00", "%2B"),
        ("2026-02-30T10:00:00Z", "calendar"),
        ("2026-13-01T10:00:00Z", "calendar"),
        ("2026-00-01T10:00:00Z", "calendar"),
        ("0000-01-01T10:00:00Z", "calendar"),
        ("2026-03-12T24:00:00Z", "clock"),
        ("2026-03-12T10:60:00Z", "clock"),
        ("2026-03-12T23:59:60Z", "clock"),
        ("2026-03-12T10:00:00+24:00", "offset"),
        ("2026-03-12T10:00:00+23:60", "offset"),
        ("1969-12-31T23:59:59Z", "1970 to 2199"),
        ("2200-01-01T00:00:00Z", "1970 to 2199"),
        ("0001-01-01T00:00:00+23:59", "1970 to 2199"),
        ("9999-12-31T23:59:59-23:59", "1970 to 2199"),
    ],
)
def test_what_is_not_an_instant_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(BadTime, match=says) as refused:
        parse_instant(text)
    assert len(str(refused.value)) < 250


@given(st.text(st.characters(exclude_categories=()), max_size=30))
@settings(max_examples=100)
def test_any_text_is_read_or_refused_in_words_that_can_be_encoded(text: str) -> None:
    for read in (parse_instant, lambda t: parse_time(t, NEW_YORK), zone, Span.parse, parse_date):
        assert _refusal(read, text).isascii()


def _refusal(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except (BadTime, UnknownZone) as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("text", "place", "instant"),
    [
        ("2026-03-12T15:00:00", "America/New_York", "2026-03-12T19:00:00"),
        ("2026-03-12T15:00", "America/New_York", "2026-03-12T19:00:00"),
        # The offset decides where there is one.
        ("2026-03-12T15:00:00Z", "America/New_York", "2026-03-12T15:00:00"),
        # Skipped: the first instant after the gap.
        ("2026-03-08T02:00:00", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T02:30:00", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T02:59:59.999", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T03:00:00", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-29T01:30:00", "Europe/London", "2026-03-29T01:00:00"),
        ("2026-10-04T02:15:00", "Australia/Lord_Howe", "2026-10-03T15:30:00"),
        ("2011-12-30T12:00:00", "Pacific/Apia", "2011-12-30T10:00:00"),
        ("2026-03-29T02:30:00", "Antarctica/Troll", "2026-03-29T01:00:00"),
        # Twice: the first of the two.
        ("2026-11-01T01:30:00", "America/New_York", "2026-11-01T05:30:00"),
        ("2026-11-01T02:00:00", "America/New_York", "2026-11-01T07:00:00"),
        ("2026-04-05T01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00"),
        ("2026-10-25T01:30:00", "Antarctica/Troll", "2026-10-24T23:30:00"),
    ],
)
def test_a_local_time_is_read_in_its_zone(text: str, place: str, instant: str) -> None:
    assert parse_time(text, ZoneInfo(place)) == utc(instant)


def test_a_date_bounds_a_range_at_its_first_instant_in_the_zone() -> None:
    assert parse_bound("2026-03-12", NEW_YORK) == utc("2026-03-12T04:00:00")
    assert parse_bound("2026-03-12T15:00:00Z", NEW_YORK) == utc("2026-03-12T15:00:00")
    # Midnight does not come on this day in Cuba.
    assert parse_bound("2026-03-08", ZoneInfo("America/Havana")) == utc("2026-03-08T05:00:00")
    with pytest.raises(BadTime, match="with an offset"):
        parse_bound("2026-03-12T15:00:00", NEW_YORK)


@pytest.mark.parametrize(
    "text", ["2026-3-12", "20260312", "2026-02-30", "1969-12-31", "2200-01-01", "today", "2026-03-12 "]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        parse_date(text)
    with pytest.raises(BadTime):
        parse_bound(text, NEW_YORK)


def test_a_date_is_read() -> None:
    assert parse_date("2026-03-12") == date(2026, 3, 12)


@pytest.mark.parametrize(
    "name", ["America/New_York", "UTC", "Etc/GMT+5", "EST5EDT", "America/Argentina/Buenos_Aires"]
)
def test_a_zone_is_found_by_its_exact_name(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "America/New_York"),
        ("../../etc/passwd", "America/New_York"),
        ("/etc/localtime", "America/New_York"),
        ("localtime", "America/New_York"),
        ("Factory", "America/New_York"),
        ("America", "America/New_York"),
        ("America/", "did you mean"),
        ("tzdata.zi", "America/New_York"),
        ("right/UTC", "America/New_York"),
        ("+05:00", "America/New_York"),
        ("A" * 100_000, "America/New_York"),
        ("America/New_York\x00", "did you mean America/New_York"),
        ("america/new_york", "did you mean America/New_York"),
        ("America/New York", "did you mean America/New_York"),
        ("new york", "did you mean America/New_York"),
        ("Europe/Londn", "did you mean Europe/London"),
        ("utc", "did you mean"),
        ("Europe/Zürich", "did you mean Europe/Zurich"),
        ("\ud800", "America/New_York"),
    ],
)
def test_an_unknown_zone_is_refused_with_one_that_would_be_right(name: str, says: str) -> None:
    with pytest.raises(UnknownZone, match=says) as refused:
        zone(name)
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 200


@given(st.sampled_from(ZONES), st.datetimes(datetime(1972, 1, 1), datetime(2100, 1, 1)))
@settings(max_examples=300)
def test_a_local_time_is_the_first_instant_at_which_the_clock_shows_it_or_later(
    name: str, local: datetime
) -> None:
    place = ZoneInfo(name)
    instant = to_utc(local, place)
    assert to_local(instant, place) >= local
    assert to_local(instant - timedelta(microseconds=1), place) < local


@given(st.sampled_from(ZONES), st.integers(1972, 2060), st.integers(-36, 36))
@settings(max_examples=300)
def test_around_clock_changes_too(name: str, year: int, quarters: int) -> None:
    place = ZoneInfo(name)
    for change in changes(place, year):
        local = to_local(change, place) + timedelta(minutes=quarters * 15)
        instant = to_utc(local, place)
        assert to_local(instant, place) >= local
        # No earlier instant of the day before shows this time or a later one.
        earlier = (instant - timedelta(minutes=minutes) for minutes in range(1, 26 * 60, 7))
        assert all(to_local(moment, place) < local for moment in earlier)


def changes(place: ZoneInfo, year: int) -> list[datetime]:
    """Find the clock changes of a year by looking at each noon."""
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(366)]
    pairs = itertools.pairwise(noons)
    return [
        clock_change(place, a, b)
        for a, b in pairs
        if a.astimezone(place).utcoffset() != b.astimezone(place).utcoffset()
    ]


def test_the_day_starts_where_midnight_is_skipped_or_comes_twice() -> None:
    havana = ZoneInfo("America/Havana")
    assert start_of_day(date(2026, 3, 8), havana) == utc("2026-03-08T05:00:00")
    assert start_of_day(date(2026, 11, 1), havana) == utc("2026-11-01T04:00:00")
    # This day never came.
    assert start_of_day(date(2011, 12, 30), ZoneInfo("Pacific/Apia")) == utc("2011-12-30T10:00:00")


@pytest.mark.parametrize(
    ("text", "days", "hours", "written"),
    [
        ("PT24H", 0, 24, "PT24H"),
        ("P1D", 1, 0, "P1D"),
        ("P7D", 7, 0, "P7D"),
        ("P1W", 7, 0, "P7D"),
        ("P1W2D", 9, 0, "P9D"),
        ("P1DT2H", 1, 2, "P1DT2H"),
        ("PT90M", 0, 1.5, "PT1H30M"),
        ("PT2M", 0, 1 / 30, "PT2M"),
        ("PT3600S", 0, 1, "PT1H"),
        ("PT0S", 0, 0, "PT0S"),
        ("P0D", 0, 0, "PT0S"),
        ("P400D", 400, 0, "P400D"),
        ("PT9600H", 0, 9600, "PT9600H"),
    ],
)
def test_a_duration_keeps_calendar_days_apart_from_time_that_passes(
    text: str, days: int, hours: float, written: str
) -> None:
    span = Span.parse(text)
    assert span == Span(days, timedelta(hours=hours))
    assert str(span) == written
    assert Span.parse(written) == span


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "PT24H"),
        ("P", "PT24H"),
        ("PT", "PT24H"),
        ("P1DT", "PT24H"),
        ("24h", "PT24H"),
        ("1 day", "PT24H"),
        ("pt24h", "PT24H"),
        ("P1H", "PT24H"),
        ("PT1D", "PT24H"),
        ("PT1H\n", "PT24H"),
        ("P١D", "PT24H"),
        ("-P1D", "negative"),
        ("P-1D", "negative"),
        ("PT1.5H", "whole numbers"),
        ("P1Y", "write days"),
        ("P2M", "write days"),
        ("P1Y2M3DT4H", "write days"),
        ("P401D", "at most 400 days"),
        ("PT9600H1S", "at most 400 days"),
        ("P400DT1S", "at most 400 days"),
        ("PT" + "9" * 50 + "H", "at most 400 days"),
        ("P" + "9" * 100_000 + "D", "PT24H"),
    ],
)
def test_what_is_not_a_duration_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(BadTime, match=says):
        Span.parse(text)


def test_calendar_days_keep_the_time_on_the_wall_and_hours_do_not() -> None:
    monday_nine = utc("2026-03-09T13:00:00")  # 09:00, the day after the clocks went forward
    assert to_local(Span.parse("P1D").before(monday_nine, NEW_YORK), NEW_YORK) == datetime(2026, 3, 8, 9)
    sunday_nine = utc("2026-03-08T13:00:00")
    assert to_local(Span.parse("P1D").before(sunday_nine, NEW_YORK), NEW_YORK) == datetime(2026, 3, 7, 9)
    assert to_local(Span.parse("PT24H").before(sunday_nine, NEW_YORK), NEW_YORK) == datetime(2026, 3, 7, 8)


def test_a_day_before_may_fall_into_a_gap() -> None:
    monday = to_utc(datetime(2026, 3, 9, 2, 30), NEW_YORK)
    assert to_local(Span.parse("P1D").before(monday, NEW_YORK), NEW_YORK) == datetime(2026, 3, 8, 3)


def test_a_day_before_at_another_time_of_day() -> None:
    start = to_utc(datetime(2026, 3, 12, 15), NEW_YORK)
    assert Span.parse("P1D").before(start, NEW_YORK, at=time(10)) == to_utc(datetime(2026, 3, 11, 10), NEW_YORK)
    assert Span.parse("P0D").before(start, NEW_YORK, at=time(10)) == to_utc(datetime(2026, 3, 12, 10), NEW_YORK)


def test_mixed_durations_count_the_days_first() -> None:
    start = to_utc(datetime(2026, 3, 9, 9), NEW_YORK)
    assert Span.parse("P1DT10H").before(start, NEW_YORK) == to_utc(datetime(2026, 3, 7, 22), NEW_YORK)
    assert Span.parse("P1DT2H").after(start, NEW_YORK) == to_utc(datetime(2026, 3, 10, 11), NEW_YORK)


def test_durations_compare_by_their_length() -> None:
    spans = [Span.parse(text) for text in ("PT2H", "P7D", "P1D", "PT30H")]
    assert [str(span) for span in sorted(spans, key=lambda span: span.length)] == ["PT2H", "P1D", "PT30H", "P7D"]


@given(st.integers(0, 400), st.integers(0, 400 * SECONDS_A_DAY))
@settings(max_examples=100)
def test_a_duration_is_written_as_it_is_read(days: int, seconds: int) -> None:
    span = Span(days, timedelta(seconds=seconds))
    if span.length <= timedelta(days=400):
        assert Span.parse(str(span)) == span
