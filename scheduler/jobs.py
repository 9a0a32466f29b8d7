"""Making reminder jobs: one, or ten thousand in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.account import Account
from models.base import table_of
from models.database import signal
from models.errors import Fault
from models.event import Actor, Event
from models.ids import new_id
from models.reminder import Reminder, ReminderState
from scheduler.job_checking import CheckedJob, check
from scheduler.job_context import Address, JobContext, read_context
from scheduler.job_fields import Written
from scheduler.job_plan import first_coming, placing_row
from scheduler.job_recording import job_object, note_skipped, reminder_of
from scheduler.job_warnings import warnings_of

# After so many jobs, whatever else waits in the event loop goes first; so many rows are stored at once.
BREATH = 100
_CHUNK = 500

_reminders, _events = table_of(Reminder), table_of(Event)


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it is to be stored, by column name; where it goes, and what is worth knowing of it."""

    row: dict[str, Any]
    address: Address
    warnings: list[str]


async def create_job(session: AsyncSession, account_id: str, written: Written, *, by: Actor) -> dict[str, Any]:
    """Make one job and return it as the API shows it, with `warnings` where there are any.

    Raises Faults, NotFound, NotPermitted, Conflict and Invalid.
    """
    account = await session.get_one(Account, account_id)
    job = check(written, account_timezone=account.timezone)
    [made] = await create_jobs(session, account_id, [job], by=by)
    if isinstance(made, Fault):
        raise made
    shown = job_object(reminder_of(made.row))
    return shown | {"warnings": made.warnings} if made.warnings else shown


async def create_jobs(
    session: AsyncSession, account_id: str, jobs: Sequence[CheckedJob], *, by: Actor
) -> list[NewJob | Fault]:
    """Make jobs; return for each, in order, what was made of it or why nothing was. One spoils no other."""
    context = await read_context(session, account_id, jobs)
    now = clock.now()
    results: list[NewJob | Fault] = []
    for index, job in enumerate(jobs):
        if index % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        try:
            results.append(new_job(job, context, now))
        except Fault as fault:
            results.append(fault)
    made = [result for result in results if isinstance(result, NewJob)]
    await _store(session, made, by=by)
    return results


def columns_of(job: CheckedJob, address: Address) -> dict[str, Any]:
    """Return the columns that say what a job is: all but its instants, its state and its count."""
    return {
        "kind": job.kind,
        "agent_id": address.agent_id,
        "phone_number_id": address.number.id,
        "from_number": address.number.phone_number,
        "to_number": address.to_number,
        "to_contact": address.link is not None and address.to_number == address.link.contact.phone_number,
        "message": job.message,
        "texts": job.texts,
        "appointment_id": job.appointment_id,
        "send_at": job.send_at,
        "before": job.before,
        "business_days": job.business_days,
        "at_booking": job.at_booking,
        "at_local": job.at,
        "cron": job.cron,
        "timezone": address.timezone,
        "starts_at": job.starts_at,
        "ends_at": job.ends_at,
        "max_occurrences": job.max_occurrences,
        "only_if": list(job.only_if),
        "any_hour": job.any_hour,
        "misfire_grace": job.misfire_grace,
        "metadata": job.metadata,
    }


def new_job(job: CheckedJob, context: JobContext, now: datetime) -> NewJob:
    """Return what a job will be, from now on. Raises NotFound, NotPermitted, Conflict and Invalid."""
    address = context.address(job)
    row = {
        "id": new_id("rem"),
        "account_id": context.account.id,
        **columns_of(job, address),
        "state": ReminderState.ACTIVE,
        "stopped": False,
        "occurrences": 0,
        "nominal_at": None,
        "next_run_at": None,
        "last_run_at": None,
        "why": None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    placing = placing_row(row, context.account, address.link)
    first = first_coming(placing, now)
    row |= {"nominal_at": first.nominal_at, "next_run_at": first.at, "why": first.why}
    if first.at is None:
        row["state"] = ReminderState.FINISHED
    return NewJob(row, address, warnings_of(placing | row, stopped=context.is_stopped(address)))


async def _store(session: AsyncSession, made: Sequence[NewJob], *, by: Actor) -> None:
    if not made:
        return
    for start in range(0, len(made), _CHUNK):
        some = made[start : start + _CHUNK]
        await session.execute(_reminders.insert(), [job.row for job in some])
        await session.execute(_events.insert(), [_event(job.row, by) for job in some])
    for job in made:
        if job.row["next_run_at"] is None:
            await note_skipped(
                session,
                account_id=job.row["account_id"],
                reminder_id=job.row["id"],
                appointment_id=job.row["appointment_id"],
                nominal_at=job.row["nominal_at"],
                why=job.row["why"],
                by=by,
            )
    signal(session, "reminders", "events")


def _event(row: dict[str, Any], by: Actor) -> dict[str, Any]:
    return {
        "id": new_id("evt"),
        "account_id": row["account_id"],
        "type": "reminder.created",
        "created_at": row["updated_at"],
        "actor_type": by.type,
        "actor_id": by.id,
        "appointment_id": row["appointment_id"],
        "reminder_id": row["id"],
    }
