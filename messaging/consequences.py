"""What a carrier's code means beyond its text: for consent, for the person's number, for ours, and for staff."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.codes import (
    NOT_REGISTERED,
    OPTED_OUT,
    PHONE_OFF,
    WRONG_CREDENTIALS,
    code_entry,
)
from messaging.consent import scope_of, unsubscribe
from messaging.local_time import to_local, zone
from messaging.recipients import lock_recipient
from models.account import Account
from models.attention import Reason, open_item
from models.contact import Contact, Reachability
from models.database import signal
from models.event import CARRIER
from models.message import Direction, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import ConsentSource

DAYS_OFF = 3
MOST_LOOKED_AT = 50


async def follow_code(session: AsyncSession, row: Mapping[str, Any], code: str) -> None:
    """Carry out what a final code says about more than its message; `row` is a row of `messages`."""
    if code == OPTED_OUT:
        await _record_opt_out(session, row)
        return
    entry = code_entry(code)
    if entry.reachability is not None:
        await _note_reachability(session, row, entry.reachability, entry.meaning)
    elif code == PHONE_OFF and await _is_off_for_days(session, row):
        note = f"The phone was off for {DAYS_OFF} texts on {DAYS_OFF} days."
        await _note_reachability(session, row, Reachability.UNREACHABLE, note)
    if code in (WRONG_CREDENTIALS, NOT_REGISTERED):
        number = await session.get(PhoneNumber, row["phone_number_id"], with_for_update={"key_share": True})
        assert number is not None
        if code == WRONG_CREDENTIALS:
            number.stopped_reason = code
        else:
            number.a2p_registered = False
        number.touch()
        session.add(number)
    if entry.staff:
        await open_item(
            session,
            row["account_id"],
            Reason.CARRIER_TROUBLE,
            phone_number_id=row["phone_number_id"],
            message_id=row["id"],
            note=f"{code}: {entry.meaning} {entry.advice}",
        )


async def _is_off_for_days(session: AsyncSession, row: Mapping[str, Any]) -> bool:
    """Tell whether the last texts to a number found its phone off on three days, none delivered in between."""
    account = await session.get_one(Account, row["account_id"])
    query = (
        select(Message.status, Message.error_code, Message.attempt_started_at, Message.created_at)
        .where(
            Message.recipient_id == row["recipient_id"],
            Message.direction == Direction.OUTBOUND,
            col(Message.status).in_((Status.DELIVERED, Status.UNDELIVERED)),
        )
        .order_by(func.coalesce(Message.attempt_started_at, Message.created_at).desc())
        .limit(MOST_LOOKED_AT)
    )
    days = set()
    for status, code, started_at, created_at in (await session.exec(query)).all():
        if status is Status.DELIVERED:
            break
        if code == PHONE_OFF:
            days.add(to_local(started_at or created_at, zone(account.timezone)).date())
    return len(days) >= DAYS_OFF


async def _record_opt_out(session: AsyncSession, row: Mapping[str, Any]) -> None:
    account = await session.get(Account, row["account_id"])
    assert account is not None
    recipient = await lock_recipient(session, row["account_id"], row["to_number"])
    await unsubscribe(
        session,
        recipient,
        sender=scope_of(account, row["from_number"]),
        source=ConsentSource.CARRIER,
        message_id=row["id"],
        by=CARRIER,
    )


async def _note_reachability(
    session: AsyncSession, row: Mapping[str, Any], reachability: Reachability, meaning: str
) -> None:
    contact = await session.get(Contact, row["contact_id"]) if row["contact_id"] else None
    if contact is None or contact.phone_number != row["to_number"]:
        return
    if contact.reachability != reachability:
        contact.reachability = reachability
        signal(session, "unreachable")
        contact.touch()
        session.add(contact)
    await open_item(
        session,
        row["account_id"],
        Reason.UNREACHABLE,
        appointment_id=row["appointment_id"],
        contact_id=contact.id,
        message_id=row["id"],
        note=meaning,
    )
