"""Which endpoints want an event: a delivery is made for each, in the transaction that numbers the event."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import table_of
from models.database import signal
from models.ids import new_id
from models.message import Message
from models.phone_number import PhoneNumber
from models.vault import Vault
from models.webhook import Delivery, DeliveryState, Endpoint
from webhooks.agent_endpoints import follow_agents
from webhooks.event_types import MESSAGE_RECEIVED
from webhooks.order import HOLDS, held_until

_deliveries, _messages, _numbers = table_of(Delivery), table_of(Message), table_of(PhoneNumber)


async def make_deliveries(
    session: AsyncSession, vault: Vault, placed: Sequence[tuple[int, Row[Any]]], now: datetime
) -> None:
    """Make a delivery of each event for each endpoint that wants it. `placed`: positions and rows of events."""
    received = {row.account_id for _, row in placed if row.type == MESSAGE_RECEIVED}
    await follow_agents(session, vault, received)
    endpoints = await _endpoints_of(session, {row.account_id for _, row in placed})
    if not endpoints:
        return
    agents = await _agents_of(session, [row.message_id for _, row in placed if row.type == MESSAGE_RECEIVED])
    wanted = [
        (position, row, endpoint)
        for position, row in placed
        for endpoint in endpoints[row.account_id]
        if wants(endpoint, row, agents.get(row.message_id))
    ]
    keys = {row.appointment_id for _, row, _ in wanted if row.appointment_id is not None}
    held = dict(await held_until(session, {endpoint.id for _, _, endpoint in wanted}, keys, now))
    made = []
    for position, row, endpoint in wanted:
        place = (endpoint.id, row.appointment_id)
        made.append(_delivery(endpoint, row, position, now, due=held.get(place, now)))
        if row.appointment_id is not None:
            held[place] = now + HOLDS
    if made:
        await session.execute(insert(_deliveries), made)
        signal(session, "webhooks")


def wants(endpoint: Endpoint, event: Row[Any], agent_id: str | None) -> bool:
    """Tell whether an endpoint wants an event. `agent_id`: whose number a text arrived at."""
    if endpoint.agent_id is None and event.created_at < endpoint.created_at:
        return False
    if endpoint.exclude_key is not None and event.actor_type == "api" and event.actor_id == endpoint.exclude_key:
        return False
    if endpoint.agent_id is not None:
        return event.type == MESSAGE_RECEIVED and agent_id == endpoint.agent_id
    return endpoint.events is None or event.type in endpoint.events


def _delivery(
    endpoint: Endpoint, event: Row[Any], position: int, now: datetime, *, due: datetime
) -> dict[str, Any]:
    return {
        "id": new_id("dlv"),
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "endpoint_id": endpoint.id,
        "event_id": event.id,
        "event_type": event.type,
        "sequence": event.sequence,
        "position": position,
        "order_key": event.appointment_id,
        "holds_until": now + HOLDS,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "next_attempt_at": due,
    }


async def _endpoints_of(session: AsyncSession, account_ids: set[str]) -> dict[str, list[Endpoint]]:
    found: dict[str, list[Endpoint]] = defaultdict(list)
    if account_ids:
        # Locked, so that no delivery ends unseen between our look at what is pending and our commit.
        query = (
            select_rows(Endpoint)
            .where(
                col(Endpoint.account_id).in_(account_ids),
                col(Endpoint.enabled),
                col(Endpoint.deleted_at).is_(None),
            )
            .order_by(col(Endpoint.id))
            .with_for_update(key_share=True)
        )
        for endpoint in (await session.exec(query)).all():
            found[endpoint.account_id].append(endpoint)
    return found


async def _agents_of(session: AsyncSession, message_ids: Sequence[str | None]) -> dict[str, str]:
    """Return the agent on whose number each text arrived."""
    if not message_ids:
        return {}
    query = (
        select(_messages.c.id, _numbers.c.agent_id)
        .join(_numbers, _numbers.c.id == _messages.c.phone_number_id)
        .where(_messages.c.id.in_(message_ids))
    )
    return {row.id: row.agent_id for row in (await session.execute(query)).all()}
