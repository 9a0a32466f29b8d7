"""Putting an appointment's plan into reminder jobs, and moving them when something it hangs on changes."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.default_plan import in_language
from appointments.lines import Line
from appointments.plan_rows import StoredLine, stored_lines
from appointments.planning import NO_NUMBER, Occasion, Planned, hours_of, plan
from appointments.stopping import take_off
from messaging.local_time import zone
from messaging.withdraw import withdraw_unsent
from models import clock
from models.account import Account
from models.appointment import Appointment
from models.attention import Reason, open_item
from models.base import rfc3339
from models.contact import Contact
from models.database import signal
from models.event import SYSTEM, Actor, record
from models.message import Kind
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderKind, ReminderState

MOVED = "the visit moved"


def first_plan(
    account: Account, appointment: Appointment, contact: Contact, number: PhoneNumber, lines: Iterable[Line]
) -> list[tuple[Reminder, Planned]]:
    """Make the jobs of a new appointment; the caller stores them."""
    planned = plan(lines, _occasion(account, appointment, contact), now=clock.now())
    return [(_put(_job(appointment, number), one, appointment, contact, number), one) for one in planned]


async def replan(
    session: AsyncSession,
    account: Account,
    appointment: Appointment,
    contact: Contact,
    number: PhoneNumber | None,
    *,
    by: Actor,
    lines: Sequence[Line] | None = None,
    moved: bool = False,
    settle: timedelta = timedelta(0),
) -> None:
    """Work an appointment's texts out again, after its time, its person, its sender or its plan changed.

    lines: the new plan, None for the one it has. moved: what is queued names a time that no longer holds.
    Texts that left are never sent again for the same time. The caller holds the appointment's lock.
    """
    await session.flush()
    stored = (await stored_lines(session, [appointment.id], lock=True))[appointment.id]
    if moved:
        await _void(session, appointment, stored, by=by)
        stored = (await stored_lines(session, [appointment.id]))[appointment.id]
    by_line = {entry.line: entry for entry in stored}
    wanted = by_line.keys() if lines is None else dict.fromkeys(in_language(line, None) for line in lines)
    for line, entry in by_line.items():
        if line not in wanted:
            await take_off(session, entry.reminders, by=by)
    if number is None:
        return
    told = [line for line in wanted if line in by_line and by_line[line].is_told(appointment.starts_at)]
    planned = plan(
        [in_language(line, contact.language) for line in wanted if line not in told],
        _occasion(account, appointment, contact),
        now=clock.now(),
        may_ask_at_once=not any(line.asks for line in told),
        settle=settle,
    )
    for one in planned:
        standing = by_line.get(in_language(one.line, None))
        job = _job_for(standing, one, appointment, number)
        if job is None:
            continue
        session.add(_put(job, one, appointment, contact, number))
        if standing is not None and job is standing.fresh:
            job.touch()
        await note_skip(session, job, one, contact)
    for line in told:
        _end_spare(session, by_line[line])
    await session.flush()
    signal(session, "reminders")


async def note_skip(session: AsyncSession, job: Reminder, planned: Planned, contact: Contact) -> None:
    """Tell of a text that will not be sent though its time is to come, and flag what staff should know."""
    if planned.at is not None or not (planned.forbidden or planned.nominal_at >= clock.now()):
        return
    record(
        session,
        "reminder.skipped",
        account_id=job.account_id,
        by=SYSTEM,
        appointment_id=job.appointment_id,
        contact_id=contact.id,
        reminder_id=job.id,
        payload={"occurrence": rfc3339(planned.nominal_at), "why": planned.why},
        note=planned.why,
    )
    if planned.forbidden:
        await open_item(
            session,
            job.account_id,
            Reason.REMINDER_SKIPPED,
            appointment_id=job.appointment_id,
            contact_id=contact.id,
            note=planned.why,
        )


async def _void(
    session: AsyncSession, appointment: Appointment, stored: Sequence[StoredLine], *, by: Actor
) -> None:
    for one in stored:
        for reminder in one.queued:
            await withdraw_unsent(session, reminder_id=reminder.id, why=MOVED, by=by)
    kinds = (Kind.CORRECTION, Kind.REPLY)
    await withdraw_unsent(session, appointment_id=appointment.id, kinds=kinds, why=MOVED, by=by)


def _occasion(account: Account, appointment: Appointment, contact: Contact) -> Occasion:
    return Occasion(appointment.starts_at, zone(appointment.timezone), hours_of(account, contact))


def _job_for(
    standing: StoredLine | None, planned: Planned, appointment: Appointment, number: PhoneNumber
) -> Reminder | None:
    """The job that takes a line's new time: the one that has sent nothing yet, else a new one.

    A line whose time has passed and that has a job with its history already needs no other.
    """
    if standing is None:
        return _job(appointment, number)
    fresh = standing.fresh
    if fresh is None:
        return None if planned.at is None else _job(appointment, number)
    # What became of it when its time came says more than that its time is over.
    is_history = fresh.state is ReminderState.FINISHED and fresh.nominal_at == planned.nominal_at
    return None if is_history and planned.at is None else fresh


def _job(appointment: Appointment, number: PhoneNumber) -> Reminder:
    return Reminder(
        account_id=appointment.account_id,
        kind=ReminderKind.RELATIVE,
        agent_id=number.agent_id,
        phone_number_id=number.id,
        from_number=number.phone_number,
        to_number="",
        message="",
        appointment_id=appointment.id,
        timezone=appointment.timezone,
    )


def _put(
    job: Reminder, planned: Planned, appointment: Appointment, contact: Contact, number: PhoneNumber
) -> Reminder:
    """Write into a job what was worked out; one that a person paused stays paused."""
    line = planned.line
    at, why = (planned.at, planned.why) if contact.phone_number else (None, planned.why or NO_NUMBER)
    goes_on = ReminderState.PAUSED if job.state is ReminderState.PAUSED else ReminderState.ACTIVE
    job.state = goes_on if at is not None else ReminderState.FINISHED
    job.agent_id, job.phone_number_id, job.from_number = number.agent_id, number.id, number.phone_number
    job.to_number = contact.phone_number or ""
    job.message, job.before, job.at_local = line.message, line.before, line.at
    job.only_if, job.any_hour = list(line.only_if), line.any_hour
    job.timezone = appointment.timezone
    job.nominal_at, job.next_run_at, job.why = planned.nominal_at, at, why
    return job


def _end_spare(session: AsyncSession, stored: StoredLine) -> None:
    """End the job of a line that was planned for another time, where a text has told this one already."""
    spare = stored.fresh
    if spare is not None and spare.state is not ReminderState.FINISHED:
        spare.state = ReminderState.FINISHED
        spare.next_run_at = None
        spare.why = "a text has told this time already"
        spare.touch()
        session.add(spare)
