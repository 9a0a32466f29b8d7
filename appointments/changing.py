"""Changing an appointment: what differs is found first, refused as a whole or carried out as a whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.cancelling import cancel_locked
from appointments.checking import Checked, check, is_older
from appointments.confirming import close, put_confirmation, require_not_cancelled, set_confirmation
from appointments.contacts import enter_contact, update_known
from appointments.correcting import note_change
from appointments.deadline import overdue_instant
from appointments.desk import Desk
from appointments.differing import Difference, difference
from appointments.fields import Asked
from appointments.find import find_by_external_id
from appointments.locking import Locked, require_version
from appointments.notice import OWN_WISH, Notice
from appointments.recording import record_change, snapshot
from appointments.replanning import replan
from appointments.visiting import put_visit, require_allowed, set_visit
from models.account import Account
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason
from models.contact import Contact
from models.database import signal
from models.errors import Conflict, NotFound
from models.event import Actor

# A visit at another time is another question to the person; what was asked about the old time is settled.
_SETTLED_BY_MOVE = (
    Reason.RESCHEDULE_REQUESTED,
    Reason.CHANGED_MIND,
    Reason.MAY_WANT_TO_CANCEL,
    Reason.RUNNING_LATE,
    Reason.CONFIRMATION_OVERDUE,
    Reason.REMINDER_SKIPPED,
)


_BEAR_ON_DEADLINE = {"starts_at", "timezone", "confirm_by"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a booking or a change. changed: field names. stale: it was older than what is stored."""

    appointment: Appointment
    contact: Contact
    created: bool = False
    changed: tuple[str, ...] = ()
    stale: bool = False


