"""Writing a reminder job's change down: its version grows, and one event says what was."""

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.shape import reminder_object
from models.attention import Reason, open_item
from models.base import rfc3339
from models.database import signal
from models.event import Actor, record
from models.reminder import Reminder

Snapshot = dict[str, Any]

# These change with every change and say nothing of it.
_SILENT = ("updated_at", "version")


def row_of(reminder: Reminder) -> dict[str, Any]:
    """Return a stored job as a row by column name."""
    row = reminder.model_dump()
    row["metadata"] = row.pop("custom")
    return row


def reminder_of(row: dict[str, Any]) -> Reminder:
    """Return a row of `reminders` as a job that no session knows."""
    columns = dict(row)
    columns["custom"] = columns.pop("metadata")
    return Reminder(**columns)


def job_object(reminder: Reminder) -> dict[str, Any]:
    """Return a job as the API shows it: its sender also under the name by which it was asked for."""
    return reminder_object(reminder) | {"from_number": reminder.from_number}


def record_change(session: AsyncSession, type: str, reminder: Reminder, before: Snapshot, *, by: Actor) -> None:
    """Store a changed job and its event `reminder.TYPE`, which carries what differs from `before`."""
    reminder.touch()
    session.add(reminder)
    after = job_object(reminder)
    record(
        session,
        f"reminder.{type}",
        account_id=reminder.account_id,
        by=by,
        appointment_id=reminder.appointment_id,
        reminder_id=reminder.id,
        previous={name: value for name, value in before.items() if name not in _SILENT and after[name] != value},
    )
    signal(session, "reminders", "events")


async def note_skipped(
    session: AsyncSession,
    *,
    account_id: str,
    reminder_id: str,
    appointment_id: str | None,
    nominal_at: datetime | None,
    why: str | None,
    by: Actor,
) -> None:
    """Record that a text does not leave, and flag it for staff."""
    record(
        session,
        "reminder.skipped",
        account_id=account_id,
        by=by,
        appointment_id=appointment_id,
        reminder_id=reminder_id,
        payload={"occurrence": rfc3339(nominal_at), "why": why},
        note=why,
    )
    await open_item(session, account_id, Reason.REMINDER_SKIPPED, appointment_id=appointment_id, note=why)
