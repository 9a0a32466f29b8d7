"""Sending hours: when a text may leave to a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from messaging import phone_numbers
from messaging.local_time import shown, to_local, to_utc
from messaging.public_holidays import holiday_name

# Where a number may be in several zones, less common time than this says nothing useful.
LEAST_COMMON = timedelta(hours=4)
# No country has a run of holidays half as long.
_SEARCHED_DAYS = 31
_DAY = timedelta(days=1)
_EXAMPLE = '{"start": "08:00", "end": "21:00"}'


class BadSendingHours(ValueError):
    """Sending hours that are not a stretch of one day."""

    code = "invalid_parameter"


class Window(NamedTuple):
    """A half-open stretch of time, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class SendingHours:
    """The half-open stretch of each local day in which texts may leave, in minutes after midnight."""

    start: int
    end: int

    @classmethod
    def parse(cls, value: Mapping[str, str]) -> "SendingHours":
        """Read `{"start": "08:00", "end": "21:00"}`; the end may be 24:00. Raises BadSendingHours."""
        if set(value) != {"start", "end"}:
            raise BadSendingHours(f"sending hours have a start and an end, no more: {_EXAMPLE}")
        start, end = (_minutes(name, value[name]) for name in ("start", "end"))
        if start >= end:
            raise BadSendingHours(
                f"start must be earlier than end, on the same day (midnight is 24:00), such as {_EXAMPLE}; "
                "write null for any hour"
            )
        return cls(start, end)

    def window(self, day: date, place: ZoneInfo) -> Window:
        """Return the stretch on that calendar day by the clock of `place`; empty where the day never came."""
        return _window(self.start, self.end, day, place)


_WHOLE_DAY = SendingHours(0, 24 * 60)


@dataclass(frozen=True)
class RecipientHours:
    """When texts may leave to one person.

    `places`: the zones the person may be in, one where it is known. `hours` None: any hour. `holidays`: the
    country (ISO 3166) on whose holidays no text leaves.
    """

    hours: SendingHours | None
    places: tuple[ZoneInfo, ...]
    account_place: ZoneInfo
    holidays: str | None = None

    def allows(self, instant: datetime) -> bool:
        """Tell whether a text may leave at an aware instant."""
        return self.next_allowed(instant) == instant

    def next_allowed(self, instant: datetime) -> datetime | None:
        """Return the first instant from this one on at which a text may leave; None: not for a month."""
        if self.hours is None and self.holidays is None:
            return instant
        # No zone is more than a day away from UTC's date.
        first = instant.astimezone(UTC).date() - _DAY
        for count in range(_SEARCHED_DAYS):
            window = self.window(first + count * _DAY)
            if window is not None and window.end > instant:
                return max(instant, window.start)
        return None

    def last_window(self, instant: datetime) -> Window | None:
        """Return the last stretch that was over at an aware instant; None: none for a month."""
        last = instant.astimezone(UTC).date() + _DAY
        for count in range(_SEARCHED_DAYS):
            window = self.window(last - count * _DAY)
            if window is not None and window.end <= instant:
                return window
        return None

    def window(self, day: date) -> Window | None:
        """Return the stretch of a calendar day in which texts may leave, None where there is none."""
        if self.holiday(day) is not None:
            return None
        window = self._by_clock(day)[1]
        return window if window.start < window.end else None

    def holiday(self, day: date) -> str | None:
        """Return the name of the holiday for which no text leaves on a calendar day."""
        return None if self.holidays is None else holiday_name(self.holidays, day)

    def within_the_day(self, instant: datetime) -> bool:
        """Tell whether the clock alone, holidays apart, lets a text leave at an aware instant."""
        window = self._by_clock(self.clock(instant).date())[1]
        return window.start <= instant < window.end

    def clock(self, instant: datetime) -> datetime:
        """Return the naive time on the person's wall, as far as it is known, at an aware instant."""
        return to_local(instant, self.places_on(to_local(instant, self.account_place).date())[0])

    def places_on(self, day: date) -> tuple[ZoneInfo, ...]:
        """Return the zones whose clocks decide on a calendar day."""
        return self._by_clock(day)[0]

    def _by_clock(self, day: date) -> tuple[tuple[ZoneInfo, ...], Window]:
        hours = self.hours or _WHOLE_DAY
        if len(self.places) == 1 or (self.places and self.hours is not None):
            windows = [hours.window(day, place) for place in self.places]
            common = Window(max(w.start for w in windows), min(w.end for w in windows))
            if len(windows) == 1 or common.end - common.start >= LEAST_COMMON:
                return self.places, common
        return (self.account_place,), hours.window(day, self.account_place)


def recipient_places(contact_place: ZoneInfo | None, number: str) -> tuple[ZoneInfo, ...]:
    """Return the zones a person may be in: the one set for the contact, else those of the E.164 number."""
    return (contact_place,) if contact_place is not None else phone_numbers.zones(number)


@lru_cache(maxsize=4096)
def _window(start: int, end: int, day: date, place: ZoneInfo) -> Window:
    midnight = datetime.combine(day, time())
    return Window(*(to_utc(midnight + timedelta(minutes=at), place) for at in (start, end)))


def _minutes(name: str, text: str) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])", text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else None
    if minutes is None or minutes > 24 * 60:
        raise BadSendingHours(f"{name} {shown(text)} is not a time of day: write HH:MM, as in {_EXAMPLE}")
    return minutes
