"""When a cron expression comes, on the clock of a zone and over its clock changes.

croniter reads the fields. It does not walk the clock: it would fire `30 1 * * *` twice where 01:30 comes twice.
"""

import calendar
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from messaging.local_time import clock_change, offsets, shown, to_local, to_utc
from scheduler.cron_fields import LAST, CronFields, InvalidCron, read_fields

__all__ = ["Cron", "InvalidCron", "Occurrence", "parse"]

_JUST_BEFORE = timedelta(microseconds=-1)
_LENGTHS = ((31,), (28, 29), (31,), (30,), (31,), (30,), (31,), (31,), (30,), (31,), (30,), (31,))


@dataclass(frozen=True)
class Occurrence:
    """One time a job comes: `at`, the instant in UTC, and what the clock on the wall shows then (naive)."""

    at: datetime
    local: datetime


class Cron:
    """A cron expression that was read and is known to come. Made by `parse`."""

    def __init__(self, expression: str, fields: CronFields) -> None:
        self.expression = expression
        self._fields = fields
        self._times = [hour * 60 + minute for hour in fields.hours for minute in fields.minutes]
        # Months differ only in their first weekday and their length, so their days are worked out once.
        self._days = {
            (first, length): _matching_days(fields, first, length)
            for first in range(7)
            for length in (28, 29, 30, 31)
        }

    def comes(self) -> bool:
        """Tell whether any month it names has a day that matches; each month begins on each weekday some year."""
        lengths = {length for month in self._fields.months for length in _LENGTHS[month - 1]}
        return any(days for (_, length), days in self._days.items() if length in lengths)

    def next_after(self, instant: datetime, place: ZoneInfo) -> Occurrence:
        """Return the first occurrence strictly after an aware `instant`, on the clock of `place`."""
        at = self._every_reading(instant, place) if self._fields.every_reading else self._once(instant, place)
        return Occurrence(at, to_local(at, place))

    def occurrences(
        self, after: datetime, place: ZoneInfo, *, until: datetime | None = None, limit: int
    ) -> list[Occurrence]:
        """Return the first `limit` occurrences in (after, until], all of them where there are fewer."""
        found: list[Occurrence] = []
        while len(found) < limit:
            occurrence = self.next_after(after, place)
            if until is not None and occurrence.at > until:
                break
            found.append(occurrence)
            after = occurrence.at
        return found

    def latest(self, after: datetime, until: datetime, place: ZoneInfo) -> Occurrence | None:
        """Return the last occurrence in (after, until], however many there were; None if there was none."""
        width = timedelta(hours=1)
        while after < until:
            start = max(after, until - width)
            occurrence = self.next_after(start, place)
            if occurrence.at <= until:
                while (following := self.next_after(occurrence.at, place)).at <= until:
                    occurrence = following
                return occurrence
            until, width = start, width * 4
        return None

    def _once(self, instant: datetime, place: ZoneInfo) -> datetime:
        # `to_utc` is the first time of a reading that comes twice, and brings all readings in a gap to its end.
        reading = to_local(instant, place)
        while True:
            reading = self._reading_after(reading)
            at = to_utc(reading, place)
            if at > instant:
                return at

    def _every_reading(self, instant: datetime, place: ZoneInfo) -> datetime:
        here = instant.astimezone(place)
        local = here.replace(tzinfo=None, fold=0)
        reading = self._reading_after(local)
        first, second = offsets(reading, place)
        while first < second:  # skipped: on from the first reading after the gap
            reading = self._reading_after(to_local(to_utc(reading, place), place) + _JUST_BEFORE)
            first, second = offsets(reading, place)
        coming = [at for offset in (first, second) if (at := reading.replace(tzinfo=UTC) - offset) > instant]

        first, second = offsets(local, place)
        if first > second and here.fold == 0:  # what the clock has shown since it will be set back to comes again
            back = clock_change(place, instant.replace(microsecond=0), instant + (first - second))
            again = self._reading_after(to_local(back, place) + _JUST_BEFORE)
            if again <= local:
                coming.append(again.replace(tzinfo=UTC) - second)
        return min(coming)

    def _reading_after(self, local: datetime) -> datetime:
        """Return the first reading that matches and is later than `local`, whether the clock shows it or not."""
        year, month = local.year, local.month
        days = self._days_of(year, month)
        if local.day in days:
            later = bisect_right(self._times, local.hour * 60 + local.minute)
            if later < len(self._times):
                return _reading(year, month, local.day, self._times[later])
        index = bisect_right(days, local.day)
        while index == len(days):
            year, month = year + month // 12, month % 12 + 1
            days, index = self._days_of(year, month), 0
        return _reading(year, month, days[index], self._times[0])

    def _days_of(self, year: int, month: int) -> list[int]:
        if month not in self._fields.months:
            return []
        monday_is_0, length = calendar.monthrange(year, month)
        return self._days[(monday_is_0 + 1) % 7, length]


@lru_cache(maxsize=4096)
def parse(expression: str) -> Cron:
    """Read a cron expression. Raises InvalidCron, which says what would be right; also where it never comes."""
    fields = read_fields(expression)
    cron = Cron(expression, fields)
    if not cron.comes():
        raise InvalidCron(f"{shown(expression)} never comes: no month it names has such a day")
    return cron


def _reading(year: int, month: int, day: int, minute: int) -> datetime:
    return datetime(year, month, day, minute // 60, minute % 60)  # noqa: DTZ001  a reading, of no zone


def _matching_days(fields: CronFields, first: int, length: int) -> list[int]:
    """Return the days that match in a month of that length whose 1st is the weekday `first` (0 is Sunday)."""
    by_date = {day for day in fields.days if day <= length} | ({length} if fields.last_day else set())
    by_weekday = {day for day in range(1, length + 1) if (first + day - 1) % 7 in fields.weekdays}
    for weekday, nth in fields.nth:
        same = range((weekday - first) % 7 + 1, length + 1, 7)
        if nth <= len(same):
            by_weekday.add(same[-1 if nth == LAST else nth - 1])
    return sorted(by_date | by_weekday if fields.either else by_date & by_weekday)
