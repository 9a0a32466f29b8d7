"""Erasing a person's data. What stays is that a visit was, and that a number wants no texts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.contact_book import ContactBook
from appointments.following import coming_appointments
from appointments.locking import lock_appointments
from appointments.stopping import cancel_reminders
from messaging.recipients import find_recipient
from messaging.transition import change_status
from models import clock
from models.appointment import Appointment
from models.attention import Reason, close_items
from models.base import table_of
from models.contact import Contact, Reachability
from models.errors import NotFound
from models.event import Actor, Event
from models.message import UNSENT, Direction, Message, Status
from models.recipient import Consent, ConsentState, Recipient
from models.reminder import Reminder, ReminderState

_messages, _reminders = table_of(Message), table_of(Reminder)

ERASED = "the contact was erased"
# Fields of stored objects that name or describe a person, in events as well.
_PERSONAL = frozenset(
    {
        "name",
        "phone_number",
        "to",
        "from",
        "message",
        "body",
        "patient",
        "contact",
        "metadata",
        "requested_time",
        "note",
    }
)


async def erase_contact(session: AsyncSession, account_id: str, contact_id: str, *, by: Actor) -> Contact:
    """Erase what is known of a person and stop their texts; the opt-out of their number is kept.

    Their appointments stay, without the person. Raises NotFound.
    """
    book = await ContactBook.open(session, account_id, [], ids=[contact_id])
    contact = book.known(contact_id)
    if contact is None:
        raise NotFound("contact", contact_id)
    number = contact.phone_number
    await lock_appointments(session, await coming_appointments(session, contact.id))
    theirs = select(Appointment.id).where(Appointment.contact_id == contact.id)
    await _stop(session, contact, theirs, by=by)
    await _erase_contact(session, contact)
    await _erase_appointments(session, contact)
    is_shared = number is not None and await _is_shared(session, account_id, number)
    recipient = await find_recipient(session, account_id, number) if number is not None else None
    await _erase_messages(session, contact, recipient, is_shared=is_shared)
    if recipient is not None and not is_shared:
        await _forget_number(session, recipient)
    await _scrub_events(session, contact, theirs)
    await close_items(session, account_id, tuple(Reason), by=by, contact_id=contact.id)
    await session.flush()
    return contact


async def _stop(session: AsyncSession, contact: Contact, theirs: Select[Any], *, by: Actor) -> None:
    jobs = select(Reminder).where(
        col(Reminder.appointment_id).in_(theirs),
        col(Reminder.state).in_((ReminderState.ACTIVE, ReminderState.PAUSED)),
    )
    cancel_reminders(session, (await session.exec(jobs)).all(), ERASED)
    queued = select(Message.id).where(Message.contact_id == contact.id, col(Message.status).in_(UNSENT))
    await change_status(session, (await session.exec(queued)).all(), Status.CANCELLED, by=by, note=ERASED)
    await session.flush()
    await session.exec(_reminders.update().where(_reminders.c.appointment_id.in_(theirs)).values(to_number=""))


async def _erase_contact(session: AsyncSession, contact: Contact) -> None:
    contact.external_id = contact.name = contact.name_folded = None
    contact.phone_number = contact.timezone = contact.language = None
    contact.custom = {}
    contact.reachability = Reachability.NO_PHONE
    contact.deleted_at = clock.now()
    contact.touch()
    session.add(contact)
    await session.flush()


async def _erase_appointments(session: AsyncSession, contact: Contact) -> None:
    for appointment in (await session.exec(select(Appointment).where(Appointment.contact_id == contact.id))).all():
        appointment.patient_name = appointment.patient_external_id = None
        appointment.requested_text = None
        appointment.custom = {}
        appointment.touch()
        session.add(appointment)
    await session.flush()


async def _is_shared(session: AsyncSession, account_id: str, number: str) -> bool:
    others = select(Contact.id).where(
        Contact.account_id == account_id, Contact.phone_number == number, col(Contact.deleted_at).is_(None)
    )
    return (await session.exec(others.limit(1))).first() is not None


async def _erase_messages(
    session: AsyncSession, contact: Contact, recipient: Recipient | None, *, is_shared: bool
) -> None:
    """Empty the person's texts; where nobody shares the phone, also those that name no contact."""
    theirs = _messages.c.contact_id == contact.id
    if recipient is not None and not is_shared:
        theirs = or_(theirs, _messages.c.recipient_id == recipient.id)
    blank: dict[str, object] = {"body": "", "template": None, "metadata": {}, "decision_reason": None}
    outbound = _messages.c.direction == Direction.OUTBOUND
    for theirs_that_way, column in ((outbound, "to_number"), (~outbound, "from_number")):
        await session.exec(_messages.update().where(theirs, theirs_that_way).values({**blank, column: ""}))


async def _forget_number(session: AsyncSession, recipient: Recipient) -> None:
    """Forget a number nobody has any more, unless it must be known that it wants no texts."""
    stopped = select(Consent.recipient_id).where(
        Consent.recipient_id == recipient.id, Consent.state == ConsentState.UNSUBSCRIBED
    )
    if (await session.exec(stopped.limit(1))).first() is None:
        recipient.phone_number = f"erased {recipient.id}"
        session.add(recipient)
        await session.flush()


async def _scrub_events(session: AsyncSession, contact: Contact, theirs: Select[Any]) -> None:
    """Take what names the person out of the ledger; that something happened, and when, stays."""
    texts = select(Message.id).where(Message.contact_id == contact.id)
    query = select(Event).where(
        Event.account_id == contact.account_id,
        or_(
            col(Event.contact_id) == contact.id,
            col(Event.appointment_id).in_(theirs),
            col(Event.message_id).in_(texts),
        ),
    )
    for event in (await session.exec(query)).all():
        event.payload = _without_person(event.payload)
        event.previous = _without_person(event.previous)
        session.add(event)
    await session.flush()


def _without_person(shown: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {name: None if name in _PERSONAL else value for name, value in shown.items()}
