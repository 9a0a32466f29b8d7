"""Putting a text on its way: the row that the way out will take."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.segments import count_segments
from messaging.shape import message_row
from messaging.transition import record_statuses
from models import clock
from models.database import signal
from models.event import SYSTEM, Actor
from models.message import Kind, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import Recipient

USEFUL_FOR = timedelta(hours=4)


async def queue_text(
    session: AsyncSession,
    number: PhoneNumber,
    recipient: Recipient,
    body: str,
    *,
    kind: Kind,
    by: Actor = SYSTEM,
    agent_id: str | None = None,
    send_at: datetime | None = None,
    any_hour: bool = False,
    useful_for: timedelta = USEFUL_FOR,
    template: str | None = None,
    appointment_id: str | None = None,
    contact_id: str | None = None,
    named_start: datetime | None = None,
    in_reply_to: str | None = None,
    resend_of: str | None = None,
    listed: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Message:
    """Store a text that is due now, or at `send_at` (UTC), and tell the engine once it is committed.

    useful_for: how long after it was due it still makes sense; then it expires. template: what its words are
    rendered from when it leaves, where they are not literal.
    """
    now = clock.now()
    due_at = send_at or now
    message = Message(
        account_id=number.account_id,
        kind=kind,
        status=Status.SCHEDULED if send_at is not None else Status.QUEUED,
        agent_id=agent_id or number.agent_id,
        phone_number_id=number.id,
        recipient_id=recipient.id,
        from_number=number.phone_number,
        to_number=recipient.phone_number,
        body=body,
        template=template,
        segments=count_segments(body).segments,
        appointment_id=appointment_id,
        contact_id=contact_id,
        named_start=named_start,
        in_reply_to=in_reply_to,
        resend_of=resend_of,
        listed=listed,
        any_hour=any_hour,
        due_at=send_at,
        next_attempt_at=due_at,
        expires_at=due_at + useful_for,
        custom=metadata or {},
    )
    session.add(message)
    await session.flush()
    await record_statuses(session, [message_row(message)], by=by)
    signal(session, "messages")
    return message
