"""The texts between an account and one phone, both ways, as a conversation is read."""

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.contact import Contact
from models.message import Message
from models.phone_number import Carrier, PhoneNumber
from models.recipient import Recipient


async def thread(session: AsyncSession, account_id: str, phone_number: str, *, limit: int) -> list[Message]:
    """Return the newest texts to and from a phone, oldest first."""
    query = (
        select(Message)
        .join(Recipient, col(Recipient.id) == col(Message.recipient_id))
        .where(Recipient.account_id == account_id, Recipient.phone_number == phone_number)
        .order_by(col(Message.created_at).desc(), col(Message.id).desc())
        .limit(limit)
    )
    return list(reversed((await session.exec(query)).all()))


async def sandbox_senders(session: AsyncSession, account_id: str) -> list[PhoneNumber]:
    """Return the account's numbers on the sandbox carrier, oldest first."""
    query = (
        select(PhoneNumber)
        .where(
            PhoneNumber.account_id == account_id,
            PhoneNumber.carrier == Carrier.SANDBOX,
            col(PhoneNumber.deleted_at).is_(None),
        )
        .order_by(col(PhoneNumber.created_at), col(PhoneNumber.id))
    )
    return list((await session.exec(query)).all())


async def texted_phones(
    session: AsyncSession, account_id: str, sender_ids: list[str], *, limit: int
) -> list[tuple[str, str | None]]:
    """Return the phones that these senders of the account texted, or that texted them, with a contact's name.

    The one with the newest text comes first. Two people may share a phone: the name is then one of theirs.
    """
    newest = func.max(Message.created_at)
    query = (
        select(Recipient.phone_number, func.min(Contact.name))
        .join(Message, col(Message.recipient_id) == col(Recipient.id))
        .outerjoin(
            Contact,
            (col(Contact.account_id) == col(Recipient.account_id))
            & (col(Contact.phone_number) == col(Recipient.phone_number))
            & col(Contact.deleted_at).is_(None),
        )
        .where(Recipient.account_id == account_id, col(Message.phone_number_id).in_(sender_ids))
        .group_by(col(Recipient.phone_number))
        .order_by(newest.desc(), col(Recipient.phone_number))
        .limit(limit)
    )
    return [(phone, name) for phone, name in (await session.exec(query)).all()]
