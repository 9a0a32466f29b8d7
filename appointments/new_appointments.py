"""Making new appointments with their people and their texts, and storing many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from appointments.checking import Checked
from appointments.confirming import put_confirmation
from appointments.contacts import enter_contact, update_known
from appointments.default_plan import default_lines
from appointments.desk import Desk
from appointments.differing import require_known_plan
from appointments.lines import Line
from appointments.planning import Planned
from appointments.recording import open_items_of, record_appointment
from appointments.replanning import first_plan, note_skip
from appointments.senders import no_sender
from appointments.stopping import STOPPED_BECAUSE
from appointments.visiting import put_visit
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.contact import Contact
from models.database import signal
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderState


@dataclass(frozen=True, slots=True)
class Booked:
    """A new appointment that is not stored yet, with the jobs of its texts."""

    appointment: Appointment
    contact: Contact
    texts: list[tuple[Reminder, Planned]]


async def create(desk: Desk, checked: Checked) -> Booked:
    """Make a new appointment. Nothing is touched before all that may be wrong was looked at.

    Raises NotFound, NotPermitted, Invalid.
    """
    require_known_plan(checked)
    number = desk.senders.choose(agent_id=checked.agent_id, from_number=checked.from_number)
    asked_for_none = checked.lines == ()
    assert checked.starts_at is not None, "checked: a booking has a start"
    awaited = checked.status in (None, Visit.SCHEDULED) and checked.starts_at > clock.now()
    if number is None and awaited and not asked_for_none:
        raise no_sender()
    contact = await _contact(desk, checked)
    appointment = _appointment(desk, checked, contact, number)
    texts: list[tuple[Reminder, Planned]] = []
    if number is not None and not asked_for_none:
        lines = checked.lines if checked.lines is not None else default_lines(contact.language)
        texts = _texts(desk, appointment, contact, number, lines)
    return Booked(appointment, contact, texts)


async def store(desk: Desk, booked: Sequence[Booked]) -> None:
    """Store new appointments in the order of what refers to what, and their events."""
    session = desk.session
    await session.flush()
    if not booked:
        return
    session.add_all([one.appointment for one in booked])
    await session.flush()
    session.add_all([reminder for one in booked for reminder, _ in one.texts])
    await session.flush()
    for one in booked:
        for reminder, planned in one.texts:
            await note_skip(session, reminder, planned, one.contact)
    skipping = [one.appointment.id for one in booked if any(planned.forbidden for _, planned in one.texts)]
    items = await open_items_of(session, skipping)
    for one in booked:
        attention = items.get(one.appointment.id, ())
        record_appointment(session, "created", one.appointment, attention=attention, by=desk.by)
    await session.flush()
    signal(session, "reminders")


async def _contact(desk: Desk, checked: Checked) -> Contact:
    if checked.contact_id is not None:
        return desk.book.named(checked.contact_id)
    assert checked.contact is not None, "checked: a booking names somebody"
    known = desk.book.find(checked.contact)
    if known is None:
        return enter_contact(desk.session, desk.account.id, desk.book, checked.contact)
    await update_known(desk.session, desk.account, desk.book, known, checked.contact, by=desk.by)
    return known


def _appointment(desk: Desk, checked: Checked, contact: Contact, number: PhoneNumber | None) -> Appointment:
    assert checked.starts_at is not None
    assert checked.timezone is not None, "checked: a booking has a zone"
    appointment = Appointment(
        account_id=desk.account.id,
        contact_id=contact.id,
        agent_id=number.agent_id if number is not None else checked.agent_id,
        phone_number_id=number.id if number is not None else None,
        starts_at=checked.starts_at,
        timezone=checked.timezone,
        external_id=checked.external_id,
        external_version=checked.external_version,
        custom=checked.merged({}),
    )
    for column, value in checked.columns.items():
        setattr(appointment, column, value)
    if checked.confirmation not in (None, Confirmation.PENDING):
        put_confirmation(appointment, checked.confirmation, by=desk.by)
    if checked.status not in (None, Visit.SCHEDULED):
        put_visit(appointment, checked.status, by=desk.by)
    return appointment


def _texts(
    desk: Desk, appointment: Appointment, contact: Contact, number: PhoneNumber, lines: Sequence[Line]
) -> list[tuple[Reminder, Planned]]:
    texts = first_plan(desk.account, appointment, contact, number, lines)
    if appointment.status is not Visit.SCHEDULED:
        for reminder, _ in texts:
            reminder.state = ReminderState.CANCELLED
            reminder.next_run_at = None
            reminder.why = STOPPED_BECAUSE[appointment.status]
    return texts
