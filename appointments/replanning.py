"""Putting an appointment's plan into reminder jobs, and moving them when something it hangs on changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.default_plan import in_language
from appointments.lines import Line
from appointments.plan_jobs import Row, as_before, job_columns, new_job, to_the_contact
from appointments.plan_rows import StoredLine, stored_lines
from appointments.planning import Occasion, Planned, hours_of, plan
from appointments.stopping import take_off
from messaging.local_time import zone
from messaging.withdraw import withdraw_unsent
from models import clock
from models.account import Account
from models.appointment import Appointment, Visit
from models.attention import Reason, open_item
from models.base import rfc3339, table_of
from models.contact import Contact
from models.database import signal
from models.event import SYSTEM, Actor, record
from models.message import Kind
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderState

_reminders = table_of(Reminder)

MOVED = "the visit moved"


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
    told_at: datetime | None = None,
) -> None:
    """Work an appointment's texts out again, after its time, its person, its sender or its plan changed.

    lines: the new plan, None for the one it has. moved: what is queued names a time that no longer holds.
    told_at: when (UTC) a correction tells of the change. Texts that left are never sent again for the same time.
    The caller holds the appointment's lock.
    """
    await session.flush()
    stored = (await stored_lines(session, [appointment.id], lock=True))[appointment.id]
    if moved:
        await _void(session, appointment, stored, by=by)
        stored = (await stored_lines(session, [appointment.id]))[appointment.id]
    by_line = {entry.line: entry for entry in stored if entry.to_other is None}
    wanted = by_line.keys() if lines is None else dict.fromkeys(in_language(line, None) for line in lines)
    for line, entry in by_line.items():
        if line not in wanted:
            await take_off(session, entry.reminders, by=by)
    for entry in stored:
        if entry.to_other is not None:
            await _retime(session, account, appointment, entry)
    await session.flush()
    signal(session, "reminders")
    if number is None:
        return
    told = [line for line in wanted if line in by_line and by_line[line].is_told(appointment.starts_at)]
    # Another plan does not ask at once what a text of the one before has asked.
    asked = any(line.asks for line in told) or any(
        line.asks and entry.has_left(appointment.starts_at)
        for line, entry in by_line.items()
        if line not in wanted
    )
    planned = plan(
        [in_language(line, contact.language) for line in wanted if line not in told],
        Occasion(
            appointment.starts_at,
            zone(appointment.timezone),
            hours_of(account, contact),
            appointment.created_at,
        ),
        now=clock.now(),
        may_ask_at_once=not asked,
        settle=settle,
        told_at=told_at,
        told_before=[
            in_language(line, contact.language) for line in wanted if line in by_line and by_line[line].texts
        ],
        waiting=[
            in_language(line, contact.language)
            for line in wanted
            if line.at_booking and line in by_line and by_line[line].waits
        ],
    )
    address = to_the_contact(contact, number)
    for one in planned:
        columns = job_columns(one, address, timezone=appointment.timezone, status=appointment.status)
        await _put(session, by_line.get(in_language(one.line, None)), one, columns, appointment)
    for line in told:
        _end_spare(session, by_line[line])
    await session.flush()


async def note_skip(session: AsyncSession, appointment: Appointment, reminder_id: str, planned: Planned) -> None:
    """Tell of a text that will not be sent though its time is to come, and flag what staff should know."""
    to_come = planned.forbidden or planned.nominal_at >= clock.now()
    if planned.at is not None or not to_come or appointment.status is not Visit.SCHEDULED:
        return
    record(
        session,
        "reminder.skipped",
        account_id=appointment.account_id,
        by=SYSTEM,
        appointment_id=appointment.id,
        contact_id=appointment.contact_id,
        reminder_id=reminder_id,
        payload={"occurrence": rfc3339(planned.nominal_at), "why": planned.why},
        note=planned.why,
    )
    if planned.forbidden:
        await open_item(
            session,
            appointment.account_id,
            Reason.REMINDER_SKIPPED,
            appointment_id=appointment.id,
            contact_id=appointment.contact_id,
            note=planned.why,
        )


async def _put(
    session: AsyncSession, standing: StoredLine | None, planned: Planned, columns: Row, appointment: Appointment
) -> None:
    """Write what was worked out into the line's job that has sent nothing yet, else into a new one.

    One that a person paused stays paused. A line whose time has passed keeps the job that says what became of it.
    """
    fresh = standing.fresh if standing is not None else []
    if not fresh:
        if standing is None or planned.at is not None or planned.nominal_at >= clock.now():
            if standing is not None:
                columns |= _of_its_maker(standing.reminders[-1])
            job = new_job(appointment.account_id, appointment.id, columns, clock.now())
            await session.exec(_reminders.insert().values(job))
            await note_skip(session, appointment, job["id"], planned)
        return
    for one in fresh:
        is_history = one.state is ReminderState.FINISHED and one.nominal_at == planned.nominal_at
        if is_history and planned.at is None:
            continue
        stays_paused = one.state is ReminderState.PAUSED and columns["state"] is ReminderState.ACTIVE
        for column, value in columns.items():
            setattr(one, column, value)
        if stays_paused:
            one.state = ReminderState.PAUSED
        one.touch()
        session.add(one)
        await note_skip(session, appointment, one.id, planned)


async def _retime(session: AsyncSession, account: Account, appointment: Appointment, standing: StoredLine) -> None:
    """Move the jobs of a line that go to somebody else's number, such as a relative's, with their visit."""
    if standing.is_told(appointment.starts_at):
        _end_spare(session, standing)
        return
    hours = hours_of(account, Contact(account_id=account.id, phone_number=standing.to_other))
    occasion = Occasion(appointment.starts_at, zone(appointment.timezone), hours, appointment.created_at)
    waiting = [standing.line] if standing.line.at_booking and standing.waits else []
    [planned] = plan([standing.line], occasion, now=clock.now(), may_ask_at_once=False, waiting=waiting)
    columns = job_columns(
        planned,
        as_before(standing.reminders[-1]),
        timezone=appointment.timezone,
        status=appointment.status,
    )
    # Its own words, which may be those of the built-in plan in a language of their own.
    columns["message"] = standing.reminders[-1].message
    await _put(session, standing, planned, columns, appointment)


async def _void(
    session: AsyncSession, appointment: Appointment, stored: Sequence[StoredLine], *, by: Actor
) -> None:
    for one in stored:
        for reminder in one.queued:
            await withdraw_unsent(session, reminder_id=reminder.id, why=MOVED, by=by)
    kinds = (Kind.CORRECTION, Kind.CANCELLATION, Kind.REPLY)
    await withdraw_unsent(session, appointment_id=appointment.id, kinds=kinds, why=MOVED, by=by)


def _of_its_maker(reminder: Reminder) -> Row:
    """What whoever made a line's job said of it besides the line."""
    return {"misfire_grace": reminder.misfire_grace, "metadata": reminder.custom}


def _end_spare(session: AsyncSession, stored: StoredLine) -> None:
    """End the job of a line that was planned for another time, where a text has told this one already."""
    for spare in stored.fresh:
        if spare.state is ReminderState.FINISHED:
            continue
        spare.state = ReminderState.FINISHED
        spare.next_run_at = None
        spare.why = "a text has told this time already"
        spare.touch()
        session.add(spare)