async def change_appointment(
    session: AsyncSession,
    account_id: str,
    appointment_id: str,
    asked: Asked,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> Outcome:
    """Change an appointment by its id: what is absent stays, null clears, lists are replaced.

    Raises NotFound, Overtaken, Faults, NotPermitted, and Conflict where the state forbids it.
    """
    account = await session.get_one(Account, account_id)
    standing = await session.get(Appointment, appointment_id)
    if standing is None or standing.account_id != account_id:
        raise NotFound("appointment", appointment_id)
    checked = check(asked, account_timezone=account.timezone, standing=standing)
    desk = await Desk.open(
        session,
        account,
        by=by,
        people=[checked.contact] if checked.contact else [],
        contact_ids=[checked.contact_id] if checked.contact_id else [],
        appointment_ids=[appointment_id],
    )
    appointment = desk.appointments[appointment_id]
    require_version(appointment, expected_version)
    if "external_id" in asked.fields and checked.external_id not in (None, appointment.external_id):
        await _require_free(session, appointment, checked.external_id)
    return await change(desk, appointment, checked)


async def change_by_external_id(
    session: AsyncSession,
    account_id: str,
    external_id: str,
    asked: Asked,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> Outcome:
    """Change the appointment that another system calls `external_id`. Raises like `change_appointment`."""
    standing = await find_by_external_id(session, account_id, external_id)
    return await change_appointment(
        session, account_id, standing.id, asked, by=by, expected_version=expected_version
    )


async def change(desk: Desk, appointment: Appointment, checked: Checked) -> Outcome:
    """Change a locked appointment as asked; nothing is touched where the state forbids any part of it."""
    contact = await desk.contact_of(appointment)
    version, stored = checked.external_version, appointment.external_version
    if version is not None and stored is not None and is_older(version, stored):
        return Outcome(appointment, contact, stale=True)
    what = await difference(desk, appointment, contact, checked)
    if appointment.status is Visit.CANCELLED and checked.status is not Visit.SCHEDULED:
        if what.names:
            require_not_cancelled(appointment)
        return Outcome(appointment, contact)
    _require_possible(appointment, what)
    if what.names:
        contact = await _carry_out(desk, appointment, contact, checked, what)
    if version is not None and version != appointment.external_version:
        appointment.external_version = version
        desk.session.add(appointment)
        await desk.session.flush()
    return Outcome(appointment, contact, changed=what.names)


def _require_possible(appointment: Appointment, what: Difference) -> None:
    """Raise Conflict before anything is touched, where some part of a change cannot follow the present state."""
    if what.status is not None:
        require_allowed(appointment, what.status)
    awaited = appointment.status is Visit.SCHEDULED or what.status is Visit.SCHEDULED
    if what.confirmation is not None and not awaited:
        raise Conflict(
            "invalid_transition",
            f"The appointment is {appointment.status.replace('_', ' ')}: its confirmation can no longer change.",
            param="confirmation",
        )


async def _carry_out(
    desk: Desk, appointment: Appointment, contact: Contact, checked: Checked, what: Difference
) -> Contact:
    session, by = desk.session, desk.by
    before = snapshot(appointment)
    contact = await _settle_contact(desk, appointment, contact, checked, what)
    old_start = appointment.starts_at
    for column, value in what.columns.items():
        setattr(appointment, column, value)
    reopened = what.status is Visit.SCHEDULED
    if reopened or _BEAR_ON_DEADLINE & set(what.names):
        appointment.overdue_at = overdue_instant(
            appointment.confirm_by, appointment.starts_at, appointment.timezone
        )
        signal(session, "overdue")
    was_cancelled = appointment.status is Visit.CANCELLED
    if reopened:
        put_visit(appointment, Visit.SCHEDULED, by=by)
    asks_anew = was_cancelled or ((what.moved or what.relocated) and not checked.keep_confirmation)
    is_answered = appointment.confirmation is not Confirmation.PENDING
    if asks_anew and is_answered and what.confirmation is None and appointment.status is Visit.SCHEDULED:
        put_confirmation(appointment, Confirmation.PENDING, by=by)
    if what.moved:
        await close(session, appointment, _SETTLED_BY_MOVE, by=by)
    told_at = None
    if what.moved or was_cancelled:
        told_at = await note_change(
            session,
            desk.account,
            appointment,
            contact,
            old_start=old_start,
            notice=checked.notice,
            by=by,
        )
    if reopened or what.bears_on_texts:
        await _replan(desk, appointment, contact, what, checked.notice, told_at)
    if reopened or what.is_edit:
        type = "reopened" if reopened else "rescheduled" if what.moved else "updated"
        await record_change(session, type, appointment, before, by=by)
    if what.confirmation is not None:
        await set_confirmation(session, appointment, what.confirmation, by=by)
    if what.status is Visit.CANCELLED:
        notice = OWN_WISH if what.by_decline else checked.notice
        await cancel_locked(session, Locked(desk.account, appointment, contact), by=by, notice=notice)
        desk.forget_cancelled()
    elif what.status is not None and not reopened:
        await set_visit(session, Locked(desk.account, appointment, contact), what.status, by=by)
    return contact


async def _settle_contact(
    desk: Desk, appointment: Appointment, contact: Contact, checked: Checked, what: Difference
) -> Contact:
    """Make or bring up to date whom the appointment is with from now on."""
    if what.contact is None and checked.contact is not None:
        contact = enter_contact(desk.session, desk.account.id, desk.book, checked.contact)
        await desk.session.flush()
    elif what.contact is not None and checked.contact is not None:
        contact = what.contact
        await update_known(
            desk.session,
            desk.account,
            desk.book,
            contact,
            checked.contact,
            by=desk.by,
            except_appointment=appointment.id,
        )
    elif what.contact is not None:
        contact = what.contact
    appointment.contact_id = contact.id
    return contact


async def _replan(
    desk: Desk,
    appointment: Appointment,
    contact: Contact,
    what: Difference,
    notice: Notice,
    told_at: datetime | None,
) -> None:
    number = desk.senders.of_id(appointment.phone_number_id)
    if number is None and what.lines:
        number = desk.senders.choose(agent_id=None, from_number=None)
        appointment.phone_number_id = number.id if number is not None else None
        appointment.agent_id = number.agent_id if number is not None else appointment.agent_id
    await replan(
        desk.session,
        desk.account,
        appointment,
        contact,
        number,
        by=desk.by,
        lines=what.lines,
        moved=what.moved,
        settle=notice.settles_for(desk.account) if what.moved else timedelta(0),
        told_at=told_at,
    )


async def _require_free(session: AsyncSession, appointment: Appointment, external_id: str | None) -> None:
    query = select(Appointment.id).where(
        Appointment.account_id == appointment.account_id, Appointment.external_id == external_id
    )
    if (await session.exec(query)).first() is not None:
        raise Conflict("external_id_taken", "Another appointment has this external_id.", param="external_id")
