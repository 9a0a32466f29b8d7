"""Every change of a message's status: a compare-and-set with its event, in one transaction.

The event of a message holds no copy of it: millions are written, and what they would copy - the words, the
number - is the message's own. Who tells of one reads the message beside it and takes the status from the type.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Update, bindparam
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import table_of
from models.database import signal
from models.event import SYSTEM, Actor, Event
from models.ids import new_id
from models.message import Message, Status, may_become

_messages = table_of(Message)
_events = table_of(Event)
_ADD_EVENTS = _events.insert()


async def change_status(
    session: AsyncSession,
    message_ids: Sequence[str],
    to: Status,
    *,
    by: Actor = SYSTEM,
    note: str | None = None,
    **columns: Any,
) -> list[dict[str, Any]]:
    """Move messages to a status where the table of states allows it, and record an event for each that moved.

    Returns the rows that moved, as they are now; the others were overtaken and stay as they are.
    """
    if not message_ids:
        return []
    statement = (
        _messages.update()
        .where(_messages.c.id.in_(message_ids), _messages.c.status.in_(may_become(to)))
        .values(status=to, updated_at=clock.now(), version=_messages.c.version + 1, **columns)
        .returning(*_messages.c)
    )
    rows = [row._asdict() for row in (await session.execute(statement)).all()]
    await record_statuses(session, rows, by=by, note=note)
    return rows


async def record_statuses(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, by: Actor = SYSTEM, note: str | None = None
) -> None:
    """Add an event `message.STATUS` for each row, as it stands."""
    if not rows:
        return
    now = clock.now()
    connection = await session.connection()
    await connection.execute(
        _ADD_EVENTS,
        [
            {
                "id": new_id("evt"),
                "account_id": row["account_id"],
                "type": f"message.{row['status']}",
                "created_at": now,
                "actor_type": by.type,
                "actor_id": by.id,
                "appointment_id": row["appointment_id"],
                "message_id": row["id"],
                "contact_id": row["contact_id"],
                "reminder_id": row["reminder_id"],
                "note": note,
            }
            for row in rows
        ],
    )
    signal(session, "events")


async def set_many(session: AsyncSession, changes: Sequence[Mapping[str, Any]], *, columns: Sequence[str]) -> None:
    """Write several columns of several messages, each to its own values: `changes` hold `id` and the columns."""
    if not changes:
        return
    connection = await session.connection()
    await connection.execute(
        _setting(tuple(columns)),
        [{"row_id": change["id"], **{f"new_{name}": change[name] for name in columns}} for change in changes],
    )


@lru_cache(maxsize=32)
def _setting(columns: tuple[str, ...]) -> Update:
    return (
        _messages.update()
        .where(_messages.c.id == bindparam("row_id"))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )
