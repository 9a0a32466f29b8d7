"""What happened to a visit, in plain sentences."""

from dataclasses import dataclass

from api.staff import words
from api.staff.times import WallClock
from models.attention import Reason
from models.event import Actor, Event

_SENTENCES = {
    "appointment.created": "Booked",
    "appointment.confirmed": "Confirmed",
    "appointment.declined": "Said they cannot come",
    "appointment.reschedule_requested": "Asked for another time",
    "appointment.rescheduled": "Moved to another time",
    "appointment.cancelled": "Cancelled",
    "appointment.reopened": "Reopened",
    "appointment.arrived": "Arrived",
    "appointment.completed": "Visit is over",
    "appointment.no_show": "Did not come",
    "appointment.unreachable": "Could not be reached",
    "appointment.confirmation_overdue": "Had not answered in time",
    "message.sent": "Text sent",
    "message.delivered": "Text delivered",
    "message.undelivered": "Text not delivered",
    "message.failed": "Text could not be sent",
    "message.unknown": "Text perhaps sent: the phone company did not answer",
    "message.blocked": "Text not sent: they have stopped our texts",
    "message.expired": "Text not sent: it was too late for it",
    "message.cancelled": "Text withdrawn before it was sent",
    "message.received": "Text received",
    "reminder.skipped": "Reminder not sent",
    "reminder.missed": "Reminder missed while the service was down",
    "reminder.cancelled": "Reminder taken away",
    "contact.unsubscribed": "Stopped our texts",
    "contact.resubscribed": "Wants our texts again",
}
_FIELDS = {
    "starts_at": "time",
    "timezone": "time zone",
    "duration_minutes": "length",
    "patient": "patient",
    "contact_id": "contact",
    "requested_time": "wished time",
    "late_minutes": "lateness",
    "confirmation": "confirmation",
    "status": "status",
    "service": "service",
    "provider": "provider",
    "location": "location",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. day: said where it is another than the line's before."""

    id: str
    at: str
    what: str
    who: str
    note: str | None


def lines_of(events: list[Event], wall: WallClock) -> list[Line]:
    """Return the events that say something to a person, in words and in the order given."""
    lines = []
    for event in events:
        what = _what(event)
        if what is not None:
            who = words.by(str(Actor(event.actor_type, event.actor_id)))
            lines.append(Line(event.id, wall.moment(event.created_at), what, who, event.note))
    return lines


def _what(event: Event) -> str | None:
    if event.type == "appointment.updated":
        return _updated(event)
    kind, _, change = event.type.partition(".")
    if kind != "attention":
        return _SENTENCES.get(event.type)
    said = words.REASONS[Reason((event.payload or {})["reason"])].rstrip(".")
    return f"{'For you to look at' if change == 'opened' else 'Looked at'}: {said}"


def _updated(event: Event) -> str | None:
    changed = [_FIELDS[name] for name in event.previous or {} if name in _FIELDS]
    return f"Changed: {', '.join(changed)}" if changed else "Changed"
