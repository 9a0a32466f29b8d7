"""A practice's day as its staff see it: who comes, what they have said, and what somebody should look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.recording import open_items_of
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Attention, Reason
from models.base import table_of
from models.contact import Contact
from models.errors import NotFound
from models.event import Event
from models.message import Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import EVERY_SENDER, Consent, ConsentState, Recipient
from models.reminder import Reminder, ReminderState

_MARKED = 100
_NOT_GONE = (Status.CANCELLED, Status.SCHEDULED, Status.QUEUED)
_ANSWERS = (Kind.REPLY, Kind.CONSENT_REPLY)
_messages = table_of(Message)


@dataclass(frozen=True, slots=True)
class LastText:
    """The newest text of one direction about a visit. at: when it came or was made, UTC."""

    message_id: str
    body: str
    status: Status
    error_code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A visit with all that a row of the day shows.

    asked: our newest text about it that left or tried to, answers aside; said: the person's newest.
    unsubscribed: whether the visit's sender may not text the person; held: every text waits for staff.
    """

    appointment: Appointment
    contact: Contact
    attention: Sequence[Attention] = ()
    asked: LastText | None = None
    said: LastText | None = None
    unsubscribed: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many visits of a stretch of time stand where; those cancelled are in no other number."""

    confirmations: Mapping[Confirmation, int]
    cancelled: int

    @property
    def expected(self) -> int:
        """How many were not cancelled."""
        return sum(self.confirmations.values())


@dataclass(frozen=True, slots=True)
class Flagged:
    """An open item of the needs-attention list, with what it is about."""

    item: Attention
    appointment: Appointment | None
    contact: Contact | None
    message: Message | None


async def visits_between(
    session: AsyncSession, account_id: str, start: datetime, end: datetime, *, limit: int
) -> list[Listed]:
    """Return the visits that start in [start, end), by their start; instants are UTC."""
    query = (
        select(Appointment, Contact)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(Appointment.account_id == account_id, Appointment.starts_at >= start, Appointment.starts_at < end)
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(limit)
    )
    return await _listed(session, account_id, (await session.exec(query)).all())


async def visit(session: AsyncSession, account_id: str, appointment_id: str) -> Listed:
    """Return one visit of an account. Raises NotFound."""
    query = (
        select(Appointment, Contact)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(Appointment.account_id == account_id, Appointment.id == appointment_id)
    )
    found = await _listed(session, account_id, (await session.exec(query)).all())
    if not found:
        raise NotFound("appointment", appointment_id)
    return found[0]


async def tallies(session: AsyncSession, account_id: str, bounds: Sequence[datetime]) -> list[Tally]:
    """Return how many visits stand where in each stretch between neighbouring bounds (UTC, ascending)."""
    stretch = case(
        *((col(Appointment.starts_at) < end, index) for index, end in enumerate(bounds[1:])),
        else_=len(bounds) - 1,
    ).label("stretch")
    query = (
        select(stretch, Appointment.confirmation, Appointment.status, func.count())
        .where(
            Appointment.account_id == account_id,
            Appointment.starts_at >= bounds[0],
            Appointment.starts_at < bounds[-1],
        )
        .group_by(stretch, col(Appointment.confirmation), col(Appointment.status))
    )
    confirmations: list[dict[Confirmation, int]] = [{} for _ in bounds[1:]]
    cancelled = [0 for _ in bounds[1:]]
    for index, confirmation, status, number in (await session.exec(query)).all():
        if status == Visit.CANCELLED:
            cancelled[index] += number
        else:
            word = Confirmation(confirmation)
            confirmations[index][word] = confirmations[index].get(word, 0) + number
    return [Tally(*counted) for counted in zip(confirmations, cancelled, strict=True)]


async def flagged(session: AsyncSession, account_id: str, *, limit: int) -> tuple[list[Flagged], int]:
    """Return the open items of the needs-attention list, and how many there are in all.

    Emergencies come first, then the newest.
    """
    is_open = (Attention.account_id == account_id, col(Attention.resolved_at).is_(None))
    query = (
        select(Attention, Appointment, Contact, Message)
        .outerjoin(Appointment, col(Appointment.id) == col(Attention.appointment_id))
        .outerjoin(
            Contact,
            col(Contact.id) == func.coalesce(col(Attention.contact_id), col(Appointment.contact_id)),
        )
        .outerjoin(Message, col(Message.id) == col(Attention.message_id))
        .where(*is_open)
        .order_by(
            case((col(Attention.reason) == Reason.EMERGENCY_WORDS, 0), else_=1),
            col(Attention.opened_at).desc(),
            col(Attention.id).desc(),
        )
        .limit(limit)
    )
    items = [Flagged(*row) for row in (await session.exec(query)).all()]
    if len(items) < limit:
        return items, len(items)
    return items, (await session.exec(select(func.count()).select_from(Attention).where(*is_open))).one()


async def coming_texts(session: AsyncSession, appointment_id: str) -> list[Reminder]:
    """Return the reminders of a visit that still have something to send, or are paused, the next one first."""
    query = (
        select(Reminder)
        .where(
            Reminder.appointment_id == appointment_id,
            col(Reminder.state).in_((ReminderState.ACTIVE, ReminderState.PAUSED)),
        )
        .order_by(col(Reminder.next_run_at), col(Reminder.id))
    )
    return list((await session.exec(query)).all())


async def history(session: AsyncSession, appointment_id: str, *, limit: int) -> list[Event]:
    """Return the newest events of a visit, newest first."""
    query = (
        select(Event)
        .where(Event.appointment_id == appointment_id)
        .order_by(col(Event.sequence).desc())
        .limit(limit)
    )
    return list((await session.exec(query)).all())


async def mark_of(session: AsyncSession, account_id: str) -> int:
    """Return a number that changes with every event of an account, also one that is committed out of its turn.

    It is the sum of the account's newest hundred numbers, and not the newest alone: a transaction that took a
    lower number and commits later changes it too.
    """
    newest = (
        select(Event.sequence)
        .where(Event.account_id == account_id)
        .order_by(col(Event.sequence).desc())
        .limit(_MARKED)
        .subquery()
    )
    return int((await session.exec(select(func.coalesce(func.sum(newest.c.sequence), 0)))).one())


async def _listed(
    session: AsyncSession, account_id: str, rows: Sequence[tuple[Appointment, Contact]]
) -> list[Listed]:
    if not rows:
        return []
    ids = [appointment.id for appointment, _ in rows]
    items = await open_items_of(session, ids)
    asked, said = await _last_texts(session, ids)
    phones = await _Phones.of(session, account_id, {contact.phone_number for _, contact in rows} - {None})
    return [
        Listed(
            appointment,
            contact,
            items[appointment.id],
            asked.get(appointment.id),
            said.get(appointment.id),
            unsubscribed=phones.is_unsubscribed(contact, appointment),
            held=contact.phone_number in phones.held,
        )
        for appointment, contact in rows
    ]


async def _last_texts(
    session: AsyncSession, appointment_ids: Sequence[str]
) -> tuple[dict[str, LastText], dict[str, LastText]]:
    """Return the newest text about each visit, ours and the person's."""
    columns = (
        _messages.c.appointment_id,
        _messages.c.direction,
        _messages.c.id,
        _messages.c.body,
        _messages.c.status,
        _messages.c.error_code,
        _messages.c.created_at,
    )
    query = (
        _messages.select()
        .with_only_columns(*columns)
        .where(
            _messages.c.appointment_id.in_(appointment_ids),
            _messages.c.status.not_in(_NOT_GONE),
            _messages.c.kind.not_in(_ANSWERS),
        )
        .order_by(_messages.c.created_at, _messages.c.id)
    )
    asked: dict[str, LastText] = {}
    said: dict[str, LastText] = {}
    # The later ones take the place of the earlier.
    for appointment_id, direction, id, body, status, error_code, at in await session.execute(query):
        newest = said if direction == Direction.INBOUND else asked
        newest[appointment_id] = LastText(id, body, Status(status), error_code, at)
    return asked, said


