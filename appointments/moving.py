"""Rescheduling and reopening: what hangs on a visit moves with it, or is planned anew, at once."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.changing import Outcome, change_appointment
from appointments.fields import Asked
from models.appointment import Visit
from models.base import rfc3339
from models.event import Actor


async def reschedule(
    session: AsyncSession,
    account_id: str,
    appointment_id: str,
    starts_at: datetime,
    *,
    by: Actor,
    keep_confirmation: bool = False,
) -> Outcome:
    """Move an appointment and everything that hangs on its time. starts_at: the new start, an aware instant.

    Reminders not yet sent move with it; what was queued for the old time is void; the person is asked again.
    Raises NotFound, and Conflict where the visit is cancelled.
    """
    asked = Asked({"starts_at": rfc3339(starts_at), "keep_confirmation": keep_confirmation})
    return await change_appointment(session, account_id, appointment_id, asked, by=by)


async def reopen(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> Outcome:
    """Await a visit again that was cancelled, or marked over by mistake; its texts are planned anew.

    After a cancel the confirmation is asked for anew. Raises NotFound and Overtaken.
    """
    asked = Asked({"status": Visit.SCHEDULED})
    return await change_appointment(
        session, account_id, appointment_id, asked, by=by, expected_version=expected_version
    )
