"""Stopping texts at once, also what the engine holds but has not handed to the carrier."""

from collections.abc import Iterable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.withdraw import withdraw_unsent
from models.appointment import Appointment, Visit
from models.database import signal
from models.event import Actor
from models.message import Kind
from models.reminder import Reminder, ReminderState

# Why the reminders of a visit that is no longer awaited were cancelled. They are planned anew when it is again.
STOPPED_BECAUSE = {
    Visit.CANCELLED: "the appointment was cancelled",
    Visit.ARRIVED: "the person had arrived",
    Visit.COMPLETED: "the visit was over",
    Visit.NO_SHOW: "the person had not come",
}
TAKEN_OFF = "it was taken off the appointment's reminders"

# What speaks of the visit. A text that somebody wrote by hand, or the confirmation of a STOP, still goes.
_OF_THE_VISIT = (Kind.REMINDER, Kind.CORRECTION, Kind.CANCELLATION, Kind.REPLY)
_STILL_GOING = (ReminderState.ACTIVE, ReminderState.PAUSED)


async def stop_texts(session: AsyncSession, appointment: Appointment, *, by: Actor) -> None:
    """Cancel every reminder job linked to a visit that is no longer awaited, and what is queued for it."""
    why = STOPPED_BECAUSE[appointment.status]
    query = (
        select(Reminder)
        .where(Reminder.appointment_id == appointment.id, col(Reminder.state).in_(_STILL_GOING))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    cancel_reminders(session, (await session.exec(query)).all(), why, stopped=True)
    await session.flush()
    await withdraw_unsent(session, appointment_id=appointment.id, kinds=_OF_THE_VISIT, why=why, by=by)
    signal(session, "reminders")


async def take_off(session: AsyncSession, reminders: Iterable[Reminder], *, by: Actor) -> None:
    """Cancel reminders for good, and what is queued of them."""
    for reminder in reminders:
        cancel_reminders(session, [reminder], TAKEN_OFF)
        await withdraw_unsent(session, reminder_id=reminder.id, why=TAKEN_OFF, by=by)
    await session.flush()
    signal(session, "reminders")


async def void_old_time(session: AsyncSession, appointment: Appointment, *, why: str, by: Actor) -> None:
    """Withdraw what is queued for a time that no longer holds."""
    await withdraw_unsent(session, appointment_id=appointment.id, kinds=_OF_THE_VISIT, why=why, by=by)


def cancel_reminders(
    session: AsyncSession, reminders: Iterable[Reminder], why: str, *, stopped: bool = False
) -> None:
    """Set reminders to `cancelled`, for the reason given. stopped: only as long as their visit is not awaited."""
    for reminder in reminders:
        reminder.state = ReminderState.CANCELLED
        reminder.stopped = stopped
        reminder.next_run_at = None
        reminder.why = why
        reminder.touch()
        session.add(reminder)


def is_of_the_plan(reminder: Reminder) -> bool:
    """Tell whether a relative reminder still belongs to its appointment's texts, when the visit is awaited."""
    return reminder.state is not ReminderState.CANCELLED or reminder.stopped
