"""Showing what a reminder job would send, and when, without storing anything."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.first_text import introduced, is_first
from messaging.local_time import zone
from messaging.segments import UCS_2, count_segments
from messaging.wording import Wording, word
from models import clock
from models.account import Account
from models.base import rfc3339
from models.owned import owned
from models.reminder import Reminder
from scheduler.job_checking import check
from scheduler.job_context import Address, read_context, read_links
from scheduler.job_fields import Written
from scheduler.job_plan import Coming, Row, coming, placing_row
from scheduler.job_recording import row_of
from scheduler.jobs import new_job

PREVIEWED = 10


async def preview_job(session: AsyncSession, account_id: str, written: Written) -> dict[str, Any]:
    """Return the text of a job with today's values, what it costs, warnings, and its next ten instants.

    Reads only. Raises what `create_job` raises for a job that cannot be made.
    """
    account = await session.get_one(Account, account_id)
    job = check(written, account_timezone=account.timezone)
    context = await read_context(session, account_id, [job], lock=False)
    new = new_job(job, context, clock.now())
    wording = await _as_it_leaves(session, new.row, account, new.address)
    cost = count_segments(wording.text)
    warnings = list(new.warnings)
    if cost.encoding == UCS_2:
        warnings.append(
            f"{' '.join(cost.forcing[:10])} is not in GSM-7: a segment holds 70 characters instead of 160."
        )
    placing = placing_row(new.row, account, new.address.link)
    return {
        "object": "reminder_preview",
        "kind": new.row["kind"],
        "to": new.row["to_number"],
        "from_number": new.row["from_number"],
        "text": wording.text,
        "characters": len(wording.text),
        "encoding": cost.encoding,
        "segments": cost.segments,
        "forces_ucs2": list(cost.forcing),
        "missing_variables": list(wording.missing),
        "warnings": warnings,
        "why": new.row["why"],
        "next": [coming_object(one, placing) for one in coming(placing, PREVIEWED)],
    }


async def next_of_job(
    session: AsyncSession, account_id: str, reminder_id: str, count: int
) -> list[dict[str, Any]]:
    """Return the next `count` texts of a stored job, as they will leave. Raises NotFound."""
    reminder = await owned(session, Reminder, reminder_id, account_id=account_id, kind="reminder")
    account = await session.get_one(Account, account_id)
    links = await read_links(session, account_id, [reminder.appointment_id] if reminder.appointment_id else [])
    row = placing_row(row_of(reminder), account, links.get(reminder.appointment_id or ""))
    return [coming_object(one, row) for one in coming(row, count)]


def coming_object(text: Coming, row: Row) -> dict[str, Any]:
    """Return a text to come as the API shows it; `local` is on the clock of the job, with its offset."""
    return {
        "at": rfc3339(text.at),
        "nominal_at": rfc3339(text.nominal_at),
        "local": (text.at or text.nominal_at).astimezone(zone(row["timezone"])).isoformat(),
        "why": text.why,
    }


async def _as_it_leaves(session: AsyncSession, row: Row, account: Account, address: Address) -> Wording:
    """Fill a job's message, with the line that the first text of a sender to a number bears."""
    wording = _worded(row, account, address)
    if not account.first_text_footer or not await is_first(
        session, account.id, row["to_number"], row["from_number"]
    ):
        return wording
    language = address.link.contact.language if address.link else None
    return introduced(wording, account_name=account.name, language=language)


def _worded(row: Row, account: Account, address: Address) -> Wording:
    """Fill a job's message with what is true now."""
    if "{{" not in row["message"]:
        return Wording(row["message"], ())
    appointment = address.link.appointment if address.link else None
    contact = address.link.contact if address.link else None
    return word(
        {
            "template": row["message"],
            "metadata": row["metadata"],
            "account_name": account.name,
            "contact_name": contact.name if contact else None,
            "contact_timezone": contact.timezone if contact else None,
            "language": contact.language if contact else None,
            "patient_name": appointment.patient_name if appointment else None,
            "starts_at": appointment.starts_at if appointment else None,
            "visit_timezone": appointment.timezone if appointment else None,
            "service": appointment.service if appointment else None,
            "provider": appointment.provider if appointment else None,
            "location": appointment.location if appointment else None,
            "visit_metadata": appointment.custom if appointment else None,
        }
    )
