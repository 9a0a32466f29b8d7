"""Noting that a person may have to be told of a move or a cancel; `appointments.corrections` decides and tells.

The note is a row, written in the transaction of the change, so it outlives a restart. A visit has at most one that
is open: a second change within the time that the first settles makes the two one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.notice import Notice, Notify
from appointments.planning import hours_of
from appointments.telling import Told, last_told, may_leave_at
from models import clock
from models.account import Account
from models.appointment import Appointment, Visit
from models.contact import Contact
from models.correction import Correction
from models.database import signal
from models.event import REPLY, Actor

NOT_WANTED = "the person is not told: the change said so"
OWN_DOING = "the person changed it themself"


async def note_change(
    session: AsyncSession,
    account: Account,
    appointment: Appointment,
    contact: Contact,
    *,
    old_start: datetime,
    notice: Notice,
    by: Actor,
    released: bool = False,
) -> datetime | None:
    """Note that a visit, which is locked, was moved, cancelled or opened again.

    old_start: its start before. Returns when (UTC) a text will tell of it as things stand, None where none will.
    """
    waiting = await open_correction(session, appointment.id)
    if notice.notify is Notify.NEVER or by == REPLY:
        if waiting is not None:
            end_correction(session, waiting, NOT_WANTED if notice.notify is Notify.NEVER else OWN_DOING)
        return None
    told = await last_told(session, appointment, contact)
    wanted = notice.notify is Notify.ALWAYS
    if waiting is None and told is None and not wanted:
        return None
    due_at = clock.now() + notice.settles_for(account)
    if waiting is None:
        waiting = Correction(
            account_id=account.id, appointment_id=appointment.id, due_at=due_at, old_start=old_start
        )
    waiting.due_at = due_at
    waiting.wanted = waiting.wanted or wanted
    waiting.released = released
    waiting.replaced_by = None
    waiting.touch()
    session.add(waiting)
    await session.flush()
    signal(session, "corrections")
    if not tells(waiting, appointment, told):
        return None
    was = told.start if told is not None else waiting.old_start
    return may_leave_at(hours_of(account, contact), due_at, (was, appointment.starts_at))


def tells(correction: Correction, appointment: Appointment, told: Told | None) -> bool:
    """Tell whether a person must be told of how a visit now stands, by what the last text said."""
    if told is None and not correction.wanted:
        return False
    if appointment.status is Visit.CANCELLED:
        return told is None or not told.cancelled
    if told is None:
        return appointment.starts_at != correction.old_start
    return told.cancelled or told.start != appointment.starts_at


async def open_correction(session: AsyncSession, appointment_id: str) -> Correction | None:
    """Return what is noted about a visit and not decided yet, locked."""
    query = (
        select(Correction)
        .where(Correction.appointment_id == appointment_id, col(Correction.settled_at).is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).first()


async def cancelled_lately(session: AsyncSession, account_id: str) -> Sequence[tuple[Correction, Appointment]]:
    """Return what is noted of an account's visits that were cancelled and that nothing has replaced yet."""
    query = (
        select(Correction, Appointment)
        .join(Appointment, col(Appointment.id) == col(Correction.appointment_id))
        .where(
            Correction.account_id == account_id,
            col(Correction.settled_at).is_(None),
            col(Correction.replaced_by).is_(None),
            Appointment.status == Visit.CANCELLED,
        )
        .order_by(col(Correction.created_at))
    )
    return (await session.exec(query)).all()


def end_correction(session: AsyncSession, correction: Correction, why: str) -> None:
    """Decide that nobody is told, for the reason given."""
    correction.settled_at = clock.now()
    correction.why = why
    correction.touch()
    session.add(correction)
