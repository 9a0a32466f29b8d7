"""Deliveries: how they are shown, and sending one again on request."""

from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import rfc3339
from models.change import Change
from models.database import signal
from models.errors import Conflict, NotFound
from models.event import Event
from models.webhook import Delivery, DeliveryState, Endpoint
from webhooks.event_types import EVENT_TYPES
from webhooks.order import release_next


async def replay(session: AsyncSession, endpoint: Endpoint, event_id: str) -> Delivery:
    """Send an event to an endpoint (again), at once and beside the order of its appointment.

    Any event of the account can be replayed that is told outside, also one that the endpoint never got. Raises
    NotFound, and Conflict (`invalid_transition`) while the endpoint is disabled.
    """
    query = select(Event).where(Event.id == event_id, Event.account_id == endpoint.account_id)
    event = (await session.exec(query)).first()
    if event is None or event.sequence is None or event.type not in EVENT_TYPES:
        raise NotFound("event", event_id)
    if not endpoint.enabled:
        raise Conflict("invalid_transition", "This webhook is disabled: enable it first.")
    now = clock.now()
    standing = select(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.event_id == event_id)
    delivery = (await session.exec(standing.with_for_update())).first()
    if delivery is None:
        delivery = await _new(session, endpoint, event, event.sequence, now)
    else:
        delivery.touch()
    waited_for = delivery.order_key if delivery.state is DeliveryState.PENDING else None
    delivery.state = DeliveryState.PENDING
    delivery.attempts, delivery.next_attempt_at = 0, now
    delivery.order_key, delivery.delivered_at = None, None
    session.add(delivery)
    await session.flush()
    await release_next(session, endpoint.id, waited_for, now)
    signal(session, "webhooks")
    return delivery


async def _new(session: AsyncSession, endpoint: Endpoint, event: Event, sequence: int, now: datetime) -> Delivery:
    place = select(Change.position).where(Change.sequence == sequence)
    return Delivery(
        endpoint_id=endpoint.id,
        event_id=event.id,
        event_type=event.type,
        sequence=sequence,
        position=(await session.exec(place)).first() or 0,
        holds_until=now,
    )


def delivery_object(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as the API shows it; instants are RFC 3339 in UTC."""
    pending = delivery.state is DeliveryState.PENDING
    return {
        "object": "webhook_delivery",
        "id": delivery.id,
        "delivery_id": delivery.id,
        "webhook_id": delivery.endpoint_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "sequence": delivery.sequence,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": rfc3339(delivery.next_attempt_at) if pending else None,
        "last_attempt_at": rfc3339(delivery.last_attempt_at),
        "delivered_at": rfc3339(delivery.delivered_at),
        "response_status": delivery.response_status,
        "error": delivery.error,
        "created_at": rfc3339(delivery.created_at),
        "updated_at": rfc3339(delivery.updated_at),
        "version": delivery.version,
    }
