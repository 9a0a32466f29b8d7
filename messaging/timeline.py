"""A message's timeline, and the messages of a list, for those who look at them."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.shape import message_object, message_row
from models.base import rfc3339
from models.event import Event
from models.message import Direction, Message


async def message_with_timeline(session: AsyncSession, message: Message) -> dict[str, Any]:
    """Return a message as the API shows it alone: every status with its instant, and what answered it."""
    query = (
        select(Event)
        .where(Event.message_id == message.id, col(Event.type).startswith("message."))
        .order_by(col(Event.sequence))
    )
    shown = message_object(message_row(message))
    shown["timeline"] = [
        {
            "status": event.type.removeprefix("message."),
            "at": rfc3339(event.created_at),
            "note": event.note,
        }
        for event in (await session.exec(query)).all()
    ]
    if message.direction is Direction.INBOUND:
        answers = select(Message.id).where(Message.in_reply_to == message.id).order_by(col(Message.created_at))
        shown["answer_message_id"] = (await session.exec(answers)).first()
    return shown
