"""Declining: the person cannot come. Their visit is held, or cancelled where its plan says so."""

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.cancelling import cancel_locked
from appointments.confirming import set_confirmation
from appointments.locking import lock_appointment
from appointments.notice import OWN_WISH
from models.appointment import Appointment, Confirmation, Decline, Visit
from models.event import Actor


async def decline(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> tuple[Appointment, bool]:
    """Note that the person cannot come; return the appointment and whether that was new.

    The visit is cancelled as well if it was planned so (`on_decline`). Raises NotFound, Overtaken, and Conflict
    where the visit is cancelled for another reason, or over.
    """
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    appointment = locked.appointment
    cancels = appointment.on_decline is Decline.CANCEL
    is_declined = appointment.confirmation is Confirmation.DECLINED
    if cancels and is_declined and appointment.status is Visit.CANCELLED:
        return appointment, False
    changed = await set_confirmation(session, appointment, Confirmation.DECLINED, by=by)
    if changed and cancels:
        await cancel_locked(session, locked, by=by, notice=OWN_WISH)
    return appointment, changed
