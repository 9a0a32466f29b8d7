"""Locks, always in one order: the numbers texted first, appointments second, their reminders last.

The gate and STOP lock the number too, so a cancel or a move that is committed before a text is marked `sending`
always wins. SQLite has one writer and needs none of this; the statements are the same.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.recipients import recipient_ids
from models.account import Account
from models.appointment import Appointment
from models.contact import Contact
from models.errors import NotFound, Overtaken
from models.recipient import Recipient


@dataclass(frozen=True, slots=True)
class Locked:
    """An appointment that nobody else can change until the transaction ends, and whose it is."""

    account: Account
    appointment: Appointment
    contact: Contact


async def lock_numbers(session: AsyncSession, account_id: str, phone_numbers: Collection[str | None]) -> None:
    """Lock the recipients behind these numbers, made where they are new, in the order of their numbers."""
    numbers = {number for number in phone_numbers if number}
    if not numbers:
        return
    await recipient_ids(session, account_id, numbers)
    ordered = sorted(numbers)
    for start in range(0, len(ordered), 500):
        query = (
            select(Recipient.id)
            .where(
                Recipient.account_id == account_id,
                col(Recipient.phone_number).in_(ordered[start : start + 500]),
            )
            .order_by(col(Recipient.phone_number))
            .with_for_update(key_share=True)
        )
        (await session.exec(query)).all()


async def lock_appointments(session: AsyncSession, ids: Collection[str]) -> list[Appointment]:
    """Return appointments as they now are, locked. The caller holds the locks of their contacts' numbers."""
    query = (
        select(Appointment)
        .where(col(Appointment.id).in_(ids))
        .order_by(col(Appointment.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list((await session.exec(query)).all())


async def lock_appointment(
    session: AsyncSession, account_id: str, appointment_id: str, *, expected_version: int | None = None
) -> Locked:
    """Return one appointment of an account, locked with its contact's number.

    Raises NotFound; Overtaken where `expected_version` is not its version.
    """
    await session.flush()
    whose = (
        select(Contact)
        .join(Appointment, col(Appointment.contact_id) == col(Contact.id))
        .where(Appointment.id == appointment_id, Appointment.account_id == account_id)
        .execution_options(populate_existing=True)
    )
    contact = (await session.exec(whose)).first()
    if contact is None:
        raise NotFound("appointment", appointment_id)
    await lock_numbers(session, account_id, [contact.phone_number])
    [appointment] = await lock_appointments(session, [appointment_id])
    require_version(appointment, expected_version)
    account = await session.get_one(Account, account_id)
    return Locked(account, appointment, contact)


def require_version(appointment: Appointment, expected: int | None) -> None:
    """Raise Overtaken where a version was expected and the appointment is at another."""
    if expected is not None and expected != appointment.version:
        raise Overtaken(expected, appointment.version)
