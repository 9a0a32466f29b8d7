"""What a person should look at: one open item a reason and a subject."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, func, text, update
from sqlmodel import Field, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import Stored, rfc3339
from models.columns import UtcDateTime, word
from models.database import signal
from models.event import SYSTEM, Actor, record
from models.ids import new_id
from models.message import UNSENT, Message
from models.recipient import HELD_LOOK, Recipient


class Reason(StrEnum):
    """Why a person should look."""

    UNCLEAR_REPLY = "unclear_reply"
    QUESTION = "question"
    RESCHEDULE_REQUESTED = "reschedule_requested"
    CHANGED_MIND = "changed_mind"
    MAY_WANT_TO_CANCEL = "may_want_to_cancel"
    LATE_REPLY = "late_reply"
    REPLY_AFTER_RELEASE = "reply_after_release"
    OUTSIDE_REPLY_WINDOW = "outside_reply_window"
    RUNNING_LATE = "running_late"
    WRONG_NUMBER = "wrong_number"
    UNREACHABLE = "unreachable"
    CONFIRMATION_OVERDUE = "confirmation_overdue"
    OPTED_OUT = "opted_out"
    MAY_WANT_TO_OPT_OUT = "may_want_to_opt_out"
    EMERGENCY_WORDS = "emergency_words"
    AGENT_FAILED = "agent_failed"
    REMINDER_SKIPPED = "reminder_skipped"
    CARRIER_TROUBLE = "carrier_trouble"
    WEBHOOK_DISABLED = "webhook_disabled"


_OPEN = text("resolved_at IS NULL")


class Attention(Stored, table=True):
    """An item of the needs-attention list. `resolved_by` is written like `confirmation_by`, or is `system`."""

    __tablename__ = "attention"
    __table_args__ = (
        Index("ix_attention_account", "account_id", "opened_at", "id"),
        Index("ix_attention_appointment", "appointment_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: str = Field(default_factory=lambda: new_id("att"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    reason: Reason = Field(sa_type=word(Reason))
    appointment_id: str | None = None
    contact_id: str | None = None
    message_id: str | None = None
    phone_number_id: str | None = None
    recipient_id: str | None = None
    note: str | None = None
    opened_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str | None = None


async def open_item(
    session: AsyncSession,
    account_id: str,
    reason: Reason,
    *,
    appointment_id: str | None = None,
    contact_id: str | None = None,
    message_id: str | None = None,
    phone_number_id: str | None = None,
    recipient_id: str | None = None,
    note: str | None = None,
) -> Attention:
    """Open an item, or return the one that is open already for the same reason and subject.

    recipient_id: the number whose texts are held while the item is open.
    """
    subject = (
        Attention.account_id == account_id,
        Attention.reason == reason,
        Attention.appointment_id == appointment_id,
        # An item about a visit is one item, whoever of a shared phone it came from.
        True if appointment_id is not None else Attention.contact_id == contact_id,
        Attention.phone_number_id == phone_number_id,
        col(Attention.resolved_at).is_(None),
    )
    standing = (await session.exec(select(Attention).where(*subject).limit(1))).first()
    if standing is not None:
        if message_id is not None and standing.message_id != message_id:
            standing.message_id = message_id
            standing.touch()
            session.add(standing)
        return standing
    item = Attention(
        account_id=account_id,
        reason=reason,
        appointment_id=appointment_id,
        contact_id=contact_id,
        message_id=message_id,
        phone_number_id=phone_number_id,
        recipient_id=recipient_id,
        note=note,
        opened_at=clock.now(),
    )
    session.add(item)
    await session.flush()
    _record(session, item, "attention.opened", SYSTEM)
    return item


async def close_items(
    session: AsyncSession,
    account_id: str,
    reasons: Collection[Reason],
    *,
    by: Actor,
    appointment_id: str | None = None,
    contact_id: str | None = None,
    phone_number_id: str | None = None,
) -> None:
    """Resolve the open items of these reasons about the subject given; the cause has gone."""
    subject: list[ColumnElement[bool]] = [col(Attention.reason).in_(reasons), col(Attention.resolved_at).is_(None)]
    for column, value in (
        (Attention.appointment_id, appointment_id),
        (Attention.contact_id, contact_id),
        (Attention.phone_number_id, phone_number_id),
    ):
        if value is not None:
            subject.append(col(column) == value)
    query = select(Attention).where(Attention.account_id == account_id, *subject)
    for item in (await session.exec(query)).all():
        await resolve(session, item, by=by)


async def resolve(session: AsyncSession, item: Attention, *, by: Actor) -> None:
    """Resolve one item, and let go the texts it held; one resolved already stays as it is."""
    if item.resolved_at is not None:
        return
    item.resolved_at = clock.now()
    item.resolved_by = str(by)
    item.touch()
    session.add(item)
    if item.recipient_id is not None:
        recipient = await session.get_one(Recipient, item.recipient_id)
        recipient.held_since = None
        session.add(recipient)
        await _let_go(session, recipient)
    _record(session, item, "attention.resolved", by)


async def _let_go(session: AsyncSession, recipient: Recipient) -> None:
    """Make the texts that were held due at once, and leave alone those that wait for a later instant."""
    now = clock.now()
    await session.exec(
        update(Message)
        .where(
            col(Message.recipient_id) == recipient.id,
            col(Message.status).in_(UNSENT),
            col(Message.next_attempt_at).between(now, now + HELD_LOOK),
            func.coalesce(col(Message.due_at), col(Message.created_at)) <= now,
        )
        .values(next_attempt_at=now)
    )
    signal(session, "messages")


def attention_object(item: Attention) -> dict[str, Any]:
    """Return an item as the API shows it; instants are RFC 3339 in UTC."""
    return {
        "object": "attention",
        "id": item.id,
        "attention_id": item.id,
        "reason": item.reason,
        "appointment_id": item.appointment_id,
        "contact_id": item.contact_id,
        "message_id": item.message_id,
        "phone_number_id": item.phone_number_id,
        "note": item.note,
        "opened_at": rfc3339(item.opened_at),
        "resolved_at": rfc3339(item.resolved_at),
        "resolved_by": item.resolved_by,
        "created_at": rfc3339(item.created_at),
        "updated_at": rfc3339(item.updated_at),
        "version": item.version,
    }


def _record(session: AsyncSession, item: Attention, type: str, by: Actor) -> None:
    record(
        session,
        type,
        account_id=item.account_id,
        by=by,
        appointment_id=item.appointment_id,
        contact_id=item.contact_id,
        message_id=item.message_id,
        payload=attention_object(item),
    )
    signal(session, "events")
