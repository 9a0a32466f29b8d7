"""Making new appointments with their people and their texts, and storing many at once.

Rows and not objects: an object of the ORM costs more to make than all the rest of a booking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from appointments.cancelling import cancel_locked
from appointments.checking import Checked
from appointments.contacts import enter_contact, update_known
from appointments.correcting import NOT_WANTED, end_correction, open_correction
from appointments.deadline import overdue_instant
from appointments.desk import Desk
from appointments.lines import Line
from appointments.locking import Locked
from appointments.notice import Notify
from appointments.plan_book import columns_of, lines_asked_for, status_of
from appointments.plan_jobs import Row, job_columns, new_job, to_the_contact
from appointments.planning import Occasion, Planned, hours_of, plan
from appointments.recording import open_items_of, record_created
from appointments.replanning import note_skip
from appointments.senders import no_sender
from appointments.telling import may_leave_at
from messaging.local_time import zone
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.base import table_of
from models.contact import Contact
from models.database import signal
from models.ids import new_id
from models.phone_number import PhoneNumber
from models.plan import Plan
from models.reminder import Reminder

_appointments, _reminders = table_of(Appointment), table_of(Reminder)


@dataclass(frozen=True, slots=True)
class Booked:
    """A new appointment that is not stored yet, and the jobs of its texts, as rows."""

    row: Row
    contact: Contact
    texts: list[tuple[Row, Planned]]


async def create(desk: Desk, checked: Checked) -> Booked:
    """Make a new appointment. Nothing is touched before all that may be wrong was looked at.

    Raises NotFound, NotPermitted, Invalid.
    """
    cadence = desk.plans.asked_for(checked)
    number = desk.senders.choose(agent_id=checked.agent_id, from_number=checked.from_number)
    asked_for_none = not lines_asked_for(checked, cadence, None)
    status = status_of(checked, cadence)
    assert checked.starts_at is not None, "checked: a booking has a start"
    awaited = status is Visit.SCHEDULED and checked.starts_at > clock.now()
    if number is None and awaited and not asked_for_none:
        raise no_sender()
    replaced = None if checked.replaces is None else desk.replaced(checked.replaces)
    contact = await _contact(desk, checked)
    row = _row(desk, checked, contact, number, cadence, status)
    told_at = await _take_place(desk, checked, replaced, row, contact) if awaited else None
    if number is None or asked_for_none:
        return Booked(row, contact, [])
    lines = lines_asked_for(checked, cadence, contact.language)
    return Booked(row, contact, _texts(desk, lines, row, contact, number, told_at))


async def store(desk: Desk, booked: Sequence[Booked]) -> dict[str, Appointment]:
    """Store new appointments in the order of what refers to what, with their events; return them by id."""
    session = desk.session
    await session.flush()
    if not booked:
        return {}
    await session.exec(_appointments.insert(), params=[one.row for one in booked])
    jobs = [job for one in booked for job, _ in one.texts]
    if jobs:
        await session.exec(_reminders.insert(), params=jobs)
    query = select(Appointment).where(col(Appointment.id).in_([one.row["id"] for one in booked]))
    stored = {appointment.id: appointment for appointment in (await session.exec(query)).all()}
    for one in booked:
        for job, planned in one.texts:
            await note_skip(session, stored[one.row["id"]], job["id"], planned)
    flagged = [one.row["id"] for one in booked if any(planned.forbidden for _, planned in one.texts)]
    items = await open_items_of(session, flagged)
    await record_created(session, [stored[one.row["id"]] for one in booked], items, by=desk.by)
    signal(session, "reminders", "overdue")
    return stored


async def _contact(desk: Desk, checked: Checked) -> Contact:
    if checked.contact_id is not None:
        return desk.book.named(checked.contact_id)
    assert checked.contact is not None, "checked: a booking names somebody"
    known = desk.book.find(checked.contact)
    if known is None:
        return enter_contact(desk.session, desk.account.id, desk.book, checked.contact)
    await update_known(desk.session, desk.account, desk.book, known, checked.contact, by=desk.by)
    return known


async def _take_place(
    desk: Desk, checked: Checked, replaced: Appointment | None, row: Row, contact: Contact
) -> datetime | None:
    """Let a new visit stand for one that was cancelled a moment ago, or that it replaces: it is told as one move.

    Returns when (UTC) that is told, None where nothing is.
    """
    if replaced is not None:
        whose = await desk.contact_of(replaced)
        if replaced.status is Visit.SCHEDULED:
            locked = Locked(desk.account, replaced, whose)
            await cancel_locked(desk.session, locked, by=desk.by, notice=checked.notice)
        correction = await open_correction(desk.session, replaced.id)
    else:
        correction = await desk.cancelled_lately(contact.id, row["patient_name"])
    if correction is None:
        return None
    if checked.notice.notify is Notify.NEVER:
        end_correction(desk.session, correction, NOT_WANTED)
        return None
    correction.replaced_by = row["id"]
    correction.touch()
    desk.session.add(correction)
    hours = hours_of(desk.account, contact)
    return may_leave_at(hours, correction.due_at, (correction.old_start, row["starts_at"]))


def _row(
    desk: Desk, checked: Checked, contact: Contact, number: PhoneNumber | None, cadence: Plan | None, status: Visit
) -> Row:
    now, by = clock.now(), str(desk.by)
    answered = checked.confirmation not in (None, Confirmation.PENDING)
    settled = status is not Visit.SCHEDULED
    said = {**_NOTHING_SAID, **columns_of(cadence, checked), **checked.columns}
    return {
        "id": new_id("appt"),
        "account_id": desk.account.id,
        "contact_id": contact.id,
        "agent_id": number.agent_id if number is not None else checked.agent_id,
        "phone_number_id": number.id if number is not None else None,
        "starts_at": checked.starts_at,
        "timezone": checked.timezone,
        "external_id": checked.external_id,
        "external_version": checked.external_version,
        "metadata": checked.merged({}),
        "confirmation": checked.confirmation or Confirmation.PENDING,
        "confirmation_at": now if answered else None,
        "confirmation_by": by if answered else None,
        "status": status,
        "status_at": now if settled else None,
        "status_by": by if settled else None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
        **said,
        "overdue_at": overdue_instant(said["confirm_by"], checked.starts_at, checked.timezone),
    }


# Every row of one INSERT has the same columns.
_NOTHING_SAID: dict[str, Any] = dict.fromkeys(
    (
        "duration_minutes",
        "service",
        "provider",
        "location",
        "patient_name",
        "patient_external_id",
        "confirm_by",
        "on_overdue",
    )
)


def _texts(
    desk: Desk,
    lines: Sequence[Line],
    row: Row,
    contact: Contact,
    number: PhoneNumber,
    told_at: datetime | None,
) -> list[tuple[Row, Planned]]:
    occasion = Occasion(row["starts_at"], zone(row["timezone"]), hours_of(desk.account, contact))
    address = to_the_contact(contact, number)
    texts: list[tuple[Row, Planned]] = []
    for planned in plan(lines, occasion, now=clock.now(), told_at=told_at):
        columns = job_columns(planned, address, timezone=row["timezone"], status=row["status"])
        texts.append((new_job(desk.account.id, row["id"], columns, row["created_at"]), planned))
    return texts
