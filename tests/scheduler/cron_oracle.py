"""A second, slow reading of cron, to hold the real one against: it walks the clock minute by minute."""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LONGEST_SHIFT = timedelta(hours=26)
NAMES = {"jan": 1, "feb": 2, "mar": 3, "oct": 10, "nov": 11, "sun": 0, "mon": 1, "tue": 2, "fri": 5, "sat": 6}


def every_occurrence(expression: str, start: datetime, end: datetime, place: ZoneInfo) -> list[datetime]:
    """Return all instants in (start, end], both whole minutes in UTC, at which `expression` comes."""
    minute, hour, day, month, weekday = expression.split()
    minutes, hours = _values(minute, 0, 59), _values(hour, 0, 23)

    def matches(reading: datetime) -> bool:
        return (
            reading.minute in minutes
            and reading.hour in hours
            and day_matches(reading.date(), day, month, weekday)
        )

    found = []
    instant = start - LONGEST_SHIFT
    shown = _reading(instant, place)
    while instant < end:
        instant += MINUTE
        reading = _reading(instant, place)
        if hour.startswith("*"):
            comes = matches(reading)
        else:
            # All readings that the clock had not reached before and now has: one, none or those of a gap.
            reached = range(1, int((reading - shown) / MINUTE) + 1)
            comes = any(matches(shown + count * MINUTE) for count in reached)
        shown = max(shown, reading)
        if comes and instant > start:
            found.append(instant)
    return found


def day_matches(day: date, by_date: str, months: str, by_weekday: str) -> bool:
    """Tell whether a day is one that the three day fields ask for."""
    if day.month not in _values(months, 1, 12):
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    dates = [term for term in by_date.split(",") if term != "L"]
    date_matches = ("L" in by_date and day.day == length) or (
        bool(dates) and day.day in _values(",".join(dates), 1, 31)
    )
    weekday_matches = any(_weekday_matches(day, length, term) for term in by_weekday.split(","))
    if by_date.startswith("*") or by_weekday.startswith("*"):
        return date_matches and weekday_matches
    return date_matches or weekday_matches


def _weekday_matches(day: date, length: int, term: str) -> bool:
    weekday = day.isoweekday() % 7
    if term.endswith("L"):
        return weekday == int(term[:-1]) % 7 and day.day + 7 > length
    if "#" in term:
        wanted, nth = term.split("#")
        return weekday == int(wanted) % 7 and (day.day - 1) // 7 + 1 == int(nth)
    return weekday in {value % 7 for value in _values(term, 0, 7)}


def _reading(instant: datetime, place: ZoneInfo) -> datetime:
    return instant.astimezone(place).replace(tzinfo=None, fold=0, second=0)


@cache
def _values(text: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        if span == "*":
            first, last = low, high if high != 7 else 6
        elif "-" in span:
            first, last = (NAMES[end] if end in NAMES else int(end) for end in span.split("-"))
        else:
            first = last = NAMES[span] if span in NAMES else int(span)
            if step:
                last = max(first, high if high != 7 else 6)
        values |= set(range(first, last + 1, int(step or 1)))
    return frozenset(values)


@cache
def clock_changes(place: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Return the minutes (UTC) of the year at which the clock of `place` jumps."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        if _offset(day, place) != _offset(day + timedelta(days=1), place):
            minute = day
            while _offset(minute, place) == _offset(minute + MINUTE, place):
                minute += MINUTE
            found.append(minute + MINUTE)
        day += timedelta(days=1)
    return tuple(found)


def _offset(instant: datetime, place: ZoneInfo) -> timedelta | None:
    return instant.astimezone(place).utcoffset()
