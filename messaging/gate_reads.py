"""What the gate reads of texts that are due, and in which order it locks: numbers, then visits, then texts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.first_text import is_automatic
from messaging.gate_rules import keeps_hours
from models.account import Account
from models.appointment import Appointment
from models.base import table_of
from models.columns import UtcDateTime
from models.contact import Contact
from models.message import IS_UNSENT, UNSENT, Direction, Message
from models.phone_number import PhoneNumber
from models.recipient import Recipient
from models.reminder import Reminder

_m, _n, _a = table_of(Message), table_of(PhoneNumber), table_of(Account)
_v, _c, _r = table_of(Appointment), table_of(Contact), table_of(Reminder)
_recipients = table_of(Recipient)

CANDIDATES = (
    select(_m.c.id, _m.c.recipient_id)
    .join(_n, _n.c.id == _m.c.phone_number_id)
    .where(
        IS_UNSENT,
        _m.c.next_attempt_at <= bindparam("now", type_=UtcDateTime),
        _n.c.stopped_reason.is_(None),
    )
    .order_by(_m.c.next_attempt_at)
    .limit(bindparam("limit", type_=Integer))
)
LOCKS = (
    select(_recipients.c.id)
    .where(_recipients.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_recipients.c.id)
    .with_for_update(skip_locked=True, key_share=True)
)
VISITS = (
    select(_v.c.id)
    .where(
        _v.c.id.in_(
            select(_m.c.appointment_id).where(_m.c.id.in_(bindparam("ids", expanding=True))).scalar_subquery()
        )
    )
    .order_by(_v.c.id)
    .with_for_update(read=True)
)
_BASE = (
    select(
        *(
            _m.c[name]
            for name in (
                "id",
                "account_id",
                "kind",
                "created_at",
                "recipient_id",
                "phone_number_id",
                "from_number",
                "to_number",
                "body",
                "template",
                "any_hour",
                "due_at",
                "expires_at",
                "appointment_id",
                "contact_id",
                "reminder_id",
            )
        ),
        _n.c.carrier,
        _n.c.twilio_sid,
        _n.c.twilio_token_encrypted,
        _n.c.max_per_second,
        _n.c.stopped_reason,
        _n.c.deleted_at.label("number_deleted_at"),
        _recipients.c.held_since,
    )
    .join(_n, _n.c.id == _m.c.phone_number_id)
    .join(_recipients, _recipients.c.id == _m.c.recipient_id)
    .where(
        _m.c.id.in_(bindparam("ids", expanding=True)),
        _m.c.status.in_(UNSENT),
        _m.c.direction == Direction.OUTBOUND,
    )
    .order_by(_m.c.next_attempt_at)
    .with_for_update(of=_m)
)
# What only a text about a visit, with variables, or within hours needs to know; most texts need none of it.
_AROUND = (
    select(
        _m.c.id,
        _m.c.metadata,
        _a.c.name.label("account_name"),
        _a.c.timezone.label("account_timezone"),
        _a.c.sending_hours,
        _a.c.skip_holidays,
        _a.c.first_text_footer,
        _v.c.status.label("visit_status"),
        _v.c.confirmation,
        _v.c.starts_at,
        _v.c.timezone.label("visit_timezone"),
        _v.c.service,
        _v.c.provider,
        _v.c.location,
        _v.c.patient_name,
        _v.c.metadata.label("visit_metadata"),
        _c.c.name.label("contact_name"),
        _c.c.timezone.label("contact_timezone"),
        _c.c.language,
        _c.c.phone_number.label("contact_number"),
        _c.c.reachability,
        _r.c.only_if,
    )
    .join(_a, _a.c.id == _m.c.account_id)
    .outerjoin(_v, _v.c.id == _m.c.appointment_id)
    .outerjoin(_c, _c.c.id == _m.c.contact_id)
    .outerjoin(_r, _r.c.id == _m.c.reminder_id)
    .where(_m.c.id.in_(bindparam("ids", expanding=True)))
)


async def read_rows(session: AsyncSession, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of these texts, locked, with what stands around them where it matters."""
    rows = [row._asdict() for row in (await session.execute(_BASE, {"ids": ids})).all()]
    around = [
        row for row in rows if row["appointment_id"] or row["template"] or is_automatic(row) or keeps_hours(row)
    ]
    if around:
        found = (await session.execute(_AROUND, {"ids": [row["id"] for row in around]})).all()
        known = {row.id: row._asdict() for row in found}
        for row in around:
            row.update(known[row["id"]])
    return rows
