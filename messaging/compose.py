"""What `POST /v1/sms` asks, checked in the order that the published API promises."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.consent import is_unsubscribed
from messaging.phone_numbers import is_us_geographic, region
from messaging.recipients import lock_recipient
from messaging.texts import USEFUL_FOR, queue_text
from models import clock
from models.agent import Agent
from models.errors import Invalid, NotPermitted
from models.event import Actor
from models.message import Kind, Message
from models.owned import owned
from models.phone_number import PhoneNumber
from models.recipient import Recipient

LONGEST_TEXT = 1600
LONG_TEXT = 600
# A client's clock may run a little behind ours.
PAST_TOLERANCE = timedelta(seconds=5)


@dataclass(frozen=True)
class TextRequest:
    """A text somebody asks to send. `send_at` is UTC; the numbers are E.164 already."""

    agent_id: str
    to_number: str
    from_number: str
    body: str
    send_at: datetime | None = None
    any_hour: bool = False
    useful_for: timedelta = USEFUL_FOR
    metadata: dict[str, Any] = field(default_factory=dict)


async def owned_number(session: AsyncSession, account_id: str, agent_id: str, phone_number: str) -> PhoneNumber:
    """Return a sender of this account and this agent.

    Raises NotFound (`agent_not_found`), NotPermitted (`from_number_not_owned`).
    """
    await owned(session, Agent, agent_id, account_id=account_id, kind="agent", param="agent_id")
    query = select(PhoneNumber).where(
        PhoneNumber.account_id == account_id,
        PhoneNumber.phone_number == phone_number,
        col(PhoneNumber.deleted_at).is_(None),
    )
    number = (await session.exec(query)).first()
    if number is None or number.agent_id != agent_id:
        raise NotPermitted(
            "from_number_not_owned",
            f"{phone_number} is not a number of this account and agent: import it, or name its own agent.",
            param="from_number",
        )
    return number


def check_length(body: str, param: str = "message") -> None:
    """Raise Invalid for a text that is empty or over 1600 characters."""
    if not body.strip():
        raise Invalid("invalid_parameter", f"{param} must have 1 to {LONGEST_TEXT} characters.", param=param)
    if len(body) > LONGEST_TEXT:
        raise Invalid(
            "message_too_long",
            f"{param} has {len(body)} characters; at most {LONGEST_TEXT} are taken.",
            param=param,
        )


async def compose(session: AsyncSession, account_id: str, asked: TextRequest, *, by: Actor) -> Message:
    """Check a request and store its text as `queued`, or `scheduled` with `send_at`.

    The recipient stays locked until the transaction ends. Raises Invalid, NotFound, NotPermitted.
    """
    if asked.send_at is not None and asked.send_at < clock.now() - PAST_TOLERANCE:
        raise Invalid("schedule_in_past", "send_at is in the past: leave it out to send now.", param="send_at")
    number = await owned_number(session, account_id, asked.agent_id, asked.from_number)
    check_length(asked.body)
    check_region(number, asked.to_number)
    recipient = await lock_recipient(session, account_id, asked.to_number)
    await check_consent(session, recipient, number)
    return await queue_text(
        session,
        number,
        recipient,
        asked.body,
        kind=Kind.API,
        by=by,
        agent_id=asked.agent_id,
        send_at=asked.send_at,
        any_hour=asked.any_hour,
        useful_for=asked.useful_for,
        metadata=asked.metadata,
    )


def check_region(number: PhoneNumber, to_number: str) -> None:
    """Raise Invalid where US carriers would filter the text: an unregistered US number texting the US.

    Source: A2P 10DLC; Twilio error 30034.
    """
    if number.a2p_registered is False and is_us_geographic(number.phone_number) and region(to_number) == "US":
        raise Invalid(
            "sms_not_supported_in_region",
            f"{number.phone_number} is not registered for A2P 10DLC, so US carriers drop its texts: register it "
            "with the carrier, then set a2p_registered to true.",
            param="from_number",
        )


async def check_consent(session: AsyncSession, recipient: Recipient, number: PhoneNumber) -> None:
    """Raise NotPermitted for a person who unsubscribed."""
    if await is_unsubscribed(session, recipient.id, number.phone_number):
        raise NotPermitted(
            "recipient_unsubscribed",
            f"{recipient.phone_number} has unsubscribed: nothing may be sent until they text START.",
            param="to",
        )


def warnings_for(body: str) -> list[str]:
    """Return what is worth knowing of a text that is taken all the same."""
    if len(body) <= LONG_TEXT:
        return []
    return [f"The text has {len(body)} characters; carriers deliver texts over {LONG_TEXT} less reliably."]
