"""Instants and the clocks on people's walls: zones, local time to UTC and back, durations.

One rule for clock changes holds everywhere: a local time that a change skips is the first instant
after the gap, one that comes twice is the first of the two.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

# These name whatever the machine is set to, or nothing at all.
_NO_PLACES = {"localtime", "Factory", "posixrules"}

_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_CLOCK = r"(?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d{1,9}))?"
_INSTANT = re.compile(rf"{_DATE}[Tt ]{_CLOCK}(?:(?P<z>[Zz])|(?P<offset>[+-]\d\d:\d\d))?", re.ASCII)
_LOST_PLUS = re.compile(r".+\d\d:\d\d(?::\d\d)?(?:\.\d+)? \d\d:\d\d", re.ASCII)

_WITH_OFFSET = "2026-03-12T15:00:00-04:00 or 2026-03-12T19:00:00Z"


class UnknownZone(ValueError):
    """A name that is not a time zone."""

    code = "invalid_timezone"


class BadTime(ValueError):
    """Something that is not an instant, a local time or a date."""

    code = "invalid_parameter"


def shown(text: str) -> str:
    """Quote what a caller wrote so that any answer can carry it: ASCII only, cut after 40 characters."""
    return ascii(text if len(text) <= 40 else text[:40] + "...")


@cache
def _names() -> dict[str, str]:
    """Return every zone's name under its lower-case form."""
    return {name.lower(): name for name in sorted(available_timezones() - _NO_PLACES)}


@lru_cache(maxsize=1024)
def _known(name: str) -> ZoneInfo | None:
    # Looked up in the list and never as a file: a path, a folder's name or, on file systems that do not tell
    # cases apart, a misspelt case must not find one.
    return ZoneInfo(name) if _names().get(name.lower()) == name else None


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that exact name. Raises UnknownZone."""
    found = _known(name) if 0 < len(name) <= 64 and name.isascii() else None
    if found is not None:
        return found
    wanted = name[:64].lower().replace(" ", "_")
    near = [known for known in _names() if wanted and known.endswith(f"/{wanted}")]
    near = near or difflib.get_close_matches(wanted, _names(), n=1, cutoff=0.75)
    hint = f"did you mean {_names()[near[0]]}?" if near else "write an IANA name, such as America/New_York"
    raise UnknownZone(f"{shown(name)} is not a time zone: {hint}")


def to_utc(local: datetime, place: ZoneInfo) -> datetime:
    """Return the instant (UTC) at which a clock in `place` first shows the naive `local` time, or a later one.

    So a time that a clock change skips is the first instant after the gap, one that comes twice is the first.
    """
    before, after = offsets(local, place)
    if before < after:  # inside a gap
        whole = local.replace(tzinfo=UTC, microsecond=0)
        return clock_change(place, whole - after, whole - before)
    return local.replace(tzinfo=UTC) - before


def offsets(local: datetime, place: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the offsets of a naive `local` time's first and second reading (PEP 495's fold 0 and 1).

    The same: it comes once. The first smaller: a clock change skips it. The first larger: it comes twice.
    """
    first = local.replace(tzinfo=place, fold=0).utcoffset()
    second = local.replace(tzinfo=place, fold=1).utcoffset()
    assert first is not None
    assert second is not None
    return first, second


def to_local(instant: datetime, place: ZoneInfo) -> datetime:
    """Return the naive time a clock in `place` shows at an aware `instant`."""
    return instant.astimezone(place).replace(tzinfo=None, fold=0)


