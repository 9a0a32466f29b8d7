"""What a person was told of a visit's time, and when they may be told another."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.hours import RecipientHours
from messaging.local_time import to_local, zone
from messaging.visit_words import say_time
from models.appointment import Appointment
from models.contact import Contact
from models.message import AUTOMATIC, AWAITING_CARRIER, REACHED_CARRIER, Direction, Kind, Message

# A visit so near that a text about it may leave outside the hours, but never at night.
URGENT = timedelta(hours=12)
MORNING, NIGHT = time(6), time(23)
_BARELY = timedelta(seconds=1)
_RECENT = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What the last text said of a visit: its start (UTC), or that it will not be."""

    start: datetime
    cancelled: bool = False


async def last_told(session: AsyncSession, appointment: Appointment, contact: Contact) -> Told | None:
    """Return what the last text about a visit said that has, or may have, reached the carrier; None: nothing."""
    query = (
        select(Message.kind, Message.named_start, Message.body)
        .where(
            Message.appointment_id == appointment.id,
            Message.direction == Direction.OUTBOUND,
            col(Message.named_start).is_not(None),
            col(Message.kind).in_((*AUTOMATIC, Kind.REPLY)),
            col(Message.status).in_((*REACHED_CARRIER, *AWAITING_CARRIER)),
        )
        .order_by(func.coalesce(Message.attempt_started_at, Message.created_at).desc(), col(Message.id).desc())
        .limit(_RECENT)
    )
    for kind, start, body in (await session.exec(query)).all():
        assert start is not None
        # An answer need not say when the visit is: "Thank you, we have passed it on."
        if kind is not Kind.REPLY or _says(body, start, appointment, contact):
            return Told(start, cancelled=kind is Kind.CANCELLATION)
    return None


def may_leave_at(hours: RecipientHours, instant: datetime, starts: tuple[datetime, ...]) -> datetime | None:
    """Return the first instant (UTC) from this one on at which a correction may leave; None: not for a month.

    starts: the old and the new start. Within twelve hours of either it may leave from 06:00 to 23:00.
    """
    allowed = hours.next_allowed(instant)
    candidates = {instant, _next_morning(hours, instant), *(start - URGENT + _BARELY for start in starts)}
    urgent = [
        one
        for one in candidates
        if one >= instant
        and MORNING <= hours.clock(one).time() < NIGHT
        and any(timedelta(0) < start - one < URGENT for start in starts)
    ]
    return min([*urgent, *([allowed] if allowed is not None else [])], default=None)


def _next_morning(hours: RecipientHours, instant: datetime) -> datetime:
    local = hours.clock(instant)
    days = 0 if local.time() < MORNING else 1
    morning = datetime.combine(local.date() + timedelta(days=days), MORNING)
    return instant + (morning - local)


def _says(body: str, start: datetime, appointment: Appointment, contact: Contact) -> bool:
    return say_time(to_local(start, zone(appointment.timezone)), contact.language or "en") in body
