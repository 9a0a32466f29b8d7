"""What became of a visit: arrived, completed, not come. Only a person or a program says so, never silence."""

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.confirming import close, require_not_cancelled
from appointments.locking import Locked, lock_appointment
from appointments.recording import record_change, snapshot
from appointments.stopping import stop_texts
from models import clock
from models.appointment import ALLOWED_VISIT, Appointment, Visit
from models.attention import Reason
from models.errors import Conflict
from models.event import Actor

# Once it is known what became of the visit, nobody has to look at these any more.
_SETTLED_BY_VISIT = frozenset(
    {
        Reason.RUNNING_LATE,
        Reason.LATE_REPLY,
        Reason.UNCLEAR_REPLY,
        Reason.CHANGED_MIND,
        Reason.MAY_WANT_TO_CANCEL,
        Reason.CONFIRMATION_OVERDUE,
        Reason.REMINDER_SKIPPED,
    }
)


async def arrive(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> tuple[Appointment, bool]:
    """Note that the person is here; return the appointment and whether that was new.

    Raises NotFound, Overtaken, and Conflict where the present status forbids it.
    """
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    return locked.appointment, await set_visit(session, locked, Visit.ARRIVED, by=by)


async def complete(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> tuple[Appointment, bool]:
    """Note that the visit is over; return the appointment and whether that was new. Raises like `arrive`."""
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    return locked.appointment, await set_visit(session, locked, Visit.COMPLETED, by=by)


async def no_show(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> tuple[Appointment, bool]:
    """Note that the person did not come; return the appointment and whether that was new. Raises like `arrive`."""
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    return locked.appointment, await set_visit(session, locked, Visit.NO_SHOW, by=by)


async def set_visit(session: AsyncSession, locked: Locked, to: Visit, *, by: Actor) -> bool:
    """Change the status of a locked appointment to arrived, completed or not come; return whether it changed."""
    appointment = locked.appointment
    require_not_cancelled(appointment)
    if appointment.status is to:
        return False
    require_allowed(appointment, to)
    before = snapshot(appointment)
    put_visit(appointment, to, by=by)
    await stop_texts(session, appointment, by=by)
    await close(session, appointment, _SETTLED_BY_VISIT, by=by)
    await record_change(session, to.value, appointment, before, by=by)
    return True


def put_visit(appointment: Appointment, to: Visit, *, by: Actor) -> None:
    """Write a status with who and when; the caller records it."""
    appointment.status = to
    appointment.status_at = clock.now()
    appointment.status_by = str(by)


def require_allowed(appointment: Appointment, to: Visit) -> None:
    """Raise Conflict where the present status forbids the next one."""
    if to not in ALLOWED_VISIT[appointment.status]:
        raise Conflict(
            "invalid_transition",
            f"The appointment is {appointment.status.replace('_', ' ')}: it cannot become {to.replace('_', ' ')}.",
        )
