"""Until when a visit must be confirmed, and what becomes of one that is not.

Still pending at that instant, it is flagged for staff; or released: cancelled, and the person told. A visit that
was booked, or moved, when the instant had passed has none.
"""

from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.cancelling import cancel_locked
from appointments.locking import lock_appointment
from appointments.notice import Notice, Notify
from appointments.recording import record_change, snapshot
from messaging.local_time import Span, zone
from models import clock
from models.appointment import Appointment, Confirmation, Overdue, Visit
from models.attention import Reason, open_item
from models.database import Database
from models.event import AGENT, SYSTEM

BATCH = 100
NOT_CONFIRMED = "nobody had confirmed it {confirm_by} before the start"
RELEASED = "released: nobody had confirmed it {confirm_by} before the start"

# A release is nobody's slip of the mouse: the person is told at once, also one whom no text had told of the visit.
_AT_ONCE = Notice(Notify.ALWAYS, timedelta(0))


class OverdueConfirmations:
    """The source of visits whose time to be confirmed is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def earliest(self) -> datetime | None:
        """Return when the time of the next visit is over (UTC), or None."""
        async with self._database.read() as session:
            return (
                await session.exec(
                    select(func.min(Appointment.overdue_at)).where(col(Appointment.overdue_at).is_not(None))
                )
            ).one()

    async def run_due(self) -> int:
        """Flag or release one batch of visits; return how many were looked at."""
        due = (
            select(Appointment.id)
            .where(col(Appointment.overdue_at).is_not(None), col(Appointment.overdue_at) <= clock.now())
            .order_by(col(Appointment.overdue_at))
            .limit(BATCH)
        )
        async with self._database.read() as session:
            ids = (await session.exec(due)).all()
        for id in ids:
            async with self._database.write() as session:
                await settle_deadline(session, id)
        return len(ids)


def overdue_instant(confirm_by: object, starts_at: datetime | None, timezone: str | None) -> datetime | None:
    """Return the instant (UTC) by which a visit must be confirmed, None where it need not be or that has passed.

    confirm_by: an ISO 8601 duration before `starts_at` (UTC), days on the calendar of `timezone`; None for none.
    """
    if confirm_by is None or starts_at is None or timezone is None:
        return None
    instant = Span.parse(str(confirm_by)).before(starts_at, zone(timezone))
    return instant if instant > clock.now() else None


async def settle_deadline(session: AsyncSession, appointment_id: str) -> None:
    """Flag or release a visit whose time to be confirmed is over, if it is still unconfirmed."""
    seen = await session.get_one(Appointment, appointment_id)
    locked = await lock_appointment(session, seen.account_id, appointment_id)
    appointment = locked.appointment
    if appointment.overdue_at is None or appointment.overdue_at > clock.now():
        return
    appointment.overdue_at = None
    session.add(appointment)
    is_open = appointment.status is Visit.SCHEDULED and appointment.starts_at > clock.now()
    if not is_open or appointment.confirmation is not Confirmation.PENDING:
        return
    releases = appointment.on_overdue is Overdue.RELEASE
    note = (RELEASED if releases else NOT_CONFIRMED).format(confirm_by=appointment.confirm_by)
    await record_change(session, "confirmation_overdue", appointment, snapshot(appointment), by=SYSTEM, note=note)
    if releases:
        await cancel_locked(session, locked, by=AGENT, notice=_AT_ONCE, released=True)
    await open_item(
        session,
        appointment.account_id,
        Reason.CONFIRMATION_OVERDUE,
        appointment_id=appointment.id,
        contact_id=appointment.contact_id,
        note=note,
    )
