"""An appointment's timeline: everything that happened to it and its texts, with who did it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import rfc3339
from models.event import Event

MOST_ENTRIES = 1000


async def timeline_of(session: AsyncSession, appointment_id: str) -> list[dict[str, Any]]:
    """Return what happened to an appointment, oldest first; of a very long story the latest part."""
    query = (
        select(Event)
        .where(Event.appointment_id == appointment_id)
        .order_by(col(Event.sequence).desc())
        .limit(MOST_ENTRIES)
    )
    events: Sequence[Event] = (await session.exec(query)).all()
    return [timeline_entry(event) for event in reversed(events)]


def timeline_entry(event: Event) -> dict[str, Any]:
    """Return an event as a line of a timeline; `previous` holds what changed, as it was."""
    return {
        "event_id": event.id,
        "type": event.type,
        "at": rfc3339(event.created_at),
        "sequence": event.sequence,
        "actor": {"type": event.actor_type, "id": event.actor_id},
        "message_id": event.message_id,
        "reminder_id": event.reminder_id,
        "previous": event.previous,
        "note": event.note,
    }
