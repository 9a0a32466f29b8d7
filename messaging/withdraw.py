"""Withdrawing what has not left: a cancel or a move stops it at once, also what the engine holds."""

from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.transition import change_status
from models.base import table_of
from models.event import Actor
from models.message import UNSENT, Kind, Message, Status

_messages = table_of(Message)


async def withdraw_unsent(
    session: AsyncSession,
    *,
    appointment_id: str | None = None,
    reminder_id: str | None = None,
    kinds: tuple[Kind, ...] | None = None,
    why: str,
    by: Actor,
) -> int:
    """Cancel the scheduled and queued messages of an appointment or a reminder job; return how many.

    The caller holds the recipient's lock, so none of them can be on its way to `sending`.
    """
    query = _messages.select().with_only_columns(_messages.c.id).where(_messages.c.status.in_(UNSENT))
    if kinds is not None:
        query = query.where(_messages.c.kind.in_(kinds))
    if appointment_id is not None:
        query = query.where(_messages.c.appointment_id == appointment_id)
    elif reminder_id is not None:
        query = query.where(_messages.c.reminder_id == reminder_id)
    else:
        raise ValueError("withdraw_unsent needs an appointment or a reminder")
    ids = (await session.execute(query)).scalars().all()
    return len(await change_status(session, ids, Status.CANCELLED, by=by, note=why))
