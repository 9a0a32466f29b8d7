"""Cron on the clocks of real places: what it means in the nights in which they change, what is refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.local_time import to_utc
from scheduler.recurrence import Cron, InvalidCron, Occurrence, parse

NEW_YORK, LONDON, SYDNEY = ZoneInfo("America/New_York"), ZoneInfo("Europe/London"), ZoneInfo("Australia/Sydney")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")


def walls(cron: Cron, place: ZoneInfo, start: str, end: str) -> list[str]:
    """List the occurrences in (start, end], local times, as the wall shows them, with the offset."""
    after, until = (to_utc(datetime.fromisoformat(text), place) for text in (start, end))
    occurrences = cron.occurrences(after, place, until=until, limit=1000)
    return [f"{one.at.astimezone(place):%d %H:%M%z}" for one in occurrences]


@pytest.mark.parametrize(
    ("expression", "place", "day", "expected"),
    [
        # A fixed time in the gap runs at its end; on any other day as written.
        ("30 2 * * *", NEW_YORK, "2026-03-08", ["08 03:00-0400"]),
        ("30 2 * * *", NEW_YORK, "2026-03-09", ["09 02:30-0400"]),
        ("30 1 * * *", LONDON, "2026-03-29", ["29 02:00+0100"]),
        ("30 2 * * *", SYDNEY, "2026-10-04", ["04 03:00+1100"]),
        ("15 2 * * *", LORD_HOWE, "2026-10-04", ["04 02:30+1100"]),
        # All readings in one gap run together, with that of its end.
        ("*/15 2 * * *", NEW_YORK, "2026-03-08", ["08 03:00-0400"]),
        (
            "*/30 1-3 * * *",
            NEW_YORK,
            "2026-03-08",
            ["08 01:00-0500", "08 01:30-0500", "08 03:00-0400", "08 03:30-0400"],
        ),
        ("0 2,3 * * *", NEW_YORK, "2026-03-08", ["08 03:00-0400"]),
        # A fixed time that comes twice runs the first time.
        ("30 1 * * *", NEW_YORK, "2026-11-01", ["01 01:30-0400"]),
        ("30 1 * * *", LONDON, "2026-10-25", ["25 01:30+0100"]),
        ("30 2 * * *", SYDNEY, "2026-04-05", ["05 02:30+1100"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-05", ["05 01:45+1100"]),
        (
            "*/15 1 * * *",
            NEW_YORK,
            "2026-11-01",
            ["01 01:00-0400", "01 01:15-0400", "01 01:30-0400", "01 01:45-0400"],
        ),
        ("0 0-2 * * *", NEW_YORK, "2026-11-01", ["01 00:00-0400", "01 01:00-0400", "01 02:00-0500"]),
        # Every hour is every hour that comes, none that does not.
        (
            "0 */1 * * *",
            NEW_YORK,
            "2026-03-08",
            [f"08 {h:02}:00-0{5 if h < 2 else 4}00" for h in range(24) if h != 2],
        ),
        (
            "0 */2 * * *",
            NEW_YORK,
            "2026-03-08",
            [f"08 {h:02}:00-0{5 if h < 2 else 4}00" for h in range(0, 24, 2) if h != 2],
        ),
        (
            "30 * * * *",
            NEW_YORK,
            "2026-11-01",
            ["01 00:30-0400", "01 01:30-0400", *(f"01 {hour:02}:30-0500" for hour in range(1, 24))],
        ),
        (
            "20 */2 * 4 *",
            LORD_HOWE,
            "2026-04-05",
            [f"05 {h:02}:20+1{'100' if h < 2 else '030'}" for h in range(0, 24, 2)],
        ),
        (
            "40 */1 5 4 *",
            LORD_HOWE,
            "2026-04-05",
            ["05 00:40+1100", "05 01:40+1100", *(f"05 {hour:02}:40+1030" for hour in range(1, 24))],
        ),
        # Midnight in the gap, and twice.
        ("0 0 * * *", ZoneInfo("America/Havana"), "2026-03-08", ["08 01:00-0400"]),
        ("0 0 * * *", ZoneInfo("America/Havana"), "2026-11-01", ["01 00:00-0400"]),
        ("0 0 * * *", ZoneInfo("Asia/Beirut"), "2026-03-29", ["29 01:00+0300"]),
        # A gap of two hours.
        ("*/30 1-2 * * *", ZoneInfo("Antarctica/Troll"), "2026-03-29", ["29 03:00+0200"]),
    ],
)
def test_on_the_day_of_a_clock_change(expression: str, place: ZoneInfo, day: str, expected: list[str]) -> None:
    before = (datetime.fromisoformat(day) - timedelta(minutes=1)).isoformat()
    assert walls(parse(expression), place, before, f"{day}T23:59") == expected


def test_a_day_that_never_came_runs_once_at_its_end() -> None:
    # Samoa went from the end of Thursday 29 to Saturday 31 December 2011.
    week = ("2011-12-28T23:59", "2011-12-31T23:59")
    assert walls(parse("0 9 * * *"), APIA, *week) == ["29 09:00-1000", "31 00:00+1400", "31 09:00+1400"]
    assert walls(parse("0 9,15 * * fri"), APIA, *week) == ["31 00:00+1400"]
    assert walls(parse("0 */12 * * *"), APIA, *week) == [
        "29 00:00-1000",
        "29 12:00-1000",
        "31 00:00+1400",
        "31 12:00+1400",
    ]
    assert walls(parse("0 */12 * * fri"), APIA, *week) == []


def test_between_the_two_readings_of_an_hour_a_fixed_time_has_been() -> None:
    second = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)  # 01:15 for the second time
    assert parse("30 1 * * *").next_after(second, NEW_YORK).local == datetime(2026, 11, 2, 1, 30)
    assert parse("30 */1 * * *").next_after(second, NEW_YORK).at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_an_occurrence_is_strictly_after() -> None:
    nine = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
    cron = parse("0 9 * * *")
    assert cron.next_after(nine - timedelta(microseconds=1), NEW_YORK) == Occurrence(
        nine, datetime(2026, 3, 12, 9)
    )
    assert cron.next_after(nine, NEW_YORK).at == nine + timedelta(days=1)
    assert cron.next_after(nine.astimezone(SYDNEY), NEW_YORK).at == nine + timedelta(days=1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * 1-5", ["2026-03-12", "2026-03-13", "2026-03-16"]),
        ("0 9 * * MON-fri", ["2026-03-12", "2026-03-13", "2026-03-16"]),
        ("  0\t9  * *   1-5 ", ["2026-03-12", "2026-03-13", "2026-03-16"]),
        ("0 9 * * 0", ["2026-03-15", "2026-03-22", "2026-03-29"]),
        ("0 9 * * 7", ["2026-03-15", "2026-03-22", "2026-03-29"]),
        ("0 9 * * 5-7", ["2026-03-13", "2026-03-14", "2026-03-15"]),
        ("0 9 * * 2-2", ["2026-03-17", "2026-03-24", "2026-03-31"]),
        ("0 9 * * 7/2", ["2026-03-15", "2026-03-22", "2026-03-29"]),
        ("0 9 1-1 * *", ["2026-04-01", "2026-05-01", "2026-06-01"]),
        ("0 9 1 jan-feb *", ["2027-01-01", "2027-02-01", "2028-01-01"]),
        ("0 9 31 * *", ["2026-03-31", "2026-05-31", "2026-07-31"]),
        ("0 9 L * *", ["2026-03-31", "2026-04-30", "2026-05-31"]),
        ("0 9 15,l * *", ["2026-03-15", "2026-03-31", "2026-04-15"]),
        ("0 9 2-31,L * 6", ["2026-03-12", "2026-03-13", "2026-03-14"]),
        ("0 9 * * 5L", ["2026-03-27", "2026-04-24", "2026-05-29"]),
        ("0 9 * * L5", ["2026-03-27", "2026-04-24", "2026-05-29"]),
        ("0 9 * * friL", ["2026-03-27", "2026-04-24", "2026-05-29"]),
        ("0 9 * * tue#2", ["2026-04-14", "2026-05-12", "2026-06-09"]),
        ("0 9 * * 7#1", ["2026-04-05", "2026-05-03", "2026-06-07"]),
        ("0 9 * * 3#5", ["2026-04-29", "2026-07-29", "2026-09-30"]),
        ("0 9 * * 1,5#3", ["2026-03-16", "2026-03-20", "2026-03-23"]),
        ("0 9 * * mon-tue#1", ["2026-04-06", "2026-04-07", "2026-05-04"]),
        # Both days given: either. One that starts with a star is not given, and both must match.
        ("0 9 15 * 5", ["2026-03-13", "2026-03-15", "2026-03-20"]),
        ("0 9 30 2 5", ["2027-02-05", "2027-02-12", "2027-02-19"]),
        ("0 9 15 * 5#4", ["2026-03-15", "2026-03-27", "2026-04-15"]),
        ("0 9 */2 * 1", ["2026-03-23", "2026-04-13", "2026-04-27"]),
        ("0 9 13 * */5", ["2026-03-13", "2026-09-13", "2026-11-13"]),
        # Rare days.
        ("0 9 29 2 *", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("0 9 29 2 */7", ["2032-02-29", "2060-02-29", "2088-02-29"]),
        ("@daily", ["2026-03-12", "2026-03-13", "2026-03-14"]),
        ("@Midnight", ["2026-03-12", "2026-03-13", "2026-03-14"]),
        ("@weekly", ["2026-03-15", "2026-03-22", "2026-03-29"]),
        ("@monthly", ["2026-04-01", "2026-05-01", "2026-06-01"]),
        ("@yearly", ["2027-01-01", "2028-01-01", "2029-01-01"]),
        ("@annually", ["2027-01-01", "2028-01-01", "2029-01-01"]),
    ],
)
def test_the_days_it_comes(expression: str, expected: list[str]) -> None:
    evening_before = datetime(2026, 3, 12, tzinfo=UTC) - timedelta(hours=1)
    found = parse(expression).occurrences(evening_before, ZoneInfo("UTC"), limit=3)
    assert [str(occurrence.local.date()) for occurrence in found] == expected
    assert {occurrence.local.hour for occurrence in found} <= {0, 9}


def test_from_a_century_without_a_leap_day_it_is_still_found() -> None:
    last = datetime(2088, 3, 1, tzinfo=UTC)
    assert parse("0 0 29 2 */7").next_after(last, ZoneInfo("UTC")).local == datetime(2128, 2, 29)


def test_hourly_is_every_hour_of_the_longest_day() -> None:
    assert len(walls(parse("@hourly"), NEW_YORK, "2026-10-31T23:59", "2026-11-01T23:59")) == 25


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "five fields"),
        ("   ", "five fields"),
        ("* * * *", "five fields"),
        ("daily", "five fields"),
        ("* * * * * *", "seconds and years are not supported"),
        ("0 0 9 * * 1-5 2026", "seconds and years are not supported"),
        ("0 9 * * 1-5 # work days", "has 8 fields"),
        ("@reboot", "@daily"),
        ("@every 5m", "@daily"),
        ("@", "@daily"),
        ("H 9 * * *", "H as minute is not supported"),
        ("H(0-29)/10 9 * * *", "H as minute is not supported"),
        ("0 r * * *", "R as hour is not supported"),
        ("0 9 15W * *", "W as day of month is not supported"),
        ("0 9 LW * *", "W as day of month is not supported"),
        ("0 9 ? * 1", r"\? as day of month is not supported: write \*"),
        ("0 9 1 * ?", r"\? as day of week is not supported"),
        ("0 9 * * fri-mon", "runs backward"),
        ("0 9 * * fri-sun", "Sunday is 0 at the front, 7 at the end"),
        ("0 22-6 * * *", "hour 22-6 runs backward: write 22-23,0-6"),
        ("50-10/5 * * * *", "runs backward"),
        ("0 9 * nov-feb *", "runs backward"),
        ("60 9 * * *", "minute 60 is out of range: 0 to 59"),
        ("0 24 * * *", "hour 24 is out of range: 0 to 23"),
        ("0 9 0 * *", "day of month 0 is out of range: 1 to 31"),
        ("0 9 1-32 * *", "day of month 32 is out of range"),
        ("0 9 * 13 *", "month 13 is out of range"),
        ("0 9 * * 8", "day of week 8 is out of range"),
        ("0 9 * * monday", "sun to sat"),
        ("0 9 * january *", "jan to dec"),
        ("0 9 * mon *", "jan to dec"),
        ("mon 9 * * *", "0 to 59"),
        ("0 9 * * L", "5L"),
        ("0 9 L-3 * *", "does not fit the day of month"),
        ("0 L * * *", "does not fit the hour"),
        ("0 9 * L *", "does not fit the month"),
        ("0 9 * * 1#6", "after # write 1 to 5"),
        ("0 9 * * 1#0", "after # write 1 to 5"),
        ("0 9 * * 1#", "after # write 1 to 5"),
        ("0 9 * * #2", "does not fit the day of week"),
        ("0 9 * * *#2", "does not fit the day of week"),
        ("0 9 1#2 * *", "does not fit the day of month"),
        ("*/0 * * * *", "not a step"),
        ("*/x * * * *", "not a step"),
        ("*/-5 * * * *", "not a step"),
        ("*/ * * * *", "does not fit"),
        ("*5 * * * *", "does not fit the minute"),
        ("*-5 * * * *", "does not fit the minute"),
        ("1/2/3 * * * *", "not a step"),
        ("1-2-3 * * * *", "does not fit the minute"),
        ("-5 * * * *", "does not fit the minute"),
        ("5- * * * *", "does not fit the minute"),
        ("1.5 * * * *", "does not fit the minute"),
        ("1,,2 * * * *", "empty place"),
        (",1 * * * *", "empty place"),
        ("1, * * * *", "empty place"),
        ("٥ 9 * * *", "does not fit the minute"),
        ("0\u00a09 * * *", "five fields"),
        ("0 9 * * *\n", "does not fit the day of week"),
        ("0 9 * * *\x00", "does not fit the day of week"),
        ("\ud800 9 * * *", "does not fit the minute"),
        ("9" * 5000 + " 9 * * *", "longer than 500"),
        ("99999999999999999999 9 * * *", "does not fit the minute"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 2,4,6,9,11 *", "never comes"),
        ("0 0 30 2 */2", "never comes"),
        ("0 0 */31 * 1#2", "never comes"),
    ],
)
def test_what_is_no_cron_is_refused_with_what_would_be_right(expression: str, says: str) -> None:
    with pytest.raises(InvalidCron, match=says) as refused:
        parse(expression)
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 300


def test_missed_occurrences_are_counted_up_to_a_limit() -> None:
    cron = parse("* * * * *")
    start = datetime(2026, 3, 12, tzinfo=UTC)
    assert len(cron.occurrences(start, NEW_YORK, until=start + timedelta(hours=2), limit=1000)) == 120
    assert len(cron.occurrences(start, NEW_YORK, until=start + timedelta(days=365), limit=1000)) == 1000
    assert cron.occurrences(start, NEW_YORK, until=start, limit=1000) == []


def test_the_latest_of_many_missed_is_found() -> None:
    start = datetime(2026, 3, 12, tzinfo=UTC)
    end = start + timedelta(days=365, seconds=30)
    latest = parse("* * * * *").latest(start, end, NEW_YORK)
    assert latest is not None
    assert latest.at == start + timedelta(days=365)
    assert parse("0 9 1 1 *").latest(start, start + timedelta(days=10), NEW_YORK) is None
    assert parse("0 9 * * *").latest(end, start, NEW_YORK) is None
    new_year = parse("0 9 1 1 *").latest(start, end, NEW_YORK)
    assert new_year is not None
    assert new_year.local == datetime(2027, 1, 1, 9)
