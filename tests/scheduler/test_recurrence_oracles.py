"""Cron over every zone's clock changes, held against a minute walk and, where it keeps our rules, cronsim."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.recurrence import InvalidCron, parse
from tests.scheduler.cron_oracle import clock_changes, day_matches, every_occurrence

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
# Changes by other than an hour, at midnight, twice in a month, of a whole day, or backward over midnight.
ODD = [
    ("Australia/Lord_Howe", 2026),
    ("Antarctica/Troll", 2026),
    ("Antarctica/Casey", 2020),
    ("Antarctica/Vostok", 1994),
    ("Africa/Casablanca", 2026),
    ("Africa/Cairo", 2014),
    ("Africa/Cairo", 2026),
    ("America/Asuncion", 2023),
    ("America/Havana", 2026),
    ("America/Sao_Paulo", 2018),
    ("America/St_Johns", 2009),
    ("America/Noronha", 2000),
    ("America/Caracas", 2007),
    ("America/Nuuk", 2026),
    ("Asia/Beirut", 2026),
    ("Asia/Gaza", 2026),
    ("Asia/Kathmandu", 1986),
    ("Asia/Pyongyang", 2018),
    ("Atlantic/Azores", 2026),
    ("Europe/Dublin", 2026),
    ("Pacific/Apia", 2011),
    ("Pacific/Kiritimati", 1994),
    ("Pacific/Kwajalein", 1993),
    ("America/Danmarkshavn", 1996),
]


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(",".join)


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    ends = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    return st.one_of(
        st.integers(low, high).map(str),
        ends.map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(ends, st.integers(1, 12)).map(lambda made: f"{made[0][0]}-{made[0][1]}/{made[1]}"),
        st.tuples(st.integers(low, high), st.integers(1, 12)).map(lambda made: f"{made[0]}/{made[1]}"),
    )


def stars(most: int) -> st.SearchStrategy[str]:
    return st.one_of(st.just("*"), st.integers(1, most).map(lambda step: f"*/{step}"))


FIXED_MINUTES, FIXED_HOURS = listed(numbers(0, 59)), listed(numbers(0, 23))
MINUTES = st.one_of(st.just("*"), stars(40), FIXED_MINUTES, st.just("30"))
HOURS = st.one_of(st.just("*"), stars(12), FIXED_HOURS, listed(numbers(0, 4)))
PLAIN_DATES = st.one_of(st.just("*"), stars(12), listed(numbers(1, 31)))
DATES = st.one_of(PLAIN_DATES, st.sampled_from(["L", "L,1", "15,L"]))
PLAIN_MONTHS = st.one_of(
    st.just("*"), st.sampled_from(["3-4", "10,11", "*/2", "1-12", "mar,oct", "jan-mar,oct-nov"])
)
PLAIN_WEEKDAYS = st.one_of(
    st.just("*"),
    st.just("*"),
    st.sampled_from(["0", "7", "6,0", "5-7", "1-5", "0-7", "sun", "mon-fri", "sat,sun", "3", "2-2"]),
)
WEEKDAYS = st.one_of(
    PLAIN_WEEKDAYS, st.sampled_from(["*/2", "1-7/3", "3/2", "7/2", "0#1", "7#2", "0L", "1#1,5L", "1,2#3", "6#5"])
)


def a_change(data: st.DataObject) -> tuple[ZoneInfo, datetime]:
    """Draw a zone and an instant at which its clock jumps."""
    name, year = data.draw(
        st.one_of(st.sampled_from(ODD), st.tuples(st.sampled_from(ZONES), st.integers(1972, 2040)))
    )
    place = ZoneInfo(name)
    changes = clock_changes(place, year)
    assume(changes)
    return place, data.draw(st.sampled_from(changes))


@given(st.data(), MINUTES, HOURS, DATES, PLAIN_MONTHS, WEEKDAYS)
@settings(max_examples=250, deadline=None)
def test_around_a_clock_change_it_comes_when_the_minute_walk_says(
    data: st.DataObject, minute: str, hour: str, by_date: str, month: str, weekday: str
) -> None:
    place, change = a_change(data)
    expression = f"{minute} {hour} {by_date} {month} {weekday}"
    start, end = change - timedelta(hours=30), change + timedelta(hours=30)
    walked = every_occurrence(expression, start, end, place)
    cron = parse(expression)

    occurrences = cron.occurrences(start, place, until=end, limit=10_000)
    assert [occurrence.at for occurrence in occurrences] == walked
    assert all(one.local == one.at.astimezone(place).replace(tzinfo=None) for one in occurrences)

    # From anywhere between too, on the second or not.
    instant = start + timedelta(seconds=data.draw(st.integers(0, 60 * 60 * 60)))
    later = [at for at in walked if at > instant]
    if later:
        assert cron.next_after(instant, place).at == later[0]
    else:
        assert cron.next_after(instant, place).at > end

    earlier = [at for at in walked if at <= instant]
    latest = cron.latest(start, instant, place)
    assert (latest.at if latest else None) == (earlier[-1] if earlier else None)


@given(st.data(), FIXED_MINUTES, FIXED_HOURS, PLAIN_DATES, PLAIN_MONTHS, PLAIN_WEEKDAYS)
@settings(max_examples=250, deadline=None)
def test_at_fixed_hours_it_comes_when_cronsim_says(
    data: st.DataObject, minute: str, hour: str, by_date: str, month: str, weekday: str
) -> None:
    place, change = a_change(data)
    expression = f"{minute} {hour} {by_date} {month} {weekday}"
    assume(not re.search(r"\b(\d+)-\1/", expression))  # which cronsim reads as a start with a step
    start = change + timedelta(minutes=data.draw(st.integers(-30 * 60, 30 * 60)))
    # Begun in the second pass of a repeated hour, it first lists what came in the first.
    coming = (at for one in CronSim(expression, start.astimezone(place)) if (at := one.astimezone(UTC)) > start)
    simulated = list(islice(coming, 20))
    assert [occurrence.at for occurrence in parse(expression).occurrences(start, place, limit=20)] == simulated


@given(
    DATES,
    PLAIN_MONTHS | st.sampled_from(["2", "2,4", "feb", "6"]),
    WEEKDAYS,
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
)
@settings(max_examples=100, deadline=None)
def test_far_from_clock_changes_it_comes_on_the_next_day_that_matches(
    by_date: str, month: str, weekday: str, start: date
) -> None:
    days = (start + timedelta(days=count) for count in range(1, 28 * 366))
    expected = next((day for day in days if day_matches(day, by_date, month, weekday)), None)
    expression = f"0 0 {by_date} {month} {weekday}"
    if expected is None:
        with pytest.raises(InvalidCron, match="never comes"):
            parse(expression)
    else:
        after = datetime(start.year, start.month, start.day, tzinfo=UTC)
        assert parse(expression).next_after(after, ZoneInfo("UTC")).local.date() == expected
