"""Pausing, resuming and cancelling reminder jobs, under the locks that the way out takes too."""

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.withdraw import withdraw_unsent
from models import clock
from models.account import Account
from models.errors import Conflict, Overtaken
from models.event import Actor
from models.owned import owned
from models.reminder import Reminder, ReminderState
from scheduler.job_context import Link, lock_links, read_links
from scheduler.job_plan import Coming, coming_again, placing_row
from scheduler.job_recording import job_object, note_skipped, record_change, row_of

_OVER = (ReminderState.FINISHED, ReminderState.CANCELLED)


async def pause_job(
    session: AsyncSession, account_id: str, reminder_id: str, *, by: Actor, expected_version: int | None = None
) -> Reminder:
    """Stop a job until it is resumed, and withdraw what is queued of it; one paused already stays as it is.

    Raises NotFound, Overtaken, Conflict (`reminder_already_finished`).
    """
    reminder, _ = await _locked(session, account_id, reminder_id, expected_version)
    if reminder.state == ReminderState.PAUSED:
        return reminder
    require_going(reminder)
    before = job_object(reminder)
    reminder.state = ReminderState.PAUSED
    reminder.next_run_at = None
    reminder.why = f"paused ({by})"
    await withdraw_unsent(session, reminder_id=reminder.id, why="the reminder was paused", by=by)
    record_change(session, "paused", reminder, before, by=by)
    return reminder


async def resume_job(
    session: AsyncSession, account_id: str, reminder_id: str, *, by: Actor, expected_version: int | None = None
) -> Reminder:
    """Let a paused job go on: a cron job with its next occurrence from now on, others at their time.

    A time that passed meanwhile is due at once, and is sent or recorded as missed by the misfire rules. A job with
    nothing left to send is finished. One that is active already stays as it is.
    Raises NotFound, Overtaken, Conflict (`reminder_already_finished`).
    """
    reminder, link = await _locked(session, account_id, reminder_id, expected_version)
    if reminder.state == ReminderState.ACTIVE:
        return reminder
    require_going(reminder)
    before = job_object(reminder)
    account = await session.get_one(Account, account_id)
    reminder.state = ReminderState.ACTIVE
    await take(session, reminder, coming_again(placing_row(row_of(reminder), account, link), clock.now()), by=by)
    record_change(session, "resumed", reminder, before, by=by)
    return reminder


async def cancel_job(
    session: AsyncSession, account_id: str, reminder_id: str, *, by: Actor, expected_version: int | None = None
) -> Reminder:
    """End a job, and withdraw what is queued of it; one cancelled already stays as it is.

    Raises NotFound, Overtaken, and Conflict (`reminder_already_finished`) where all of it has left.
    """
    reminder, _ = await _locked(session, account_id, reminder_id, expected_version)
    if reminder.state == ReminderState.CANCELLED:
        return reminder
    withdrawn = await withdraw_unsent(session, reminder_id=reminder.id, why="the reminder was cancelled", by=by)
    if not withdrawn:
        require_going(reminder)
    before = job_object(reminder)
    reminder.state = ReminderState.CANCELLED
    reminder.next_run_at = None
    reminder.why = f"cancelled ({by})"
    record_change(session, "cancelled", reminder, before, by=by)
    return reminder


def require_going(reminder: Reminder) -> None:
    """Raise Conflict where a job has ended."""
    if reminder.state in _OVER:
        raise Conflict(
            "reminder_already_finished",
            f"The reminder is {reminder.state} and sends nothing more: make a new one.",
        )


def require_version(reminder: Reminder, expected: int | None) -> None:
    """Raise Overtaken where a version was expected and the job is at another."""
    if expected is not None and expected != reminder.version:
        raise Overtaken(expected, reminder.version)


async def take(session: AsyncSession, reminder: Reminder, coming: Coming | None, *, by: Actor) -> None:
    """Let a job come next as planned, or end where nothing comes any more or no hour is left for it."""
    if coming is not None:
        reminder.nominal_at = coming.nominal_at
        reminder.why = coming.why
    if reminder.state == ReminderState.PAUSED:
        return
    reminder.next_run_at = coming.at if coming is not None else None
    if coming is None:
        reminder.state = ReminderState.FINISHED
        reminder.why = "no occurrence is left"
    elif coming.at is None:
        reminder.state = ReminderState.FINISHED
        await note_skipped(
            session,
            account_id=reminder.account_id,
            reminder_id=reminder.id,
            appointment_id=reminder.appointment_id,
            nominal_at=coming.nominal_at,
            why=coming.why,
            by=by,
        )


async def _locked(
    session: AsyncSession, account_id: str, reminder_id: str, expected_version: int | None
) -> tuple[Reminder, Link | None]:
    """Return a job and the visit it hangs on, locked in the order that everybody keeps: number, visit, job."""
    while True:
        reminder = await owned(session, Reminder, reminder_id, account_id=account_id, kind="reminder")
        to_number, appointment_id = reminder.to_number, reminder.appointment_id
        links = await read_links(session, account_id, [appointment_id] if appointment_id else [])
        await lock_links(session, account_id, links, numbers=[to_number])
        await owned(session, Reminder, reminder_id, account_id=account_id, kind="reminder", lock=True)
        if (reminder.to_number, reminder.appointment_id) == (to_number, appointment_id):
            require_version(reminder, expected_version)
            return reminder, links.get(appointment_id or "")
