"""The clock on the practice's wall: how the page says instants and days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from messaging.local_time import start_of_day, to_local, zone
from messaging.visit_words import say_date, say_time, zone_abbreviation
from models import clock
from models.account import Account
from models.appointment import Appointment

_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class OwnTime:
    """A visit's time of day on its own clock; zone and here (the time on ours) only where the clocks differ."""

    time: str
    zone: str | None
    here: str | None


class WallClock:
    """Says instants (UTC) in one zone. today: the date there now."""

    def __init__(self, name: str) -> None:
        self.zone: ZoneInfo = zone(name)
        self.today = to_local(clock.now(), self.zone).date()

    @classmethod
    def of(cls, account: Account) -> "WallClock":
        """Return the clock of a practice."""
        return cls(account.timezone)

    def start(self, day: date) -> datetime:
        """Return the first instant of a day here."""
        return start_of_day(day, self.zone)

    def date_of(self, instant: datetime) -> date:
        """Return the day of an instant here."""
        return to_local(instant, self.zone).date()

    def time(self, instant: datetime) -> str:
        """Say the time of day: "3:00 PM"."""
        return say_time(to_local(instant, self.zone), _LANGUAGE)

    def moment(self, instant: datetime) -> str:
        """Say an instant as briefly as it stays clear: "3:00 PM", "yesterday, 3:00 PM", "Mar 12, 3:00 PM"."""
        day = self.date_of(instant)
        near = {0: "", 1: "tomorrow, ", -1: "yesterday, "}.get((day - self.today).days)
        if near is None:
            year = "" if day.year == self.today.year else f" {day.year}"
            near = f"{day:%b} {day.day}{year}, "
        return near + self.time(instant)

    def day(self, day: date) -> str:
        """Say a day: "Thursday, March 12", with its year where it is another than this."""
        said = say_date(datetime.combine(day, datetime.min.time()), _LANGUAGE)
        return said if day.year == self.today.year else f"{said}, {day.year}"

    def relative(self, day: date) -> str | None:
        """Return "Today", "Tomorrow" or "Yesterday", or None for any other day."""
        return {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get((day - self.today).days)

    def own_time(self, appointment: Appointment) -> "OwnTime":
        """Say a visit's time on its own clock; where that differs from ours, also its zone, and our time."""
        place = zone(appointment.timezone)
        there = to_local(appointment.starts_at, place)
        if there == to_local(appointment.starts_at, self.zone):
            return OwnTime(say_time(there, _LANGUAGE), None, None)
        return OwnTime(
            say_time(there, _LANGUAGE),
            zone_abbreviation(appointment.starts_at, place),
            self.moment(appointment.starts_at),
        )

    def visit_moment(self, appointment: Appointment) -> str:
        """Say a visit's day and time on its own zone's clock, with the zone where that differs from ours."""
        said = WallClock(appointment.timezone).moment(appointment.starts_at)
        abbreviation = self.own_time(appointment).zone
        return f"{said} {abbreviation}" if abbreviation else said

    @property
    def abbreviation(self) -> str:
        """What this clock's zone is called now: "EST"."""
        return zone_abbreviation(clock.now(), self.zone)


def days_from(day: date, number: int) -> list[date]:
    """Return so many days, beginning with one."""
    return [day + timedelta(days=index) for index in range(number)]
