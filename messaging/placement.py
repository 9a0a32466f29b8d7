"""Where a text goes that may not leave at the instant it was asked for."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from messaging.hours import RecipientHours

# A text that is moved later leaves at least this long before its visit,
LEAST_NOTICE = timedelta(hours=2)
# and one that is moved earlier, this long before the hours of its day end.
BEFORE_CLOSING = timedelta(hours=1)
_EVENING = 17


class Move(StrEnum):
    """What becomes of a text that may not leave at its instant."""

    EARLIER = "earlier"
    LATER = "later"
    SKIP = "skip"


class Placement(NamedTuple):
    """When a text leaves (UTC; None: not at all), and why that is not when it was asked for."""

    at: datetime | None
    why: str | None


def place(
    nominal: datetime, hours: RecipientHours, move: Move, *, now: datetime, starts_at: datetime | None = None
) -> Placement:
    """Place a text asked for at `nominal` within the recipient's hours. All instants are aware.

    It moves later, but not nearer than two hours to the visit at `starts_at`, or earlier, but not before `now`;
    where one cannot be, the other; where neither can, it is skipped.
    """
    if hours.allows(nominal):
        return Placement(nominal, None)
    if move == Move.SKIP:
        return Placement(None, f"skipped at {_outside(nominal, hours)}")
    later, earlier = _later(nominal, hours, starts_at), _earlier(nominal, hours, now)
    at = (earlier or later) if move == Move.EARLIER else (later or earlier)
    if at is None:
        left = "in the month around it" if starts_at is None else "between now and two hours before the visit"
        return Placement(None, f"skipped at {_outside(nominal, hours)}; no time that is allowed is left {left}")
    was = hours.clock(nominal)
    return Placement(
        at, f"moved from {was:%H:%M} to {_day_and_time(was, hours.clock(at))}: {_reason(nominal, at, hours)}"
    )


def _later(nominal: datetime, hours: RecipientHours, starts_at: datetime | None) -> datetime | None:
    at = hours.next_allowed(nominal)
    return None if at is None or (starts_at is not None and at > starts_at - LEAST_NOTICE) else at


def _earlier(nominal: datetime, hours: RecipientHours, now: datetime) -> datetime | None:
    window = hours.last_window(nominal)
    if window is None or window.end <= now:
        return None
    return max(window.start, window.end - BEFORE_CLOSING, now)


def _outside(nominal: datetime, hours: RecipientHours) -> str:
    return f"{hours.clock(nominal):%H:%M}: {_reason(nominal, nominal, hours)}"


def _day_and_time(was: datetime, local: datetime) -> str:
    days = (local.date() - was.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return f"the next day, {local:%H:%M}"
    if days == -1:
        return f"the {'evening' if local.hour >= _EVENING else 'day'} before, {local:%H:%M}"
    return f"{local:%A}, {local:%B} {local.day}, {local:%H:%M}"


def _reason(nominal: datetime, at: datetime, hours: RecipientHours) -> str:
    """Say what stood in the way: the hours, the holidays from the day asked for on, or both."""
    reasons = []
    if not hours.within_the_day(nominal):
        places = hours.places_on(hours.clock(nominal).date())
        named = " and ".join(place.key for place in places)
        reasons.append(
            f"sending hours in {named if len(places) <= 2 else f'all {len(places)} zones of the number'}"
        )
    days = _days(hours.clock(nominal).date(), hours.clock(at).date())
    reasons += [f"{name} in {hours.holidays}" for day in days if (name := hours.holiday(day))]
    return " and ".join(reasons)


def _days(first: date, last: date) -> list[date]:
    """Return the days from the first on, in either direction, to the last but without it; at least the first."""
    step = 1 if last >= first else -1
    return [first + timedelta(days=step * passed) for passed in range(max(abs((last - first).days), 1))]
