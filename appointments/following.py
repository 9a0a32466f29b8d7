"""What hangs on a contact follows them: a new number, zone or language reaches every text not yet sent."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.confirming import set_confirmation
from appointments.locking import lock_appointments
from appointments.replanning import replan
from appointments.senders import Senders
from appointments.stopping import cancel_reminders
from messaging.recipients import find_recipient
from messaging.transition import change_status
from models import clock
from models.account import Account
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason, close_items
from models.base import table_of
from models.contact import Contact
from models.database import signal
from models.event import Actor, record
from models.message import UNSENT, Message, Status
from models.reminder import Reminder, ReminderKind, ReminderState

_messages = table_of(Message)
_BEAR_ON_TEXTS = {"phone_number", "timezone", "language"}
NEW_NUMBER = "the contact has a new number"
NO_NUMBER_NOW = "the contact has no phone number any more"


async def follow_contact(
    session: AsyncSession,
    account: Account,
    contact: Contact,
    changed: Sequence[str],
    *,
    old_number: str | None,
    by: Actor,
    except_appointment: str | None = None,
) -> None:
    """Carry a contact's change to the texts of their coming appointments; the caller holds both numbers' locks."""
    if not _BEAR_ON_TEXTS & set(changed):
        return
    appointments = await lock_appointments(session, await coming_appointments(session, contact.id))
    if "phone_number" in changed:
        await _move_queued(session, contact, old_number, by=by)
        await _move_jobs(session, contact, [appointment.id for appointment in appointments])
        reasons = (Reason.WRONG_NUMBER, Reason.UNREACHABLE)
        await close_items(session, account.id, reasons, by=by, contact_id=contact.id)
    senders = await Senders.of(session, account.id)
    for appointment in appointments:
        if "phone_number" in changed and appointment.confirmation is Confirmation.UNREACHABLE:
            await set_confirmation(session, appointment, Confirmation.PENDING, by=by)
        if appointment.id != except_appointment:
            number = senders.of_id(appointment.phone_number_id)
            await replan(session, account, appointment, contact, number, by=by)


async def _move_jobs(session: AsyncSession, contact: Contact, appointment_ids: Sequence[str]) -> None:
    """Send what is still to come of one-off and repeated jobs about their visits to the new number.

    Where there is none, they end. What hangs on the start is planned anew by `replan`.
    """
    query = select(Reminder).where(
        col(Reminder.appointment_id).in_(appointment_ids),
        Reminder.kind != ReminderKind.RELATIVE,
        col(Reminder.to_contact),
        col(Reminder.state).in_((ReminderState.ACTIVE, ReminderState.PAUSED)),
    )
    for job in (await session.exec(query.with_for_update(key_share=True))).all():
        if contact.phone_number is None:
            cancel_reminders(session, [job], NO_NUMBER_NOW)
            continue
        job.to_number = contact.phone_number
        job.touch()
        session.add(job)


async def coming_appointments(session: AsyncSession, contact_id: str) -> Sequence[str]:
    """Return the ids of a contact's appointments that are awaited."""
    query = select(Appointment.id).where(
        Appointment.contact_id == contact_id,
        Appointment.status == Visit.SCHEDULED,
        col(Appointment.starts_at) > clock.now(),
    )
    return (await session.exec(query)).all()


async def _move_queued(session: AsyncSession, contact: Contact, old_number: str | None, *, by: Actor) -> None:
    """Send to the new number what is queued to the old one, or withdraw it where there is none."""
    queued = select(Message.id).where(
        Message.contact_id == contact.id,
        Message.to_number == old_number,
        col(Message.status).in_(UNSENT),
    )
    ids = (await session.exec(queued)).all()
    if not ids:
        return
    if contact.phone_number is None:
        await change_status(session, ids, Status.CANCELLED, by=by, note=NO_NUMBER_NOW)
        return
    recipient = await find_recipient(session, contact.account_id, contact.phone_number)
    assert recipient is not None, "its number is locked, so it is stored"
    await session.exec(
        _messages.update()
        .where(_messages.c.id.in_(ids), _messages.c.status.in_(UNSENT))
        .values(
            to_number=contact.phone_number,
            recipient_id=recipient.id,
            updated_at=clock.now(),
            version=_messages.c.version + 1,
        )
    )
    for id in ids:
        record(
            session,
            "message.redirected",
            account_id=contact.account_id,
            by=by,
            message_id=id,
            contact_id=contact.id,
            note=NEW_NUMBER,
        )
    signal(session, "messages", "events")
