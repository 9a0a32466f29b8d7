"""The needs-attention list in words."""

from dataclasses import dataclass

from api.staff import words
from api.staff.times import WallClock
from appointments.day import Flagged
from models.attention import Reason
from models.message import Direction


@dataclass(frozen=True, slots=True)
class Flag:
    """An open item in words. about: the visit's day and time; said: the person's own text, where there is one."""

    id: str
    urgent: bool
    reason: str
    name: str
    phone: str | None
    appointment_id: str | None
    about: str | None
    said: str | None
    note: str | None
    opened: str


def flag_of(flagged: Flagged, wall: WallClock) -> Flag:
    """Return an item in words, its instants on the practice's clock."""
    item, appointment, contact, message = flagged.item, flagged.appointment, flagged.contact, flagged.message
    name = (appointment.patient_name if appointment else None) or (contact.name if contact else None)
    number = contact.phone_number if contact else (message.from_number if message else None)
    inbound = message is not None and message.direction == Direction.INBOUND
    about = wall.visit_moment(appointment) if appointment else None
    return Flag(
        id=item.id,
        urgent=item.reason is Reason.EMERGENCY_WORDS,
        reason=words.REASONS[item.reason],
        name=name or (words.phone(number) if number else "Your phone number"),
        phone=words.phone(number) if number else None,
        appointment_id=item.appointment_id,
        about=about,
        said=message.body if message is not None and inbound and message.body.strip() else None,
        note=item.note,
        opened=wall.moment(item.opened_at),
    )
