"""What is told of an event: the one shape of webhooks, of the changes feed and of its stream."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.shape import message_object
from models.base import rfc3339, table_of
from models.event import Event
from models.message import Message, Status

_messages = table_of(Message)
# What the carrier said of these is about them; a text that went on has left it behind.
_WITH_ERROR = (Status.UNDELIVERED, Status.FAILED)


async def bodies_of(session: AsyncSession, sequences: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what is told of each event, by its sequence; instants are RFC 3339 in UTC.

    Events of messages hold no copy of them: their object is the message as it is now, with the event's status.
    """
    if not sequences:
        return {}
    query = select_rows(Event).where(col(Event.sequence).in_(sequences))
    events = (await session.exec(query)).all()
    wanted = {event.message_id for event in events if event.payload is None and event.message_id is not None}
    rows: dict[str, dict[str, Any]] = {}
    if wanted:
        found = await session.execute(select(*_messages.c).where(_messages.c.id.in_(wanted)))
        rows = {row.id: row._asdict() for row in found.all()}
    return {event.sequence: _body(event, rows) for event in events if event.sequence is not None}


def body(
    *,
    id: str,
    type: str,
    created_at: str,
    sequence: int,
    actor: dict[str, str | None],
    object: dict[str, Any],
    previous: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the body of an event, as a webhook and the feed carry it."""
    return {
        "id": id,
        "type": type,
        "created_at": created_at,
        "sequence": sequence,
        "actor": actor,
        "data": {"object": object, "previous": previous or {}},
    }


def _body(event: Event, messages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    assert event.sequence is not None
    return body(
        id=event.id,
        type=event.type,
        created_at=rfc3339(event.created_at),
        sequence=event.sequence,
        actor={"type": event.actor_type, "id": event.actor_id},
        object=_object(event, messages),
        previous=event.previous,
    )


def _object(event: Event, messages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kind, _, word = event.type.partition(".")
    if kind == "message" and event.message_id in messages:
        row = messages[event.message_id]
        code = row["error_code"] if word in _WITH_ERROR else None
        return message_object({**row, "status": word, "error_code": code})
    if kind == "reminder":
        about = {"appointment_id": event.appointment_id, "message_id": event.message_id}
        return {
            "object": "reminder",
            "id": event.reminder_id,
            "reminder_id": event.reminder_id,
            **about,
            **(event.payload or {}),
        }
    return event.payload or {}