@dataclass(frozen=True, slots=True)
class _Phones:
    """What is known of some phones: who stopped which sender's texts, and whose texts wait for staff."""

    stopped: frozenset[tuple[str, str]]
    held: frozenset[str]
    senders: Mapping[str, str]

    @classmethod
    async def of(cls, session: AsyncSession, account_id: str, phone_numbers: set[str | None]) -> "_Phones":
        theirs = (Recipient.account_id == account_id, col(Recipient.phone_number).in_(phone_numbers))
        stopped = (
            select(Recipient.phone_number, Consent.sender)
            .join(Consent, col(Consent.recipient_id) == col(Recipient.id))
            .where(*theirs, Consent.state == ConsentState.UNSUBSCRIBED)
        )
        held = select(Recipient.phone_number).where(*theirs, col(Recipient.held_since).is_not(None))
        senders = select(PhoneNumber.id, PhoneNumber.phone_number).where(PhoneNumber.account_id == account_id)
        return cls(
            frozenset((await session.exec(stopped)).all()),
            frozenset((await session.exec(held)).all()),
            dict((await session.exec(senders)).all()),
        )

    def is_unsubscribed(self, contact: Contact, appointment: Appointment) -> bool:
        phone = contact.phone_number
        if phone is None:
            return False
        sender = self.senders.get(appointment.phone_number_id or "", EVERY_SENDER)
        return (phone, EVERY_SENDER) in self.stopped or (phone, sender) in self.stopped
