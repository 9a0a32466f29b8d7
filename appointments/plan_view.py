"""What is texted about an appointment, past, coming and not sent: why did she (not) get a text?"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.correction_texts import correction_text
from appointments.planning import hours_of
from appointments.telling import last_told
from messaging.consent import unsubscribed_of
from messaging.first_text import introduced, is_first
from messaging.gate_rules import UNREACHABLE, confirmation_fits
from messaging.hours import RecipientHours
from messaging.recipients import find_recipient
from messaging.segments import count_segments
from messaging.wording import word
from models.account import Account
from models.appointment import HOLDS_TEXTS, Appointment, Visit
from models.base import rfc3339
from models.contact import TAKES_NO_TEXTS, Contact
from models.correction import Correction
from models.event import Event
from models.message import Direction, Message, Status
from models.reminder import Reminder, ReminderKind, ReminderState

# A text that the carrier has is sent, whatever was heard of it since; the message says the rest.
_STATES = {
    Status.SCHEDULED: "queued",
    Status.SENDING: "sending",
    Status.UNKNOWN: "sending",
    Status.DELIVERED: "sent",
}
_SPOKEN = {Status.SENT: "sent", Status.DELIVERED: "sent and delivered"}


async def plan_of(session: AsyncSession, account: Account, appointment: Appointment) -> list[dict[str, Any]]:
    """Return every text of an appointment in order of its instant, each with its state, wording and `why`."""
    contact = await session.get_one(Contact, appointment.contact_id)
    hours = hours_of(account, contact)
    messages = await _messages(session, appointment)
    reminders = await _reminders(session, appointment)
    notes = await _notes(session, [message.id for message in messages])
    told = {message.reminder_id for message in messages}
    by_id = {reminder.id: reminder for reminder in reminders}
    barred = await _barred(session, account, contact, reminders)
    first = await _first_to_come(session, account, reminders)
    texts = [_told(message, by_id.get(message.reminder_id or ""), notes, hours) for message in messages]
    texts += [
        _to_come(reminder, account, appointment, contact, hours, barred, is_first=reminder.id in first)
        for reminder in reminders
        if reminder.id not in told or reminder.state in (ReminderState.ACTIVE, ReminderState.PAUSED)
    ]
    texts += [
        await _correction(session, correction, account, appointment, contact, hours)
        for correction in await _corrections(session, appointment)
    ]
    return sorted(texts, key=lambda text: (text["at"] or text["nominal_at"] or "", text["reminder_id"] or ""))


async def _messages(session: AsyncSession, appointment: Appointment) -> Sequence[Message]:
    query = (
        select(Message)
        .where(Message.appointment_id == appointment.id, Message.direction == Direction.OUTBOUND)
        .order_by(col(Message.created_at))
    )
    return (await session.exec(query)).all()


async def _reminders(session: AsyncSession, appointment: Appointment) -> Sequence[Reminder]:
    query = select(Reminder).where(Reminder.appointment_id == appointment.id).order_by(col(Reminder.created_at))
    return (await session.exec(query)).all()


async def _corrections(session: AsyncSession, appointment: Appointment) -> Sequence[Correction]:
    """Return what is or was to be told of moves and cancels and is no text; what is one is among the messages."""
    query = (
        select(Correction)
        .where(Correction.appointment_id == appointment.id, col(Correction.message_id).is_(None))
        .order_by(col(Correction.created_at))
    )
    return (await session.exec(query)).all()


async def _correction(
    session: AsyncSession,
    correction: Correction,
    account: Account,
    appointment: Appointment,
    contact: Contact,
    hours: RecipientHours,
) -> dict[str, Any]:
    told = await last_told(session, appointment, contact)
    _, template = correction_text(correction, account, appointment, contact, told)
    text = word(_facts(template, {}, account, appointment, contact)).text
    waits = correction.settled_at is None
    why = correction.why if correction.why is not None else "told once the change has settled"
    return {
        "reminder_id": None,
        "message_id": None,
        "kind": "correction",
        "before": None,
        "only_if": [],
        "at": rfc3339(correction.due_at) if waits else None,
        "nominal_at": rfc3339(correction.due_at),
        "local": f"{hours.clock(correction.due_at):%Y-%m-%dT%H:%M}",
        "state": "planned" if waits else "skipped",
        "message_status": None,
        "message": text,
        "segments": count_segments(text).segments,
        "why": why,
    }


async def _notes(session: AsyncSession, message_ids: Sequence[str]) -> dict[str, str]:
    """Return the last thing noted of each message."""
    query = (
        select(Event.message_id, Event.note)
        .where(col(Event.message_id).in_(message_ids), col(Event.note).is_not(None))
        .order_by(col(Event.sequence))
    )
    return {id: note for id, note in (await session.exec(query)).all() if id is not None and note is not None}


async def _barred(
    session: AsyncSession, account: Account, contact: Contact, reminders: Sequence[Reminder]
) -> tuple[str, str] | None:
    """Return the state of every text to a number that may not be texted now, and why; None for one that may."""
    if contact.reachability in TAKES_NO_TEXTS:
        return "held", UNREACHABLE
    recipient = await find_recipient(session, account.id, contact.phone_number) if contact.phone_number else None
    if recipient is None:
        return None
    if await unsubscribed_of(session, [(recipient.id, reminder.from_number) for reminder in reminders]):
        return "blocked", "the person unsubscribed"
    if recipient.held_since is not None:
        return "held", "the number may be somebody else's: held until staff correct or clear it"
    return None


async def _first_to_come(session: AsyncSession, account: Account, reminders: Sequence[Reminder]) -> set[str]:
    """Return the jobs whose text will be the first automatic one of its sender to its number, by their ids."""
    if not account.first_text_footer:
        return set()
    coming = sorted(
        (reminder for reminder in reminders if reminder.next_run_at is not None),
        key=lambda reminder: (reminder.next_run_at, reminder.id),
    )
    earliest = {(one.to_number, one.from_number): one.id for one in reversed(coming)}
    return {id for pair, id in earliest.items() if await is_first(session, account.id, *pair)}


def _told(
    message: Message, reminder: Reminder | None, notes: dict[str, str], hours: RecipientHours
) -> dict[str, Any]:
    at = message.attempt_started_at or message.next_attempt_at or message.created_at
    state = _STATES.get(message.status, message.status.value)
    why = notes.get(message.id) or (reminder.why if reminder else None)
    return {
        "reminder_id": message.reminder_id,
        "message_id": message.id,
        "kind": message.kind,
        "before": reminder.before if reminder else None,
        "only_if": reminder.only_if if reminder else [],
        "at": rfc3339(at),
        "nominal_at": rfc3339(message.occurrence or message.due_at or message.created_at),
        "local": f"{hours.clock(at):%Y-%m-%dT%H:%M}",
        "state": state,
        "message_status": message.status,
        "message": message.body,
        "segments": message.segments,
        "why": why or _SPOKEN.get(message.status, state),
    }


def _to_come(
    reminder: Reminder,
    account: Account,
    appointment: Appointment,
    contact: Contact,
    hours: RecipientHours,
    barred: tuple[str, str] | None,
    *,
    is_first: bool,
) -> dict[str, Any]:
    at = reminder.next_run_at
    state, why = _state(reminder, appointment, barred)
    text = _wording(reminder, account, appointment, contact, is_first=is_first)
    shown_at = at or reminder.nominal_at
    return {
        "reminder_id": reminder.id,
        "message_id": None,
        "kind": "reminder",
        "before": reminder.before,
        "only_if": reminder.only_if,
        "at": rfc3339(at),
        "nominal_at": rfc3339(reminder.nominal_at),
        "local": None if shown_at is None else f"{hours.clock(shown_at):%Y-%m-%dT%H:%M}",
        "state": state,
        "message_status": None,
        "message": text,
        "segments": count_segments(text).segments,
        "why": why,
    }


def _state(reminder: Reminder, appointment: Appointment, barred: tuple[str, str] | None) -> tuple[str, str]:
    why = reminder.why or _asked_for(reminder)
    if reminder.state is ReminderState.CANCELLED:
        return "cancelled", why
    if reminder.state is ReminderState.FINISHED:
        return "skipped", why
    if reminder.state is ReminderState.PAUSED:
        return "paused", "paused by a person or a program"
    if barred is not None:
        return barred
    if appointment.status is Visit.SCHEDULED and appointment.confirmation in HOLDS_TEXTS:
        answer = appointment.confirmation.replace("_", " ")
        return "held", f"the person answered ({answer}): texts go on when that changes or the visit moves"
    if not confirmation_fits(reminder.only_if, appointment.confirmation):
        return "held", f"only if {' or '.join(reminder.only_if)}: at present it is {appointment.confirmation}"
    return "planned", why


def _asked_for(reminder: Reminder) -> str:
    if reminder.at_booking:
        return "asked for when the visit was booked"
    if reminder.business_days is not None:
        return f"asked for {reminder.business_days} business days before the start"
    if reminder.kind is ReminderKind.RELATIVE:
        return f"asked for {reminder.before} before the start"
    return "asked for at this instant" if reminder.kind is ReminderKind.ONCE else f"by cron {reminder.cron}"


def _wording(
    reminder: Reminder, account: Account, appointment: Appointment, contact: Contact, *, is_first: bool
) -> str:
    wording = word(_facts(reminder.message, reminder.custom, account, appointment, contact))
    if is_first:
        wording = introduced(wording, account_name=account.name, language=contact.language)
    return wording.text


def _facts(
    template: str, metadata: dict[str, Any], account: Account, appointment: Appointment, contact: Contact
) -> dict[str, Any]:
    """Return what a text's variables are filled from."""
    return {
        "template": template,
        "account_name": account.name,
        "contact_name": contact.name,
        "contact_timezone": contact.timezone,
        "language": contact.language,
        "patient_name": appointment.patient_name,
        "starts_at": appointment.starts_at,
        "visit_timezone": appointment.timezone,
        "service": appointment.service,
        "provider": appointment.provider,
        "location": appointment.location,
        "visit_metadata": appointment.custom,
        "metadata": metadata,
    }
