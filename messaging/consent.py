"""Consent: whether a number may be texted, and the ledger of how that came to be.

Consent belongs to the phone, not to the name beside it. The caller of every change holds the recipient's lock,
so a change that is committed before a text is marked `sending` always wins.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, or_, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.transition import change_status
from models import clock
from models.account import Account
from models.base import table_of
from models.contact import Contact
from models.database import signal
from models.event import Actor, record
from models.message import UNSENT, Kind, Message, Status
from models.recipient import EVERY_SENDER, Consent, ConsentChange, ConsentSource, ConsentState, Recipient

_messages = table_of(Message)
_consents = table_of(Consent)

_STOPPED = select(_consents.c.recipient_id, _consents.c.sender).where(
    _consents.c.recipient_id.in_(bindparam("recipients", expanding=True)),
    _consents.c.state == ConsentState.UNSUBSCRIBED,
)

# 47 CFR 64.1200(a)(12): one confirmation of an opt-out, within five minutes of it.
OPT_OUT_CONFIRMATION = timedelta(minutes=5)
# What a person stopped, the person can start again; what others stopped for them, they cannot.
_LIFTED_BY_START = (ConsentSource.KEYWORD, ConsentSource.AGENT, ConsentSource.CARRIER)


async def is_unsubscribed(session: AsyncSession, recipient_id: str, sender: str) -> bool:
    """Tell whether texts from this sender to this recipient are forbidden."""
    return bool(await unsubscribed_of(session, [(recipient_id, sender)]))


async def unsubscribed_of(session: AsyncSession, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs (recipient, sender) of these that are forbidden."""
    found = await session.execute(_STOPPED, {"recipients": list({recipient for recipient, _ in pairs})})
    stopped = {(recipient, sender) for recipient, sender in found.all()}
    if not stopped:
        return set()
    return {
        (recipient, sender)
        for recipient, sender in pairs
        if (recipient, EVERY_SENDER) in stopped or (recipient, sender) in stopped
    }


async def unsubscribe(
    session: AsyncSession,
    recipient: Recipient,
    *,
    sender: str = EVERY_SENDER,
    source: ConsentSource,
    message_id: str | None = None,
    by: Actor,
) -> bool:
    """Record an opt-out and block what is queued; return whether anything changed.

    sender: whose texts end; by default every sender's of the account.
    """
    standing = await session.get(Consent, (recipient.id, sender))
    if standing is not None and standing.state is ConsentState.UNSUBSCRIBED:
        return False
    await _set(session, recipient, sender, ConsentState.UNSUBSCRIBED, source, message_id, by)
    queued = select(_messages.c.id).where(
        _messages.c.recipient_id == recipient.id,
        _messages.c.status.in_(UNSENT),
        _messages.c.kind != Kind.CONSENT_REPLY,
    )
    if sender != EVERY_SENDER:
        queued = queued.where(_messages.c.from_number == sender)
    ids = (await session.execute(queued)).scalars().all()
    await change_status(session, ids, Status.BLOCKED, by=by, note="the person unsubscribed")
    return True


async def subscribe(
    session: AsyncSession,
    recipient: Recipient,
    *,
    sender: str,
    source: ConsentSource,
    message_id: str | None = None,
    by: Actor,
) -> bool:
    """Lift the opt-outs that this source may lift, towards this sender and all; return whether any was lifted.

    A person's START lifts what the person stopped, never an opt-out by staff, API or import.
    """
    query = select_rows(Consent).where(
        Consent.recipient_id == recipient.id,
        Consent.state == ConsentState.UNSUBSCRIBED,
        or_(col(Consent.sender) == EVERY_SENDER, col(Consent.sender) == sender),
    )
    lifted = False
    for standing in (await session.exec(query)).all():
        by_the_person = source in _LIFTED_BY_START
        if by_the_person and standing.source not in _LIFTED_BY_START:
            continue
        await _set(session, recipient, standing.sender, ConsentState.SUBSCRIBED, source, message_id, by)
        lifted = True
    return lifted


def scope_of(account: Account, sender: str) -> str:
    """Return whose texts a person's STOP to this sender ends, by the account's `opt_out_scope`."""
    return sender if account.opt_out_scope == "sender" else EVERY_SENDER


async def _set(
    session: AsyncSession,
    recipient: Recipient,
    sender: str,
    state: ConsentState,
    source: ConsentSource,
    message_id: str | None,
    by: Actor,
) -> None:
    now = clock.now()
    await session.merge(Consent(recipient_id=recipient.id, sender=sender, state=state, source=source, at=now))
    session.add(
        ConsentChange(
            account_id=recipient.account_id,
            recipient_id=recipient.id,
            sender=sender,
            state=state,
            source=source,
            message_id=message_id,
            at=now,
        )
    )
    await session.flush()
    query = select_rows(Contact.id).where(
        Contact.account_id == recipient.account_id,
        Contact.phone_number == recipient.phone_number,
        col(Contact.deleted_at).is_(None),
    )
    contacts: list[str | None] = list((await session.exec(query)).all())
    # Two people may share the phone; each hears of it. A number without a contact is told once.
    for contact_id in contacts or [None]:
        record(
            session,
            "contact.unsubscribed" if state is ConsentState.UNSUBSCRIBED else "contact.resubscribed",
            account_id=recipient.account_id,
            by=by,
            contact_id=contact_id,
            message_id=message_id,
            payload={
                "object": "consent",
                "contact_id": contact_id,
                "phone_number": recipient.phone_number,
                "sender": sender or None,
                "state": state,
                "source": source,
                "at": now.isoformat().replace("+00:00", "Z"),
            },
        )
    signal(session, "events")
