"""The sample day of the demo: who comes to a small dental practice today and tomorrow.

It makes sense at whatever hour it is made: what is over is over, who should be here is here, who comes has said
so or has not yet. Two visits ask for an answer within minutes, so that one can see a text arrive.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.booking import book
from appointments.confirming import RequestedTime, confirm, request_reschedule
from appointments.declining import decline
from appointments.default_plan import default_lines
from appointments.fields import AppointmentFields, Asked, ContactFields, PatientFields, ReminderFields
from appointments.visiting import arrive, complete, no_show
from messaging.local_time import Span, UnknownZone, to_utc, zone
from models import clock
from models.account import Account
from models.base import rfc3339
from models.event import Actor

HOME = "America/New_York"
AWAKE, OPENS, CLOSES = time(8), time(9), time(17)
# A visit that asks for an answer is at least this far away, and its text leaves so soon.
NOTICE = timedelta(hours=2)
SOON = timedelta(seconds=30)
NEXT = timedelta(minutes=3)
# So long nobody else is texted, so that a reader knows whose text has come.
QUIET = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sample:
    """A visit of the sample. said: what the person has answered while the visit is to come. child: who comes."""

    at: str
    name: str
    phone: str | None
    service: str
    provider: str
    minutes: int
    said: str = ""
    child: str | None = None


_TODAY = (
    Sample("08:30", "Walter Brooks", "+12125550101", "Check-up", "Dr. Patel", 30, "yes"),
    Sample("09:15", "Grace Nguyen", "+12125550102", "Filling", "Dr. Kim", 45, "yes"),
    Sample("10:00", "Omar Haddad", "+12125550103", "Cleaning", "Dr. Patel", 30),
    Sample("11:00", "Ruth Feldman", None, "Crown", "Dr. Kim", 60, "yes"),
    Sample("13:00", "Daniel Osei", "+12125550104", "Check-up", "Dr. Patel", 30, "wish"),
    Sample("14:00", "Priya Raman", "+12125550105", "Root canal", "Dr. Kim", 75, "yes"),
    Sample("15:15", "Anna Meyer", "+12125550106", "Check-up", "Dr. Patel", 30, "yes", child="Lucas Meyer"),
    Sample("16:15", "Helen Park", "+12125550107", "Cleaning", "Dr. Patel", 30),
)
_TOMORROW = (
    Sample("08:30", "Victor Chen", "+12125550108", "Filling", "Dr. Kim", 45, "yes"),
    Sample("10:15", "Samira Aziz", "+12125550109", "Check-up", "Dr. Patel", 30),
    Sample("11:30", "Peter Novak", "+12125550110", "Cleaning", "Dr. Patel", 30, "no"),
    Sample("13:30", "Alice Martin", "+12125550111", "Crown", "Dr. Kim", 60),
    Sample("15:00", "George Okafor", "+12125550112", "Check-up", "Dr. Patel", 30, "yes"),
)
_ASKED = (
    Sample("", "Maria Lopez", "+12125550121", "Cleaning", "Dr. Moreau", 30),
    Sample("", "James Carter", "+12125550122", "Check-up", "Dr. Moreau", 30),
)
_, _ASKS, _COMES_SOON = default_lines("en")


async def add_sample_day(session: AsyncSession, account: Account, *, by: Actor) -> str:
    """Book the sample day at an account with a number; return the name of the person who is texted first."""
    place, now = zone(account.timezone), clock.now()
    today = now.astimezone(place).date()
    for day, samples in ((today, _TODAY), (today + timedelta(days=1), _TOMORROW)):
        for sample in samples:
            starts_at = _instant(day, time.fromisoformat(sample.at), place)
            id = await _book(session, account, sample, starts_at, _lines_to_come(starts_at, place, now), by=by)
            await _tell(session, account, id, sample, starts_at, now, by=by)
    for index, (sample, wait) in enumerate(zip(_ASKED, (SOON, NEXT), strict=True)):
        starts_at = asked_start(now, place) + index * timedelta(minutes=30)
        before = Span(elapsed=timedelta(seconds=int((starts_at - now - wait).total_seconds())))
        asks = ReminderFields(before=str(before), message=_ASKS.message, any_hour=True)
        await _book(session, account, sample, starts_at, [asks], by=by)
    return _ASKED[0].name


def asked_start(now: datetime, place: ZoneInfo) -> datetime:
    """Return when the first visit that asks for an answer starts (UTC): today if there is time, else tomorrow."""
    soonest = (now + NOTICE).astimezone(place)
    # The next half hour on the wall.
    wall = soonest.replace(tzinfo=None, fold=0, second=0, microsecond=0)
    wall += timedelta(minutes=-wall.minute % 30 or 30)
    today = now.astimezone(place).date()
    if wall.date() == today and wall.time() < OPENS:
        wall = datetime.combine(today, OPENS)
    elif wall.date() != today or wall.time() > CLOSES:
        wall = datetime.combine(today + timedelta(days=1), OPENS)
    return to_utc(wall, place)


def local_zone() -> str:
    """Return the zone of the machine's clock, so that the day is the reader's own; New York where it has none."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked_zone()):
        try:
            if name and zone(name).key not in ("UTC", "GMT") and "/" in name and not name.startswith("Etc/"):
                return name
        except UnknownZone:
            continue
    return HOME


def _linked_zone() -> str:
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return ""
    return target.partition("/zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")


def _instant(day: date, at: time, place: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(day, at), place)


def _lines_to_come(starts_at: datetime, place: ZoneInfo, now: datetime) -> list[ReminderFields]:
    """Return the texts of the built-in plan whose time has not passed; none before the practice is awake."""
    return [
        ReminderFields(before=line.before, message=line.message, only_if=list(line.only_if))
        for line in (_ASKS, _COMES_SOON)
        if (at := line.nominal(starts_at, place, holidays=None)) > now + QUIET
        and at.astimezone(place).time() >= AWAKE
    ]


async def _book(
    session: AsyncSession,
    account: Account,
    sample: Sample,
    starts_at: datetime,
    reminders: Sequence[ReminderFields],
    *,
    by: Actor,
) -> str:
    contact = ContactFields(
        external_id=sample.name.lower().replace(" ", "-"),
        name=sample.name,
        phone_number=sample.phone,
        timezone=account.timezone,
    )
    fields = AppointmentFields(
        contact=contact,
        starts_at=rfc3339(starts_at),
        duration_minutes=sample.minutes,
        service=sample.service,
        provider=sample.provider,
        reminders=list(reminders),
    )
    if sample.child is not None:
        fields["patient"] = PatientFields(name=sample.child)
    return (await book(session, account.id, Asked(fields), by=by)).appointment.id


async def _tell(
    session: AsyncSession,
    account: Account,
    id: str,
    sample: Sample,
    starts_at: datetime,
    now: datetime,
    *,
    by: Actor,
) -> None:
    """Bring a visit to where it would stand at this hour."""
    if starts_at > now:
        if sample.said == "yes":
            await confirm(session, account.id, id, by=by)
        elif sample.said == "no":
            await decline(session, account.id, id, by=by)
        elif sample.said == "wish":
            wish = RequestedTime("Could I come on Friday morning instead?")
            await request_reschedule(session, account.id, id, wish, by=by)
    elif now < starts_at + timedelta(minutes=sample.minutes):
        await arrive(session, account.id, id, by=by)
    elif sample.said:
        await complete(session, account.id, id, by=by)
    else:
        await no_show(session, account.id, id, by=by)
