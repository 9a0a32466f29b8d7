"""Delivering: what is due is taken, posted side by side, and settled.

Taking a delivery counts its attempt and puts its next one behind the longest that an attempt may last, so that a
process that dies loses nothing: the delivery is tried again, by whoever looks. What waits for an earlier event of
its appointment is not due yet (webhooks/order.py), so whatever is due may go.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, func, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import table_of
from models.database import Database
from models.vault import UnreadableSecret, Vault
from models.webhook import Delivery, Endpoint
from webhooks.attempt import Attempt, settle
from webhooks.body import bodies_of
from webhooks.endpoints import REMOVED, fail_pending, secrets_of
from webhooks.order import PENDING
from webhooks.post import LIMIT_SECONDS, Outcome, Poster
from webhooks.signing import encoded, signed_headers

log = structlog.get_logger(__name__)

# Longer than any attempt, with its two transactions, can last.
LEASE = timedelta(seconds=6 * LIMIT_SECONDS)
# A receiver that is slow takes no more of our connections than these.
IN_FLIGHT_EACH = 10
IN_FLIGHT = 100
_MOST_ENDPOINTS = 100

_d = table_of(Delivery)


class Delivering:
    """The source of deliveries that are due."""

    def __init__(self, database: Database, vault: Vault, poster: Poster) -> None:
        self._database = database
        self._vault = vault
        self._poster = poster
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[str] = Counter()

    async def earliest(self) -> datetime | None:
        """Return when a delivery is next due (UTC)."""
        async with self._database.read() as session:
            at: datetime | None = (
                await session.execute(select(func.min(_d.c.next_attempt_at)).where(PENDING))
            ).scalar()
        return at

    async def run_due(self) -> int:
        """Start what is due and has room; return how many attempts that were. They end by themselves."""
        async with self._database.read() as session:
            waiting = await self._with_work(session)
        attempts: list[Attempt] = []
        if waiting:
            async with self._database.write() as session:
                for endpoint_id in waiting:
                    attempts += await self._take(session, endpoint_id)
        for attempt in attempts:
            self._start(attempt)
        return len(attempts)

    async def finish(self) -> None:
        """Wait for the attempts that are on the way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _with_work(self, session: AsyncSession) -> Sequence[str]:
        full = [id for id, count in self._in_flight.items() if count >= IN_FLIGHT_EACH]
        if len(self._tasks) >= IN_FLIGHT:
            return []
        query = (
            select(_d.c.endpoint_id)
            .where(PENDING, _d.c.next_attempt_at <= clock.now(), _d.c.endpoint_id.not_in(full))
            .group_by(_d.c.endpoint_id)
            .order_by(func.min(_d.c.next_attempt_at))
            .limit(_MOST_ENDPOINTS)
        )
        return (await session.execute(query)).scalars().all()

    async def _take(self, session: AsyncSession, endpoint_id: str) -> list[Attempt]:
        """Take what an endpoint has room for, in the order of the feed."""
        room = IN_FLIGHT_EACH - self._in_flight[endpoint_id]
        now = clock.now()
        query = (
            select(*_d.c)
            .where(PENDING, _d.c.endpoint_id == endpoint_id, _d.c.next_attempt_at <= now)
            .order_by(_d.c.position, _d.c.id)
            .limit(max(room, 0))
            .with_for_update(skip_locked=True, of=_d)
        )
        rows = (await session.execute(query)).all()
        if not rows:
            return []
        endpoint = (await session.exec(select_rows(Endpoint).where(col(Endpoint.id) == endpoint_id))).one()
        if not endpoint.enabled or endpoint.deleted_at is not None:
            # They were made while it was being disabled.
            await fail_pending(session, endpoint, endpoint.disabled_reason or REMOVED)
            return []
        await session.execute(
            _d.update()
            .where(_d.c.id.in_([row.id for row in rows]))
            .values(attempts=_d.c.attempts + 1, last_attempt_at=now, next_attempt_at=now + LEASE, updated_at=now)
        )
        bodies = await bodies_of(session, [row.sequence for row in rows])
        return [self._attempt(endpoint, row, bodies[row.sequence], now) for row in rows]

    def _attempt(self, endpoint: Endpoint, row: Row[Any], body: dict[str, Any], now: datetime) -> Attempt:
        content = encoded(body)
        try:
            headers = signed_headers(secrets_of(endpoint, self._vault), row.event_id, now, content)
        except UnreadableSecret:
            headers = None
        return Attempt(row.id, endpoint.id, row.order_key, row.attempts + 1, endpoint.url, content, headers)

    def _start(self, attempt: Attempt) -> None:
        self._in_flight[attempt.endpoint_id] += 1
        task = asyncio.create_task(self._deliver(attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, attempt: Attempt) -> None:
        try:
            if attempt.headers is None:
                outcome = Outcome(error="its secret was encrypted with another SHOWUP_SECRET_KEY")
            else:
                outcome = await self._poster.post(attempt.url, attempt.content.encode(), attempt.headers)
        finally:
            # Before it settles: the commit wakes this source, which then finds the room.
            self._in_flight[attempt.endpoint_id] -= 1
        try:
            await self._database.write_together(lambda session: settle(session, attempt, outcome))
        except Exception:
            # A task nobody awaits. The delivery is still pending and is tried again when its lease ends.
            log.exception("delivery_not_settled", delivery_id=attempt.delivery_id)
