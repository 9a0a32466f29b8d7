"""How appointments, contacts and reminder jobs are shown: in answers, in events and to webhooks."""

from collections.abc import Sequence
from typing import Any

from models.appointment import Appointment
from models.attention import Attention, attention_object
from models.base import rfc3339
from models.contact import Contact
from models.recipient import ConsentState
from models.reminder import Reminder


def appointment_object(appointment: Appointment, *, attention: Sequence[Attention]) -> dict[str, Any]:
    """Return an appointment as the API shows it; instants are RFC 3339 in UTC, `attention` its open items."""
    return {
        "object": "appointment",
        "id": appointment.id,
        "appointment_id": appointment.id,
        "external_id": appointment.external_id,
        "external_version": appointment.external_version,
        "contact_id": appointment.contact_id,
        "patient": _patient(appointment),
        "starts_at": rfc3339(appointment.starts_at),
        "timezone": appointment.timezone,
        "duration_minutes": appointment.duration_minutes,
        "service": appointment.service,
        "provider": appointment.provider,
        "location": appointment.location,
        "agent_id": appointment.agent_id,
        "phone_number_id": appointment.phone_number_id,
        "plan_id": appointment.plan_id,
        "confirmation": appointment.confirmation,
        "confirmation_at": rfc3339(appointment.confirmation_at),
        "confirmation_by": appointment.confirmation_by,
        "confirm_by": appointment.confirm_by,
        "on_overdue": appointment.on_overdue,
        "on_decline": appointment.on_decline,
        "requested_time": _requested_time(appointment),
        "late_minutes": appointment.late_minutes,
        "status": appointment.status,
        "status_at": rfc3339(appointment.status_at),
        "status_by": appointment.status_by,
        "attention": [attention_object(item) for item in attention],
        "metadata": appointment.custom,
        "created_at": rfc3339(appointment.created_at),
        "updated_at": rfc3339(appointment.updated_at),
        "version": appointment.version,
    }


def contact_summary(contact: Contact) -> dict[str, Any]:
    """Return what an answer about an appointment says of its contact."""
    return {
        "contact_id": contact.id,
        "external_id": contact.external_id,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "timezone": contact.timezone,
        "language": contact.language,
        "reachability": contact.reachability,
    }


def contact_object(contact: Contact, *, consent: ConsentState) -> dict[str, Any]:
    """Return a contact as the API shows it; `consent` is that of its number towards the whole account."""
    return {
        "object": "contact",
        "id": contact.id,
        **contact_summary(contact),
        "consent": consent,
        "metadata": contact.custom,
        "created_at": rfc3339(contact.created_at),
        "updated_at": rfc3339(contact.updated_at),
        "version": contact.version,
    }


def reminder_object(reminder: Reminder) -> dict[str, Any]:
    """Return a reminder job as the API shows it; instants are RFC 3339 in UTC, null where it does not apply."""
    return {
        "object": "reminder",
        "id": reminder.id,
        "reminder_id": reminder.id,
        "kind": reminder.kind,
        "state": reminder.state,
        "agent_id": reminder.agent_id,
        "phone_number_id": reminder.phone_number_id,
        "from": reminder.from_number,
        "to": reminder.to_number or None,
        "message": reminder.message,
        "appointment_id": reminder.appointment_id,
        "send_at": rfc3339(reminder.send_at),
        "before": reminder.before,
        "business_days": reminder.business_days,
        "on": "booked" if reminder.at_booking else None,
        "at": reminder.at_local,
        "cron": reminder.cron,
        "timezone": reminder.timezone,
        "starts_at": rfc3339(reminder.starts_at),
        "ends_at": rfc3339(reminder.ends_at),
        "max_occurrences": reminder.max_occurrences,
        "occurrences": reminder.occurrences,
        "only_if": reminder.only_if,
        "any_hour": reminder.any_hour,
        "misfire_grace": reminder.misfire_grace,
        "nominal_at": rfc3339(reminder.nominal_at),
        "next_run_at": rfc3339(reminder.next_run_at),
        "last_run_at": rfc3339(reminder.last_run_at),
        "why": reminder.why,
        "metadata": reminder.custom,
        "created_at": rfc3339(reminder.created_at),
        "updated_at": rfc3339(reminder.updated_at),
        "version": reminder.version,
    }


def _patient(appointment: Appointment) -> dict[str, Any] | None:
    if appointment.patient_name is None and appointment.patient_external_id is None:
        return None
    return {"name": appointment.patient_name, "external_id": appointment.patient_external_id}


def _requested_time(appointment: Appointment) -> dict[str, Any] | None:
    if appointment.requested_text is None:
        return None
    return {
        "text": appointment.requested_text,
        "from": rfc3339(appointment.requested_from),
        "to": rfc3339(appointment.requested_to),
    }
