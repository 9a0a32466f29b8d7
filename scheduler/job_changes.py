"""Changing reminder jobs, under the locks that the way out takes too."""

from collections.abc import Collection
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.recipients import recipient_ids
from messaging.segments import count_segments
from messaging.withdraw import withdraw_unsent
from models import clock
from models.account import Account
from models.base import table_of
from models.database import signal
from models.event import Actor
from models.message import UNSENT, Message
from models.owned import owned
from models.reminder import Reminder, ReminderKind
from scheduler.job_checking import CheckedJob, check
from scheduler.job_context import JobContext, read_context
from scheduler.job_fields import Written
from scheduler.job_plan import Row, coming_still, first_coming, placing_row
from scheduler.job_recording import job_object, record_change, row_of
from scheduler.job_steps import require_going, require_version, take
from scheduler.job_warnings import warnings_of
from scheduler.jobs import columns_of

MOVED = "the reminder was moved"

_messages = table_of(Message)
# A change of these moves the job; after a change of anything else it comes when it was asked for.
_TIMES = frozenset(
    {
        "kind",
        "send_at",
        "before",
        "business_days",
        "at_booking",
        "at_local",
        "cron",
        "starts_at",
        "ends_at",
        "appointment_id",
    }
)


async def change_job(
    session: AsyncSession,
    account_id: str,
    reminder_id: str,
    given: Written,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """Change what is given of a job and return it as the API shows it, with `warnings` where there are any.

    What is queued of it follows: it takes the new words and the new number, or is withdrawn where the job moves.
    Raises NotFound, NotPermitted, Conflict (`reminder_already_finished`), Overtaken and Faults.
    """
    reminder, job, context = await _locked(session, account_id, reminder_id, given, expected_version)
    address = context.address(job)
    columns, standing = columns_of(job, address), row_of(reminder)
    changed = {name for name, value in columns.items() if standing[name] != value}
    if changed:
        before = job_object(reminder)
        for name in changed:
            setattr(reminder, "custom" if name == "metadata" else name, columns[name])
        row = placing_row(standing | columns, context.account, address.link)
        if _moves(row, changed):
            await withdraw_unsent(session, reminder_id=reminder.id, why=MOVED, by=by)
            await take(session, reminder, first_coming(row, clock.now()), by=by)
        elif reminder.nominal_at is not None:
            await _tell_queued(session, reminder, changed)
            await take(session, reminder, coming_still(row, reminder.nominal_at), by=by)
        record_change(session, "updated", reminder, before, by=by)
    shown = job_object(reminder)
    warnings = warnings_of(row_of(reminder), stopped=context.is_stopped(address))
    return shown | {"warnings": warnings} if warnings else shown


async def _locked(
    session: AsyncSession,
    account_id: str,
    reminder_id: str,
    given: Written,
    expected_version: int | None,
) -> tuple[Reminder, CheckedJob, JobContext]:
    """Return a job, what it is to be and what that is checked against, all of it locked.

    What is locked hangs on what the job is to be, and the row comes last: where it changed meanwhile, again.
    """
    account = await session.get_one(Account, account_id)
    while True:
        reminder = await owned(session, Reminder, reminder_id, account_id=account_id, kind="reminder")
        require_version(reminder, expected_version)
        require_going(reminder)
        seen = reminder.version
        job = check(given, account_timezone=account.timezone, standing=reminder)
        numbers = [reminder.to_number, job.to or ""]
        context = await read_context(session, account_id, [job], numbers=numbers)
        await owned(session, Reminder, reminder_id, account_id=account_id, kind="reminder", lock=True)
        if reminder.version == seen:
            return reminder, job, context


def _moves(row: Row, changed: Collection[str]) -> bool:
    return not _TIMES.isdisjoint(changed) or (row["kind"] == ReminderKind.CRON and "timezone" in changed)


async def _tell_queued(session: AsyncSession, reminder: Reminder, changed: Collection[str]) -> None:
    """Let texts of a job that have not left say and be what the job now says."""
    recipients = await recipient_ids(session, reminder.account_id, {reminder.to_number})
    values = {
        "body": reminder.message,
        "template": reminder.message if "{{" in reminder.message else None,
        "segments": count_segments(reminder.message).segments,
        "to_number": reminder.to_number,
        "recipient_id": recipients[reminder.to_number],
        "from_number": reminder.from_number,
        "phone_number_id": reminder.phone_number_id,
        "agent_id": reminder.agent_id,
        "any_hour": reminder.any_hour,
        "metadata": reminder.custom,
        "updated_at": clock.now(),
    }
    if "any_hour" in changed and reminder.any_hour:
        values["next_attempt_at"] = clock.now()
        signal(session, "messages")
    await session.execute(
        _messages.update()
        .where(_messages.c.reminder_id == reminder.id, _messages.c.status.in_(UNSENT))
        .values(version=_messages.c.version + 1, **values)
    )
