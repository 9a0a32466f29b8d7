"""An account's numbers: importing, changing and removing the senders of its texts.

An import takes the number first and asks the carrier to point it here second: of two imports of one number, the
database lets one through, and only that one has touched the number's webhook.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.outcome import Unreachable, WrongCredentials
from messaging.carriers.twilio import Credentials, TwilioCarrier
from models import attention, clock
from models.attention import Reason
from models.base import rfc3339
from models.database import Database, signal
from models.errors import CarrierRefused, Conflict, Invalid, NotPermitted
from models.event import Actor
from models.message import FINAL, Message
from models.phone_number import Carrier, PhoneNumber
from models.reminder import Reminder, ReminderState
from models.vault import Vault


def webhook_address(public_url: str, number_id: str) -> str:
    """Return where the carrier sends a number's inbound texts."""
    return f"{public_url.rstrip('/')}/webhooks/twilio/sms/{number_id}"


async def find_at_carrier(carrier: TwilioCarrier, credentials: Credentials, phone_number: str) -> str:
    """Return the carrier's name for a number of this carrier account. Asks the network: hold no session.

    Raises Invalid (wrong credentials), NotPermitted (another's number), CarrierRefused (out of reach).
    """
    try:
        sid = await carrier.find_number(credentials, phone_number)
    except WrongCredentials:
        raise _wrong_credentials() from None
    except Unreachable as error:
        raise _unreachable(error) from None
    if sid is None:
        raise NotPermitted(
            "from_number_not_owned", f"This Twilio account does not have {phone_number}.", param="phone_number"
        )
    return sid


async def point_here(
    carrier: TwilioCarrier, credentials: Credentials, number: PhoneNumber, public_url: str
) -> None:
    """Make the carrier send a number's inbound texts to us. Asks the network: hold no session.

    Raises Invalid, CarrierRefused.
    """
    assert number.carrier_number_sid is not None
    address = webhook_address(public_url, number.id)
    try:
        await carrier.point_webhook(credentials, number.carrier_number_sid, address)
    except WrongCredentials:
        raise _wrong_credentials() from None
    except Unreachable as error:
        raise _unreachable(error) from None


async def require_free(session: AsyncSession, account_id: str, phone_number: str, carrier: Carrier) -> None:
    """Raise Conflict (`number_already_imported`) where the number is in use: a real one by anybody."""
    query = select(PhoneNumber.id).where(
        PhoneNumber.phone_number == phone_number, col(PhoneNumber.deleted_at).is_(None)
    )
    own = col(PhoneNumber.account_id) == account_id
    taken = own if carrier is Carrier.SANDBOX else own | (col(PhoneNumber.carrier) == Carrier.TWILIO)
    if (await session.exec(query.where(taken).limit(1))).first() is not None:
        raise _already_imported(phone_number)


async def import_number(session: AsyncSession, number: PhoneNumber) -> None:
    """Store a number. Raises Conflict where another import of it came first."""
    number.inbound_read_at = clock.now()  # what arrived before is not ours to answer
    session.add(number)
    try:
        await session.flush()
    except IntegrityError:
        raise _already_imported(number.phone_number) from None


def change_number(
    session: AsyncSession, number: PhoneNumber, changes: Mapping[str, Any], *, token_encrypted: str | None = None
) -> None:
    """Set what `changes` names (`agent_id`, `a2p_registered`, `max_per_second`) and, if given, a new token."""
    wanted = dict(changes)
    if token_encrypted is not None:
        wanted |= {"twilio_token_encrypted": token_encrypted, "stopped_reason": None}
        signal(session, "messages")
    changed = [name for name, value in wanted.items() if getattr(number, name) != value]
    for name in changed:
        setattr(number, name, wanted[name])
    if changed:
        number.touch()
        session.add(number)


async def carrier_trouble_is_over(session: AsyncSession, number: PhoneNumber, *, by: Actor) -> None:
    """Close what was flagged about a number's carrier: its credentials are right again."""
    await attention.close_items(
        session, number.account_id, [Reason.CARRIER_TROUBLE], by=by, phone_number_id=number.id
    )


async def delete_number(session: AsyncSession, number: PhoneNumber) -> None:
    """Remove a number here; it stays the owner's at the carrier. Raises Conflict (`in_use`).

    Its token is kept until its messages are final: `forget_tokens`.
    """
    query = (
        select(Reminder.id)
        .where(
            Reminder.phone_number_id == number.id,
            col(Reminder.state).in_([ReminderState.ACTIVE, ReminderState.PAUSED]),
        )
        .limit(1)
    )
    if (await session.exec(query)).first() is not None:
        raise Conflict("in_use", "This number has reminders that are not finished: cancel or change them first.")
    number.deleted_at = clock.now()
    number.touch()
    session.add(number)


async def forget_tokens(database: Database) -> int:
    """Erase the tokens of deleted numbers whose messages are all final, and return how many."""
    async with database.write() as session:
        waiting = exists().where(
            col(Message.phone_number_id) == col(PhoneNumber.id), col(Message.status).not_in(FINAL)
        )
        query = select(PhoneNumber).where(
            col(PhoneNumber.deleted_at).is_not(None),
            PhoneNumber.twilio_token_encrypted != "",
            ~waiting,
        )
        numbers = (await session.exec(query)).all()
        for number in numbers:
            number.twilio_token_encrypted = ""
            session.add(number)
        return len(numbers)


def credentials_of(number: PhoneNumber, vault: Vault) -> Credentials:
    """Return the carrier account that a number belongs to. Raises UnreadableSecret."""
    return Credentials(number.twilio_sid, vault.decrypt(number.twilio_token_encrypted))


def number_object(number: PhoneNumber) -> dict[str, Any]:
    """Return a number as the API shows it, never its token; instants are RFC 3339 in UTC."""
    return {
        "object": "phone_number",
        "id": number.id,
        "phone_number_id": number.id,
        "phone_number": number.phone_number,
        "carrier": number.carrier,
        "twilio_sid": number.twilio_sid,
        "agent_id": number.agent_id,
        "a2p_registered": number.a2p_registered,
        "max_per_second": number.max_per_second,
        "stopped_reason": number.stopped_reason,
        "created_at": rfc3339(number.created_at),
        "updated_at": rfc3339(number.updated_at),
        "version": number.version,
    }


def _already_imported(phone_number: str) -> Conflict:
    return Conflict(
        "number_already_imported",
        f"{phone_number} is imported already: one number has one agent.",
        param="phone_number",
    )


def _wrong_credentials() -> Invalid:
    return Invalid(
        "invalid_parameter",
        "Twilio does not accept this account SID and token together: copy both from Twilio's console.",
        param="twilio_token",
    )


def _unreachable(error: Unreachable) -> CarrierRefused:
    return CarrierRefused(
        "carrier_unreachable", f"Twilio could not be asked about this number: {error}. Try again."
    )