def clock_change(place: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """Return the first instant (UTC, to the second) of the new offset, where one change lies in (start, end]."""
    offset = start.astimezone(place).utcoffset()
    low, high = 0, int((end - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(seconds=middle)).astimezone(place).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


def start_of_day(day: date, place: ZoneInfo) -> datetime:
    """Return the first instant (UTC) of a calendar day in `place`."""
    return to_utc(datetime.combine(day, time()), place)


def parse_instant(text: str) -> datetime:
    """Return the instant (UTC) that an RFC 3339 text with an offset names. Raises BadTime."""
    return _parse(text, None, f"an instant: write it with an offset, such as {_WITH_OFFSET}")


def parse_time(text: str, place: ZoneInfo) -> datetime:
    """Return the instant (UTC) of an RFC 3339 text; without an offset it is local in `place`. Raises BadTime."""
    return _parse(text, place, f"a time: write a local one, such as 2026-03-12T15:00:00, or {_WITH_OFFSET}")


def parse_date(text: str) -> date:
    """Return the date that YYYY-MM-DD names. Raises BadTime."""
    if not re.fullmatch(_DATE, text, re.ASCII):
        raise BadTime(f"{shown(text)} is not a date: write YYYY-MM-DD, such as 2026-03-12")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadTime(f"{text} is not in the calendar") from None
    if not EARLIEST.year <= day.year < LATEST.year:
        raise BadTime(f"{text} is out of range: the year must be {EARLIEST.year} to {LATEST.year - 1}")
    return day


def parse_bound(text: str, place: ZoneInfo) -> datetime:
    """Return the instant (UTC) of an end of a half-open range: an instant, or a date's first instant in `place`.

    Raises BadTime.
    """
    if re.fullmatch(_DATE, text, re.ASCII):
        return start_of_day(parse_date(text), place)
    return _parse(text, None, f"a date or an instant: write 2026-03-12, or with an offset {_WITH_OFFSET}")


def _parse(text: str, place: ZoneInfo | None, expected: str) -> datetime:
    match = _INSTANT.fullmatch(text) if len(text) <= 64 else None
    if match is None or (place is None and not (match["z"] or match["offset"])):
        if _LOST_PLUS.fullmatch(text):
            expected += " (in an address, + is written %2B)"
        raise BadTime(f"{shown(text)} is not {expected}")
    try:
        local = datetime.combine(date.fromisoformat(match["date"]), _clock(match["clock"]))
    except ValueError:
        raise BadTime(f"{shown(text)} is not a time that any calendar and clock shows") from None
    local += timedelta(microseconds=int((match["fraction"] or "0").ljust(6, "0")[:6]))
    out_of_range = BadTime(
        f"{shown(text)} is out of range: the year must be {EARLIEST.year} to {LATEST.year - 1}, in UTC"
    )
    if not EARLIEST.year - 1 <= local.year <= LATEST.year:
        raise out_of_range
    if match["offset"] or match["z"]:
        instant = local.replace(tzinfo=UTC) - _offset(match["offset"], text)
    else:
        assert place is not None
        instant = to_utc(local, place)
    if not EARLIEST <= instant < LATEST:
        raise out_of_range
    return instant


def _clock(clock: str) -> time:
    # Newer Pythons read 24:00 as the next day's midnight; RFC 3339 has no such time.
    return time(int(clock[:2]), int(clock[3:5]), int(clock[6:] or 0))


def _offset(offset: str | None, text: str) -> timedelta:
    if offset is None:
        return timedelta(0)
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:
        raise BadTime(f"{shown(text)} has an offset that does not exist: write one such as -04:00")
    return (1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)


_SPAN = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_LONGEST = timedelta(days=400)


@dataclass(frozen=True)
class Span:
    """An ISO 8601 duration, such as P1D or PT24H.

    `days` are calendar days, which keep the time on the wall over a clock change; `elapsed` is time that passes.
    """

    days: int = 0
    elapsed: timedelta = timedelta(0)

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Return the duration that `text` names: weeks, days, hours, minutes, seconds. Raises BadTime."""
        match = _SPAN.fullmatch(text) if len(text) <= 64 else None
        if match is None or text == "P":
            raise BadTime(_what_is_wrong(text))
        # No more than a timedelta can hold; far beyond what is allowed.
        weeks, days, hours, minutes, seconds = (min(int(part or 0), 10**9) for part in match.groups())
        if weeks * 7 + days <= _LONGEST.days:
            span = cls(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
            if span.length <= _LONGEST:
                return span
        raise BadTime(f"{shown(text)} is too long: a duration may be at most {_LONGEST.days} days")

    @property
    def length(self) -> timedelta:
        """The duration as if every day had 24 hours: to compare, to sort, to limit."""
        return timedelta(days=self.days) + self.elapsed

    def before(self, instant: datetime, place: ZoneInfo, at: time | None = None) -> datetime:
        """Return the instant (UTC) this long before `instant` on the calendar of `place`.

        `at`: the local time of day to which the calendar day's own is changed first.
        """
        return self._move(instant, place, at, -1)

    def after(self, instant: datetime, place: ZoneInfo) -> datetime:
        """Return the instant (UTC) this long after `instant` on the calendar of `place`."""
        return self._move(instant, place, None, 1)

    def _move(self, instant: datetime, place: ZoneInfo, at: time | None, sign: int) -> datetime:
        if self.days or at is not None:
            local = to_local(instant, place) + timedelta(days=sign * self.days)
            instant = to_utc(local if at is None else datetime.combine(local, at), place)
        return instant.astimezone(UTC) + sign * self.elapsed

    def __str__(self) -> str:
        """Return the shortest ISO 8601 form: P7D, PT24H, P1DT2H."""
        seconds = int(self.elapsed.total_seconds())
        parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
        clock = "".join(f"{count}{unit}" for count, unit in parts if count)
        days = f"{self.days}D" if self.days else ""
        return f"P{days}{'T' if clock else ''}{clock}" if days or clock else "PT0S"


def _what_is_wrong(text: str) -> str:
    example = "write an ISO 8601 duration, such as PT24H, P1D or P1DT2H"
    if re.match(r"P[^T]*\d[YM]", text):
        return f"{shown(text)} counts years or months, whose length varies: write days, such as P30D"
    if "-" in text:
        return f"{shown(text)} is negative or not a duration: {example}"
    if "." in text or "," in text:
        return f"{shown(text)} has a fraction: write whole numbers, such as PT90M"
    return f"{shown(text)} is not a duration: {example}"
