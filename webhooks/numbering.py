"""Giving events their place in the feed, and making a delivery for each endpoint that wants one.

The ledger is written by many transactions at once, and on PostgreSQL a later sequence may commit first. So one
transaction at a time (the feed's row is its lock) numbers what has committed and has no place yet. An event that
was stored after another had committed can only come behind it; nothing can appear before what was read. How far
the ledger was read is remembered as a horizon: a sequence on SQLite, whose one writer commits in order; on
PostgreSQL the oldest transaction that ran at the last look, for what is older has ended and was seen.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import table_of
from models.change import THE_FEED, Change, Feed
from models.database import Database, signal
from models.event import Event
from models.transaction import OldestRunning
from models.vault import Vault
from webhooks.event_types import EVENT_TYPES
from webhooks.fanout import make_deliveries

BATCH = 2000
# A burst of commits is numbered together, so that numbering does not double the commits of a busy minute.
REST_SECONDS = 0.05
# How far the horizon may lie behind what was read: it is not written for each event that is told nobody.
FAR = 10_000

_events, _changes, _feed = table_of(Event), table_of(Change), table_of(Feed)


class Numbering:
    """The source of events that are not in the feed yet."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """vault: keeps the secrets of endpoints that agents' addresses become."""
        self._database = database
        self._vault = vault
        self._rest_until = 0.0

    async def earliest(self) -> datetime | None:
        """Return None: each commit of events wakes this source, and the alarm looks besides."""
        return None

    async def run_due(self) -> int:
        """Number what has committed; return how many events that were."""
        loop = asyncio.get_running_loop()
        if (rest := self._rest_until - loop.time()) > 0:
            await asyncio.sleep(rest)
        async with self._database.read() as session:
            if not await self._has_work(session):
                return 0
        async with self._database.write() as session:
            numbered = await self._number(session)
        self._rest_until = loop.time() + REST_SECONDS
        return numbered

    async def _has_work(self, session: AsyncSession) -> bool:
        """Tell whether the writer's turn is worth taking."""
        horizon = (await session.execute(select(_feed.c.horizon).where(_feed.c.id == THE_FEED))).scalar() or 0
        rows, reached = await self._committed(session, horizon, limit=1)
        return bool(rows) or reached - horizon > FAR

    async def _number(self, session: AsyncSession) -> int:
        feed = await locked_feed(session)
        rows, horizon = await self._committed(session, feed.horizon)
        if rows:
            now = clock.now()
            placed = list(enumerate(rows, start=feed.position + 1))
            await session.execute(
                insert(_changes),
                [
                    {
                        "position": position,
                        "sequence": row.sequence,
                        "account_id": row.account_id,
                        "type": row.type,
                        "numbered_at": now,
                    }
                    for position, row in placed
                ],
            )
            await make_deliveries(session, self._vault, placed, now)
            signal(session, "changes")
        moved = {"horizon": horizon, "position": feed.position + len(rows)}
        await session.execute(_feed.update().where(_feed.c.id == THE_FEED).values(**moved))
        return len(rows)

    async def _committed(
        self, session: AsyncSession, horizon: int, *, limit: int | None = None
    ) -> tuple[Sequence[Row[Any]], int]:
        """Return committed events without a place, in order, and how far the ledger is read with them."""
        if self._database.is_postgresql:
            # Asked before the events are: what ended until now is seen by the later statement.
            reached = (await session.execute(select(OldestRunning()))).scalar_one()
            unplaced = ~exists().where(_changes.c.sequence == _events.c.sequence)
            query = _told().where(_events.c.transaction_number >= horizon, unplaced)
        else:
            reached = (await session.execute(select(func.coalesce(func.max(_events.c.sequence), 0)))).scalar_one()
            query = _told().where(_events.c.sequence > horizon)
        limit = limit or BATCH
        rows = (await session.execute(query.limit(limit))).all()
        if len(rows) < limit:
            return rows, reached
        return rows, horizon if self._database.is_postgresql else rows[-1].sequence


async def locked_feed(session: AsyncSession) -> Row[Any]:
    """Return the feed's row, made at the first use, and locked until the transaction ends."""
    query = select(*_feed.c).where(_feed.c.id == THE_FEED).with_for_update()
    row = (await session.execute(query)).first()
    if row is None:
        start = {"id": THE_FEED, "position": 0, "removed_through": 0, "horizon": 0}
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(insert_on_postgresql(_feed).values(start).on_conflict_do_nothing())
        else:
            await session.execute(insert(_feed).values(start))
        row = (await session.execute(query)).one()
    return row


def _told() -> Select[Any]:
    columns = ("sequence", "id", "account_id", "type", "created_at", "actor_type", "actor_id")
    chosen = [_events.c[name] for name in (*columns, "appointment_id", "message_id")]
    return select(*chosen).where(_events.c.type.in_(EVENT_TYPES)).order_by(_events.c.sequence)
