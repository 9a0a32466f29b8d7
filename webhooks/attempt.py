"""One attempt to deliver an event, and what follows from how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from yarl import URL

from models import clock
from models.attention import Reason, open_item
from models.base import table_of
from models.database import signal
from models.webhook import Delivery, DeliveryState, Endpoint
from webhooks.endpoints import disable
from webhooks.order import release_next
from webhooks.post import Outcome

# Contract 3.9: after the last of these the delivery has failed.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
GIVE_UP_AFTER = timedelta(days=3)
DISABLED = "nothing could be delivered for 3 days"

_d = table_of(Delivery)


@dataclass(frozen=True)
class Attempt:
    """A delivery that was taken: its `number`th attempt. `headers` is None where it cannot be signed."""

    delivery_id: str
    endpoint_id: str
    order_key: str | None
    number: int
    url: str
    content: str
    headers: Mapping[str, str] | None


async def settle(session: AsyncSession, attempt: Attempt, outcome: Outcome) -> None:
    """Write down how an attempt ended; one that was overtaken, as by a replay, changes nothing."""
    # The endpoint first, as those who change it do, so that nobody waits in a circle.
    query = select(Endpoint).where(col(Endpoint.id) == attempt.endpoint_id).with_for_update(key_share=True)
    endpoint = (await session.exec(query)).one()
    now = clock.now()
    mine = (_d.c.id == attempt.delivery_id) & (_d.c.attempts == attempt.number)
    seen = {"response_status": outcome.status, "error": outcome.error, "updated_at": now}
    changes: dict[str, Any] = {**seen, "version": _d.c.version + 1}
    ended = outcome.delivered or attempt.number > len(RETRIES)
    if outcome.delivered:
        changes |= {"state": DeliveryState.DELIVERED, "delivered_at": now, "next_attempt_at": None}
        await session.execute(_d.update().where(mine).values(**changes))
        endpoint.failing_since = None
    else:
        pending = _d.c.state == DeliveryState.PENDING
        changes |= _next(attempt.number, now)
        await session.execute(_d.update().where(mine, pending).values(**changes))
        endpoint.failing_since = endpoint.failing_since or now
        if endpoint.enabled and now - endpoint.failing_since >= GIVE_UP_AFTER:
            await _give_up(session, endpoint)
    if ended:
        await release_next(session, endpoint.id, attempt.order_key, now)
    session.add(endpoint)
    signal(session, "webhooks")


def _next(attempts: int, now: datetime) -> dict[str, Any]:
    if attempts > len(RETRIES):
        return {"state": DeliveryState.FAILED, "next_attempt_at": None}
    return {"next_attempt_at": now + RETRIES[attempts - 1]}


async def _give_up(session: AsyncSession, endpoint: Endpoint) -> None:
    """Disable an endpoint at which nothing arrives any more, and tell staff."""
    host = URL(endpoint.url).host
    note = f"The webhook {endpoint.id} to {host} was disabled: {DISABLED}."
    item = await open_item(session, endpoint.account_id, Reason.WEBHOOK_DISABLED, note=note)
    endpoint.attention_id = item.id
    await disable(session, endpoint, DISABLED)
