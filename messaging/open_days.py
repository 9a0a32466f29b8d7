"""Counting open days: those that are no Saturday, no Sunday and no public holiday."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from messaging.local_time import to_local, to_utc
from messaging.public_holidays import holiday_name

_SATURDAY = 5


def is_open(day: date, holidays: str | None) -> bool:
    """Tell whether a calendar day is open. holidays: a country (ISO 3166), None where they are not kept."""
    return day.weekday() < _SATURDAY and (holidays is None or holiday_name(holidays, day) is None)


def open_days_before(
    instant: datetime, count: int, place: ZoneInfo, at: time | None, holidays: str | None
) -> datetime:
    """Return the instant (UTC) so many open days before `instant` on the calendar of `place`.

    at: the local time of that day; None: the one of `instant`.
    """
    local = to_local(instant, place)
    day = local.date()
    while count > 0:
        day -= timedelta(days=1)
        count -= is_open(day, holidays)
    return to_utc(datetime.combine(day, local.time() if at is None else at), place)
