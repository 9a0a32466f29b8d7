"""Calling back one text that has not left, and sending one again as a new text."""

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.compose import check_consent, check_region
from messaging.recipients import lock_recipient
from messaging.texts import queue_text
from messaging.transition import change_status
from models.errors import Conflict
from models.event import Actor
from models.message import FINAL, REACHED_CARRIER, UNSENT, Direction, Kind, Message, Status
from models.owned import owned
from models.phone_number import PhoneNumber


async def cancel_message(session: AsyncSession, account_id: str, message_id: str, *, by: Actor) -> Message:
    """Cancel a text that has not left; one cancelled already stays as it is.

    Raises NotFound, Conflict (`invalid_transition`) for one that has left or ended.
    """
    found = await _outbound(session, account_id, message_id)
    await lock_recipient(session, account_id, found.to_number)
    message = await owned(session, Message, message_id, account_id=account_id, kind="message", lock=True)
    if message.status is Status.CANCELLED:
        return message
    if message.status not in UNSENT:
        raise Conflict(
            "invalid_transition", f"The message is {message.status}: only one that has not left can be cancelled."
        )
    await change_status(session, [message_id], Status.CANCELLED, by=by)
    await session.refresh(message)
    return message


async def resend_message(session: AsyncSession, account_id: str, message_id: str, *, by: Actor) -> Message:
    """Store a new text with the words of one that ended, to the same person; it names the first in `resend_of`.

    Raises NotFound, Conflict (`invalid_transition`) for one that may still arrive, NotPermitted, Invalid.
    """
    message = await _outbound(session, account_id, message_id)
    if message.status not in (*FINAL, *REACHED_CARRIER):
        raise Conflict(
            "invalid_transition", f"The message is {message.status} and may still arrive: wait until it has ended."
        )
    number = await owned(session, PhoneNumber, message.phone_number_id, account_id=account_id, kind="phone_number")
    check_region(number, message.to_number)
    recipient = await lock_recipient(session, account_id, message.to_number)
    await check_consent(session, recipient, number)
    return await queue_text(
        session,
        number,
        recipient,
        message.body,
        kind=Kind.API,
        by=by,
        agent_id=message.agent_id,
        # One that never left has no words yet, only what they are rendered from.
        template=message.template if message.attempts == 0 else None,
        appointment_id=message.appointment_id,
        contact_id=message.contact_id,
        named_start=message.named_start,
        resend_of=message.id,
        metadata=dict(message.custom),
    )


async def _outbound(session: AsyncSession, account_id: str, message_id: str) -> Message:
    message = await owned(session, Message, message_id, account_id=account_id, kind="message")
    if message.direction is not Direction.OUTBOUND:
        raise Conflict(
            "invalid_transition", "The message is one that arrived; only one of ours can be sent or cancelled."
        )
    return message
