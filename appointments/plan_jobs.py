"""The reminder job that carries one line of an appointment's plan, as a row of `reminders`."""

from datetime import datetime
from typing import Any

from appointments.planning import NO_NUMBER, Planned
from appointments.stopping import STOPPED_BECAUSE
from models.appointment import Visit
from models.contact import Contact
from models.ids import new_id
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderKind, ReminderState

Row = dict[str, Any]


def to_the_contact(contact: Contact, number: PhoneNumber) -> Row:
    """Return the columns that say whom a visit's own texts go to, and from where."""
    return {
        "agent_id": number.agent_id,
        "phone_number_id": number.id,
        "from_number": number.phone_number,
        "to_number": contact.phone_number or "",
        "to_contact": True,
    }


def as_before(reminder: Reminder) -> Row:
    """Return the columns of a job that goes where it always did, such as to a relative's number."""
    return {
        "agent_id": reminder.agent_id,
        "phone_number_id": reminder.phone_number_id,
        "from_number": reminder.from_number,
        "to_number": reminder.to_number,
        "to_contact": False,
    }


def job_columns(planned: Planned, address: Row, *, timezone: str, status: Visit) -> Row:
    """Return what was worked out of a text, by column.

    timezone, status: the visit's. One that nobody awaits, or whose person has no phone, sends nothing.
    """
    at, why = planned.at, planned.why
    if status is not Visit.SCHEDULED:
        state, at, why = ReminderState.CANCELLED, None, STOPPED_BECAUSE[status]
    elif not address["to_number"]:
        state, at, why = ReminderState.FINISHED, None, why or NO_NUMBER
    else:
        state = ReminderState.ACTIVE if at is not None else ReminderState.FINISHED
    line = planned.line
    return {
        **address,
        "state": state,
        "stopped": state is ReminderState.CANCELLED,
        "message": line.message,
        "texts": dict(line.texts) or None,
        "before": line.before,
        "business_days": line.business_days,
        "at_booking": line.at_booking,
        "at_local": line.at,
        "only_if": list(line.only_if),
        "any_hour": line.any_hour,
        "move": line.move,
        "timezone": timezone,
        "nominal_at": planned.nominal_at,
        "next_run_at": at,
        "why": why,
    }


def new_job(account_id: str, appointment_id: str, columns: Row, now: datetime) -> Row:
    """Return a new job with these columns, whole."""
    return {
        "id": new_id("rem"),
        "account_id": account_id,
        "kind": ReminderKind.RELATIVE,
        "appointment_id": appointment_id,
        "occurrences": 0,
        "metadata": {},
        "created_at": now,
        "updated_at": now,
        "version": 1,
        **columns,
    }
