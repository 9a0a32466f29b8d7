"""Finding appointments: the filters of the list, and what is shown beside each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from appointments.recording import open_items_of
from appointments.shape import appointment_object, contact_summary
from messaging.local_time import BadTime, parse_bound, zone
from models.account import Account
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Attention
from models.contact import Contact, fold_name
from models.errors import Fault, Faults, Invalid, NotFound
from models.owned import owned
from models.phone_number import PhoneNumber

# A country's code has one to three digits; people leave it out.
_COUNTRY_CODES = ("+", "+_", "+__", "+___")
_FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of appointments is narrowed to; None: not by this.

    start, end: a half-open range of starts, each an instant or a date in the account's zone, as text.
    q: the start of a word of the name, of the phone's digits, or of the external id.
    """

    status: Visit | None = None
    confirmation: Confirmation | None = None
    needs_attention: bool | None = None
    start: str | None = None
    end: str | None = None
    provider: str | None = None
    location: str | None = None
    external_id: str | None = None
    contact_id: str | None = None
    q: str | None = None


def appointments_of(account: Account, filters: Filters) -> SelectOfScalar[Appointment]:
    """Return the query of an account's appointments that pass the filters. Raises Faults for a bad range."""
    conditions: list[ColumnElement[bool]] = [col(Appointment.account_id) == account.id]
    for name in ("status", "confirmation", "provider", "location", "external_id", "contact_id"):
        value = getattr(filters, name)
        if value is not None:
            conditions.append(getattr(Appointment, name) == value)
    conditions += _range(account, filters)
    if filters.needs_attention is not None:
        flagged = exists().where(
            col(Attention.appointment_id) == col(Appointment.id), col(Attention.resolved_at).is_(None)
        )
        conditions.append(flagged if filters.needs_attention else ~flagged)
    if filters.q is not None and filters.q.strip():
        conditions.append(_matches(account.id, filters.q.strip()))
    return select(Appointment).where(*conditions)


async def get_appointment(session: AsyncSession, account_id: str, appointment_id: str) -> Appointment:
    """Return an account's appointment. Raises NotFound."""
    return await owned(session, Appointment, appointment_id, account_id=account_id, kind="appointment")


async def find_by_external_id(session: AsyncSession, account_id: str, external_id: str) -> Appointment:
    """Return the appointment that another system calls `external_id`. Raises NotFound."""
    query = select(Appointment).where(Appointment.account_id == account_id, Appointment.external_id == external_id)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound("appointment", external_id)
    return found


async def shown(session: AsyncSession, appointments: Sequence[Appointment]) -> list[dict[str, Any]]:
    """Return appointments as answers show them: each with its contact, its sender and its open items."""
    await session.flush()
    items = await open_items_of(session, [one.id for one in appointments])
    contacts = select(Contact).where(col(Contact.id).in_({one.contact_id for one in appointments}))
    people = {contact.id: contact for contact in (await session.exec(contacts)).all()}
    senders = select(PhoneNumber.id, PhoneNumber.phone_number).where(
        col(PhoneNumber.id).in_({one.phone_number_id for one in appointments if one.phone_number_id})
    )
    numbers = dict((await session.exec(senders)).all())
    return [
        {
            **appointment_object(one, attention=items[one.id]),
            "from_number": numbers.get(one.phone_number_id or ""),
            "contact": contact_summary(people[one.contact_id]),
        }
        for one in appointments
    ]


def _range(account: Account, filters: Filters) -> list[ColumnElement[bool]]:
    place = zone(account.timezone)
    conditions: list[ColumnElement[bool]] = []
    faults: list[Fault] = []
    for param, written in (("from", filters.start), ("to", filters.end)):
        if written is None:
            continue
        try:
            bound = parse_bound(written, place)
        except BadTime as error:
            faults.append(Invalid("invalid_parameter", f"{param} is wrong: {error}.", param=param))
            continue
        starts_at = col(Appointment.starts_at)
        conditions.append(starts_at >= bound if param == "from" else starts_at < bound)
    if faults:
        raise Faults(faults)
    return conditions


def _matches(account_id: str, q: str) -> ColumnElement[bool]:
    name = _literal(fold_name(q) or "")
    patient = func.lower(col(Appointment.patient_name))
    folded = col(Contact.name_folded)
    people = [
        folded.like(f"{name}%", escape="\\"),
        folded.like(f"% {name}%", escape="\\"),
    ]
    digits = re.sub(r"\D", "", q)
    if len(digits) >= _FEWEST_DIGITS and not re.search(r"[^\W\d_]", q):
        people += [col(Contact.phone_number).like(f"{code}{digits}%") for code in _COUNTRY_CODES]
    meant = select(Contact.id).where(Contact.account_id == account_id, or_(*people))
    return or_(
        col(Appointment.contact_id).in_(meant),
        patient.like(f"{name}%", escape="\\"),
        patient.like(f"% {name}%", escape="\\"),
        col(Appointment.external_id).like(f"{_literal(q)}%", escape="\\"),
    )


def _literal(text: str) -> str:
    """Return a text in which no character is a wildcard of LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)
