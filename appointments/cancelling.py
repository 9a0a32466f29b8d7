"""Cancelling: a visit will not be, and nothing of it is texted any more."""

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.confirming import close
from appointments.correcting import note_change
from appointments.locking import Locked, lock_appointment
from appointments.notice import AS_USUAL, Notice
from appointments.recording import record_change, snapshot
from appointments.stopping import stop_texts
from appointments.visiting import put_visit, require_allowed
from models.appointment import Appointment, Visit
from models.attention import Reason
from models.event import Actor

# Nobody has to look at these for a visit that will not be. What somebody asked still wants an answer.
_SETTLED_BY_CANCEL = frozenset(
    {
        Reason.RESCHEDULE_REQUESTED,
        Reason.CHANGED_MIND,
        Reason.MAY_WANT_TO_CANCEL,
        Reason.UNCLEAR_REPLY,
        Reason.RUNNING_LATE,
        Reason.CONFIRMATION_OVERDUE,
        Reason.UNREACHABLE,
        Reason.REMINDER_SKIPPED,
    }
)


async def cancel(
    session: AsyncSession,
    account_id: str,
    appointment_id: str,
    *,
    by: Actor,
    expected_version: int | None = None,
    notice: Notice = AS_USUAL,
) -> tuple[Appointment, bool]:
    """Cancel a visit and stop its texts at once; return the appointment and whether that was new.

    notice: whether, and how soon, a person whom a text had told of it is told that it will not be.
    Raises NotFound, Overtaken, and Conflict where the visit is over.
    """
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    return locked.appointment, await cancel_locked(session, locked, by=by, notice=notice)


async def cancel_locked(
    session: AsyncSession, locked: Locked, *, by: Actor, notice: Notice = AS_USUAL, released: bool = False
) -> bool:
    """Cancel a locked appointment; return whether that was new. released: since nobody had confirmed it."""
    appointment = locked.appointment
    if appointment.status is Visit.CANCELLED:
        return False
    require_allowed(appointment, Visit.CANCELLED)
    before = snapshot(appointment)
    put_visit(appointment, Visit.CANCELLED, by=by)
    await stop_texts(session, appointment, by=by)
    await note_change(
        session,
        locked.account,
        appointment,
        locked.contact,
        old_start=appointment.starts_at,
        notice=notice,
        by=by,
        released=released,
    )
    await close(session, appointment, _SETTLED_BY_CANCEL, by=by)
    await record_change(session, "cancelled", appointment, before, by=by)
    return True
