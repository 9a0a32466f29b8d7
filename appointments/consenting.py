"""A contact's consent: what it is, how it came to be, and changing it for them.

Consent belongs to the number; two contacts who share a phone share it.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.shape import contact_object
from messaging.consent import subscribe, unsubscribe
from messaging.recipients import find_recipient, lock_recipient
from models.base import rfc3339
from models.contact import Contact, Reachability
from models.errors import Invalid
from models.event import Actor
from models.recipient import EVERY_SENDER, Consent, ConsentChange, ConsentSource, ConsentState, Recipient

# What is known of a number that may still be texted gives way to the fact that its owner wants no texts.
_HIDDEN_BY_OPT_OUT = (Reachability.UNKNOWN, Reachability.OK)
_MOST_CHANGES = 100


async def contact_objects(session: AsyncSession, contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """Return contacts of one account as the API shows them, each with the consent of its number."""
    contacts = list(contacts)
    stopped = await _stopped(session, contacts)
    return [_shown(contact, is_stopped=contact.phone_number in stopped) for contact in contacts]


async def contact_with_history(session: AsyncSession, contact: Contact) -> dict[str, Any]:
    """Return one contact with every change of its number's consent, newest first (the last 100)."""
    [shown] = await contact_objects(session, [contact])
    shown["consent_history"] = await _history(session, contact)
    return shown


async def set_consent(session: AsyncSession, contact: Contact, state: ConsentState, *, by: Actor) -> None:
    """Stop or allow texts to a contact's number on the word of a program.

    The number's lock is the transaction's first, or held already. Raises Invalid for a contact without a number.
    """
    if contact.phone_number is None:
        raise Invalid(
            "invalid_parameter", "consent is that of a phone number, and this contact has none.", param="consent"
        )
    recipient = await lock_recipient(session, contact.account_id, contact.phone_number)
    if state is ConsentState.UNSUBSCRIBED:
        await unsubscribe(session, recipient, source=ConsentSource.API, by=by)
    else:
        await subscribe(session, recipient, sender=EVERY_SENDER, source=ConsentSource.API, by=by)


async def _stopped(session: AsyncSession, contacts: list[Contact]) -> set[str]:
    numbers = {contact.phone_number for contact in contacts if contact.phone_number is not None}
    if not numbers:
        return set()
    query = (
        select(Recipient.phone_number)
        .join(Consent, col(Consent.recipient_id) == col(Recipient.id))
        .where(
            Recipient.account_id == contacts[0].account_id,
            col(Recipient.phone_number).in_(numbers),
            Consent.sender == EVERY_SENDER,
            Consent.state == ConsentState.UNSUBSCRIBED,
        )
    )
    return set((await session.exec(query)).all())


def _shown(contact: Contact, *, is_stopped: bool) -> dict[str, Any]:
    shown = contact_object(contact, consent=ConsentState.UNSUBSCRIBED if is_stopped else ConsentState.SUBSCRIBED)
    if is_stopped and contact.reachability in _HIDDEN_BY_OPT_OUT:
        shown["reachability"] = Reachability.UNSUBSCRIBED
    return shown


async def _history(session: AsyncSession, contact: Contact) -> list[dict[str, Any]]:
    if contact.phone_number is None:
        return []
    recipient = await find_recipient(session, contact.account_id, contact.phone_number)
    if recipient is None:
        return []
    query = (
        select(ConsentChange)
        .where(ConsentChange.recipient_id == recipient.id)
        .order_by(col(ConsentChange.at).desc(), col(ConsentChange.id).desc())
        .limit(_MOST_CHANGES)
    )
    return [
        {
            "consent": change.state,
            "source": change.source,
            "sender": change.sender or None,
            "message_id": change.message_id,
            "at": rfc3339(change.at),
        }
        for change in (await session.exec(query)).all()
    ]
