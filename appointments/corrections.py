"""Telling people of moves and cancels once they have settled: a source of due work.

What is told is what is true when it is told: however often a visit was changed meanwhile, one text goes out, or
none where it ended at the time that the person knows.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.correcting import end_correction, tells
from appointments.correction_texts import correction_text
from appointments.locking import lock_appointments, lock_numbers
from appointments.planning import hours_of
from appointments.senders import Senders
from appointments.telling import Told, last_told, may_leave_at
from messaging.recipients import lock_recipient
from messaging.texts import queue_text
from models import clock
from models.account import Account
from models.appointment import HOLDS_TEXTS, Appointment, Visit
from models.attention import Reason, open_item
from models.contact import Contact
from models.correction import Correction
from models.database import Database

BATCH = 100

STARTED = "not told: the visit has started"
OVER = "not told: the visit is over"
KNOWN = "not told: the person knows this already"
NOT_KNOWN = "not told: no text had named the old time"
NO_NUMBER = "not told: the contact has no phone number"
NO_SENDER = "not told: the account has no number to text from"
NO_HOUR = "not told: sending hours leave no time for it before the visit"
ANSWERED = "not told: the person has said that they do not come then"
HELD = "held: sending hours"


class Corrections:
    """The source of corrections that have settled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def earliest(self) -> datetime | None:
        """Return when the next change has settled (UTC), or None."""
        query = select(func.min(Correction.due_at)).where(col(Correction.settled_at).is_(None))
        async with self._database.read() as session:
            return (await session.exec(query)).one()

    async def run_due(self) -> int:
        """Decide one batch of what has settled; return how many were looked at."""
        due = (
            select(Correction.id)
            .where(col(Correction.settled_at).is_(None), Correction.due_at <= clock.now())
            .order_by(col(Correction.due_at))
            .limit(BATCH)
        )
        async with self._database.read() as session:
            ids = (await session.exec(due)).all()
        for id in ids:
            async with self._database.write() as session:
                await settle_correction(session, id)
        return len(ids)


@dataclass(frozen=True, slots=True)
class _Case:
    """A correction with all that it hangs on, locked. subject: the visit to be told of.

    told: what the last text said of the visit that was changed.
    """

    correction: Correction
    account: Account
    appointment: Appointment
    subject: Appointment
    contact: Contact
    told: Told | None

    @property
    def old_start(self) -> datetime:
        """The start (UTC) that the person knows."""
        return self.told.start if self.told is not None else self.correction.old_start


async def settle_correction(session: AsyncSession, correction_id: str) -> None:
    """Tell the person of a change that has settled, or note why not, or wait for the hours to begin."""
    case = await _locked(session, correction_id)
    if case is None:
        return
    why_not = await _why_not(session, case)
    if why_not is not None:
        end_correction(session, case.correction, why_not)
        return
    hours = hours_of(case.account, case.contact)
    now = clock.now()
    at = may_leave_at(hours, now, (case.old_start, case.subject.starts_at))
    if at is None or at >= case.subject.starts_at:
        end_correction(session, case.correction, NO_HOUR)
        await _flag(session, case, NO_HOUR)
    elif at > now:
        case.correction.due_at = at
        case.correction.why = HELD
        case.correction.touch()
        session.add(case.correction)
    else:
        await _tell(session, case, any_hour=not hours.allows(now))


async def _locked(session: AsyncSession, correction_id: str) -> _Case | None:
    """Return what is to be decided, with its visits and their people locked; None where it is not due any more."""
    seen = await session.get_one(Correction, correction_id)
    ids = [id for id in (seen.appointment_id, seen.replaced_by) if id is not None]
    whose = (
        select(Contact.phone_number)
        .join(Appointment, col(Appointment.contact_id) == col(Contact.id))
        .where(col(Appointment.id).in_(ids))
    )
    await lock_numbers(session, seen.account_id, (await session.exec(whose)).all())
    visits = {visit.id: visit for visit in await lock_appointments(session, ids)}
    correction = await session.get_one(Correction, correction_id, with_for_update=True, populate_existing=True)
    is_due = correction.settled_at is None and correction.due_at <= clock.now()
    if not is_due or correction.replaced_by not in (None, *visits):
        return None
    appointment = visits[correction.appointment_id]
    replacing = visits.get(correction.replaced_by or "")
    subject = appointment
    if appointment.status is Visit.CANCELLED and replacing is not None and replacing.status is not Visit.CANCELLED:
        subject = replacing
    contact = await session.get_one(Contact, subject.contact_id)
    account = await session.get_one(Account, correction.account_id)
    told = await last_told(session, appointment, contact)
    return _Case(correction, account, appointment, subject, contact, told)


async def _why_not(session: AsyncSession, case: _Case) -> str | None:
    """Return why nothing is told, or None."""
    subject, told = case.subject, case.told
    if told is None and not case.correction.wanted:
        return NOT_KNOWN
    if case.contact.phone_number is None:
        return NO_NUMBER
    if subject.starts_at <= clock.now():
        return STARTED
    if subject.id == case.appointment.id and not tells(case.correction, subject, told):
        return KNOWN
    if subject.status is Visit.CANCELLED:
        return STARTED if case.old_start <= clock.now() else None
    if subject.status is not Visit.SCHEDULED:
        return OVER
    if subject.confirmation in HOLDS_TEXTS:
        return ANSWERED
    if subject.id != case.appointment.id:
        of_new = await last_told(session, subject, case.contact)
        if Told(subject.starts_at) in (told, of_new):
            return KNOWN
    return None


async def _tell(session: AsyncSession, case: _Case, *, any_hour: bool) -> None:
    subject = case.subject
    senders = await Senders.of(session, case.account.id)
    number = senders.of_id(subject.phone_number_id) or next(iter(senders.numbers), None)
    if number is None:
        end_correction(session, case.correction, NO_SENDER)
        await _flag(session, case, NO_SENDER)
        return
    assert case.contact.phone_number is not None, "looked at before"
    kind, template = correction_text(case.correction, case.account, subject, case.contact, case.told)
    message = await queue_text(
        session,
        number,
        await lock_recipient(session, case.account.id, case.contact.phone_number),
        template,
        template=template,
        kind=kind,
        send_at=clock.now(),
        any_hour=any_hour,
        appointment_id=subject.id,
        contact_id=case.contact.id,
        named_start=subject.starts_at,
    )
    case.correction.message_id = message.id
    end_correction(session, case.correction, "told")


async def _flag(session: AsyncSession, case: _Case, why: str) -> None:
    await open_item(
        session,
        case.account.id,
        Reason.REMINDER_SKIPPED,
        appointment_id=case.subject.id,
        contact_id=case.contact.id,
        note=why,
    )
