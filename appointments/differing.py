"""What a change would change: found without touching anything."""

from dataclasses import dataclass
from datetime import datetime

from appointments.checking import Checked
from appointments.contacts import what_changes
from appointments.default_plan import in_language
from appointments.desk import Desk
from appointments.lines import Line
from appointments.plan_book import cancels, columns_of, lines_asked_for
from appointments.senders import no_sender
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.contact import Contact
from models.plan import Plan

Column = str | int | datetime | dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between an appointment and what is asked of it.

    names: the changed fields as the API names them. columns: new values by column. contact: whom it is with from
    now on, None for somebody new. lines: the new texts. status, confirmation, lines: None: it stays.
    by_decline: the plan cancels the visit, since the person cannot come.
    """

    names: tuple[str, ...]
    columns: dict[str, Column]
    contact: Contact | None
    lines: tuple[Line, ...] | None
    status: Visit | None
    confirmation: Confirmation | None
    by_decline: bool = False

    @property
    def moved(self) -> bool:
        """Whether the visit is at another time."""
        return "starts_at" in self.names

    @property
    def relocated(self) -> bool:
        """Whether the visit is at another place."""
        return "location" in self.names

    @property
    def is_edit(self) -> bool:
        """Whether more than the status and the confirmation changes."""
        return bool(set(self.names) - {"status", "confirmation"})

    @property
    def bears_on_texts(self) -> bool:
        """Whether texts have to be worked out again."""
        bearing = {"starts_at", "timezone", "contact", "contact_id", "from_number", "agent_id", "reminders"}
        return self.lines is not None or bool(bearing & set(self.names))


async def difference(desk: Desk, appointment: Appointment, contact: Contact, checked: Checked) -> Difference:
    """Compare an appointment with what is asked of it. Raises NotFound, NotPermitted, Invalid."""
    names: list[str] = []
    columns: dict[str, Column] = {}
    found, contact_names = _contact(desk, contact, checked)
    names += contact_names
    cadence = desk.plans.asked_for(checked) if _PLANNING & checked.given else None
    for name, value in _wanted(appointment, checked, cadence).items():
        if getattr(appointment, name) != value:
            columns[name] = value
            names.append(_API_NAMES.get(name, name))
    _sender(desk, appointment, checked, names, columns)
    lines = await _lines(desk, appointment, found or contact, checked, cadence)
    if lines is not None and ("plan_id" not in names or checked.lines is not None):
        names.append("reminders")
    status = checked.status if checked.status not in (None, appointment.status) else None
    confirmation = checked.confirmation if checked.confirmation not in (None, appointment.confirmation) else None
    on_decline = columns.get("on_decline", appointment.on_decline)
    by_decline = confirmation is not None and cancels(checked, on_decline)
    if by_decline and appointment.status is Visit.SCHEDULED:
        status = Visit.CANCELLED
    names += [name for name, value in (("status", status), ("confirmation", confirmation)) if value is not None]
    return Difference(tuple(dict.fromkeys(names)), columns, found, lines, status, confirmation, by_decline)


# A change that names one of these says by what the appointment is planned from now on.
_PLANNING = {"plan_id", "reminders"}
_API_NAMES = {"custom": "metadata", "patient_name": "patient", "patient_external_id": "patient"}


def _wanted(appointment: Appointment, checked: Checked, cadence: Plan | None) -> dict[str, Column]:
    wanted: dict[str, Column] = {}
    if _PLANNING & checked.given and appointment.plan_id != (cadence.id if cadence is not None else None):
        wanted |= columns_of(cadence, checked)
    if checked.starts_at is not None:
        wanted["starts_at"] = checked.starts_at
    if checked.timezone is not None:
        wanted["timezone"] = checked.timezone
    wanted |= checked.columns
    if "external_id" in checked.given:
        wanted["external_id"] = checked.external_id
    if "metadata" in checked.given:
        wanted["custom"] = checked.merged(appointment.custom)
    return wanted


def _contact(desk: Desk, contact: Contact, checked: Checked) -> tuple[Contact | None, list[str]]:
    """Return whom it is with from now on, None for somebody new, and what that changes."""
    if checked.contact_id is not None:
        named = desk.book.named(checked.contact_id)
        return named, ["contact_id"] if named.id != contact.id else []
    if checked.contact is None:
        return contact, []
    # Somebody who was erased does not come back by being named again.
    found = desk.book.find(checked.contact, standing=contact if contact.deleted_at is None else None)
    if found is None:
        return None, ["contact_id"]
    names = ["contact_id"] if found.id != contact.id else []
    return found, [*names, "contact"] if what_changes(found, checked.contact) else names


def _sender(
    desk: Desk, appointment: Appointment, checked: Checked, names: list[str], columns: dict[str, Column]
) -> None:
    if checked.agent_id is None and checked.from_number is None:
        return
    standing = desk.senders.of_id(appointment.phone_number_id)
    if checked.from_number is None and standing is not None and standing.agent_id == checked.agent_id:
        return
    number = desk.senders.choose(agent_id=checked.agent_id, from_number=checked.from_number)
    assert number is not None, "a sender was named"
    if number.id != appointment.phone_number_id:
        names.append("from_number")
        columns["phone_number_id"] = number.id
    if number.agent_id != appointment.agent_id:
        names.append("agent_id")
        columns["agent_id"] = number.agent_id


async def _lines(
    desk: Desk, appointment: Appointment, contact: Contact, checked: Checked, cadence: Plan | None
) -> tuple[Line, ...] | None:
    """Return the texts asked for where they are others than those that stand.

    An appointment that is planned by a plan already keeps what that said then.
    """
    if not _PLANNING & checked.given or (cadence is not None and cadence.id == appointment.plan_id):
        return None
    wanted = lines_asked_for(checked, cadence, contact.language)
    standing = {one.line for one in await desk.plan_of(appointment) if one.to_other is None}
    if standing == {in_language(line, None) for line in wanted}:
        return None
    awaits_texts = wanted and (checked.starts_at or appointment.starts_at) > clock.now()
    if awaits_texts and desk.senders.of_id(appointment.phone_number_id) is None and not desk.senders.numbers:
        raise no_sender()
    return wanted
