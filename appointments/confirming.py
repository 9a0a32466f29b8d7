"""What the person has said about coming: who said it, when, and what may follow what.

Each function locks the number and the appointment, is repeated without effect, and records its event in the
caller's transaction. While the answer is no, or a wish for another time, later texts are held: the gate reads
`models.appointment.HOLDS_TEXTS`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.locking import lock_appointment
from appointments.recording import record_change, snapshot
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason, close_items, open_item
from models.contact import TAKES_NO_TEXTS, Contact, Reachability
from models.errors import Conflict
from models.event import REPLY, SYSTEM, Actor

# What an answer settles. A wish for another time stands until it is granted or taken back.
_SETTLED_BY_ANSWER = frozenset(
    {
        Reason.UNCLEAR_REPLY,
        Reason.RESCHEDULE_REQUESTED,
        Reason.MAY_WANT_TO_CANCEL,
        Reason.UNREACHABLE,
        Reason.CONFIRMATION_OVERDUE,
        Reason.CHANGED_MIND,
    }
)
_EVENTS = {
    Confirmation.PENDING: "updated",
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.DECLINED: "declined",
    Confirmation.RESCHEDULE_REQUESTED: "reschedule_requested",
    Confirmation.UNREACHABLE: "unreachable",
}


@dataclass(frozen=True, slots=True)
class RequestedTime:
    """A wished time: the person's words and, where they can be read, a half-open window of UTC instants."""

    text: str
    start: datetime | None = None
    end: datetime | None = None


async def confirm(
    session: AsyncSession, account_id: str, appointment_id: str, *, by: Actor, expected_version: int | None = None
) -> tuple[Appointment, bool]:
    """Note that the person comes; return the appointment and whether that was new.

    Raises NotFound, Overtaken, and Conflict where the visit is cancelled or over.
    """
    locked = await lock_appointment(session, account_id, appointment_id, expected_version=expected_version)
    changed = await set_confirmation(session, locked.appointment, Confirmation.CONFIRMED, by=by)
    return locked.appointment, changed


async def request_reschedule(
    session: AsyncSession, account_id: str, appointment_id: str, wish: RequestedTime, *, by: Actor
) -> tuple[Appointment, bool]:
    """Note that the person wishes another time, and flag it; a second wish replaces the first.

    Returns the appointment and whether anything was new. Raises like `confirm`.
    """
    locked = await lock_appointment(session, account_id, appointment_id)
    appointment = locked.appointment
    changed = await set_confirmation(session, appointment, Confirmation.RESCHEDULE_REQUESTED, by=by, wish=wish)
    return appointment, changed


async def mark_unreachable(
    session: AsyncSession, account_id: str, appointment_id: str, *, note: str | None = None
) -> tuple[Appointment, bool]:
    """Note that the person's number takes no texts, where nothing was answered yet, and flag it.

    Returns the appointment and whether that was new: an answer that was given stays.
    """
    locked = await lock_appointment(session, account_id, appointment_id)
    appointment = locked.appointment
    if appointment.status is not Visit.SCHEDULED or appointment.confirmation is not Confirmation.PENDING:
        return appointment, False
    await _flag(session, appointment, Reason.UNREACHABLE, note=note)
    return appointment, await set_confirmation(session, appointment, Confirmation.UNREACHABLE, by=SYSTEM)


async def note_lateness(
    session: AsyncSession, account_id: str, appointment_id: str, minutes: int | None, *, by: Actor
) -> tuple[Appointment, bool]:
    """Note how late the person expects to be, and flag it; return the appointment and whether that was new."""
    locked = await lock_appointment(session, account_id, appointment_id)
    appointment = locked.appointment
    await _flag(session, appointment, Reason.RUNNING_LATE)
    if minutes is None or appointment.late_minutes == minutes:
        return appointment, False
    before = snapshot(appointment)
    appointment.late_minutes = minutes
    await record_change(session, "updated", appointment, before, by=by)
    return appointment, True


async def set_confirmation(
    session: AsyncSession,
    appointment: Appointment,
    to: Confirmation,
    *,
    by: Actor,
    wish: RequestedTime | None = None,
) -> bool:
    """Change the confirmation of a locked appointment and record it; return whether anything changed.

    Raises Conflict where the visit is cancelled (`appointment_already_cancelled`) or over (`invalid_transition`).
    """
    require_not_cancelled(appointment)
    if appointment.confirmation is to and (wish is None or not _is_new(appointment, wish)):
        return False
    if appointment.status is not Visit.SCHEDULED:
        raise Conflict(
            "invalid_transition",
            f"The appointment is {_said(appointment.status)}: its confirmation can no longer become {_said(to)}.",
        )
    before = snapshot(appointment)
    put_confirmation(appointment, to, by=by, wish=wish)
    if by == REPLY:
        await _note_reached(session, appointment)
    if to is Confirmation.RESCHEDULE_REQUESTED:
        await _flag(session, appointment, Reason.RESCHEDULE_REQUESTED)
    if to is not Confirmation.UNREACHABLE:
        kept = {Reason.RESCHEDULE_REQUESTED} if to is Confirmation.RESCHEDULE_REQUESTED else set()
        await close(session, appointment, _SETTLED_BY_ANSWER - kept, by=by)
    await record_change(session, _EVENTS[to], appointment, before, by=by)
    return True


def put_confirmation(
    appointment: Appointment, to: Confirmation, *, by: Actor, wish: RequestedTime | None = None
) -> None:
    """Write a confirmation with who and when, and the wish that goes with it; the caller records it."""
    appointment.confirmation = to
    appointment.confirmation_at = clock.now()
    appointment.confirmation_by = str(by)
    appointment.requested_text = wish.text if wish else None
    appointment.requested_from = wish.start if wish else None
    appointment.requested_to = wish.end if wish else None


async def close(
    session: AsyncSession, appointment: Appointment, reasons: Collection[Reason], *, by: Actor
) -> None:
    """Close the appointment's open items of these reasons: what they asked for has come."""
    await close_items(session, appointment.account_id, reasons, by=by, appointment_id=appointment.id)


def require_not_cancelled(appointment: Appointment) -> None:
    """Raise Conflict where the appointment is cancelled."""
    if appointment.status is Visit.CANCELLED:
        raise Conflict(
            "appointment_already_cancelled",
            'The appointment is cancelled: reopen it first, with POST …/reopen or "status": "scheduled".',
        )


async def _note_reached(session: AsyncSession, appointment: Appointment) -> None:
    """An answer proves that the person's number takes texts after all."""
    contact = await session.get_one(Contact, appointment.contact_id)
    if contact.reachability in TAKES_NO_TEXTS:
        contact.reachability = Reachability.OK
        contact.touch()
        session.add(contact)
        await close_items(session, contact.account_id, (Reason.UNREACHABLE,), by=REPLY, contact_id=contact.id)


async def _flag(
    session: AsyncSession, appointment: Appointment, reason: Reason, *, note: str | None = None
) -> None:
    await open_item(
        session,
        appointment.account_id,
        reason,
        appointment_id=appointment.id,
        contact_id=appointment.contact_id,
        note=note,
    )


def _is_new(appointment: Appointment, wish: RequestedTime) -> bool:
    standing = (appointment.requested_text, appointment.requested_from, appointment.requested_to)
    return standing != (wish.text, wish.start, wish.end)


def _said(word: str) -> str:
    return word.replace("_", " ")
