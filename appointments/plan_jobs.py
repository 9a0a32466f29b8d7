"""The reminder job that carries one line of an appointment's plan, as a row of `reminders`."""

from datetime import datetime
from typing import Any

from appointments.planning import NO_NUMBER, Planned
from models.contact import Contact
from models.ids import new_id
from models.phone_number import PhoneNumber
from models.reminder import ReminderKind, ReminderState

Row = dict[str, Any]


def job_columns(planned: Planned, contact: Contact, number: PhoneNumber, timezone: str) -> Row:
    """Return what was worked out of a text, by column; without a number to text it ends with the reason."""
    at, why = planned.at, planned.why
    if contact.phone_number is None:
        at, why = None, why or NO_NUMBER
    line = planned.line
    return {
        "state": ReminderState.ACTIVE if at is not None else ReminderState.FINISHED,
        "agent_id": number.agent_id,
        "phone_number_id": number.id,
        "from_number": number.phone_number,
        "to_number": contact.phone_number or "",
        "message": line.message,
        "before": line.before,
        "at_local": line.at,
        "only_if": list(line.only_if),
        "any_hour": line.any_hour,
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
