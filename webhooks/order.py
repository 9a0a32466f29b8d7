"""The order of an appointment's events at an endpoint: the later ones become due when the earlier have arrived.

A delivery that waits for an earlier one is due only when that one no longer holds it back. When the earlier one is
done, the next is made due at once. Both are done with the endpoint's row locked, so that neither misses the other.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import table_of
from models.webhook import Delivery, DeliveryState

# An event undelivered for this long no longer holds back later ones of its appointment.
HOLDS = timedelta(hours=1)

_d = table_of(Delivery)

# Written into the statement: a partial index is of no use to a plan that does not know the state.
PENDING = _d.c.state == bindparam("pending", DeliveryState.PENDING, type_=_d.c.state.type, literal_execute=True)


async def held_until(
    session: AsyncSession, endpoint_ids: Collection[str], order_keys: Collection[str], now: datetime
) -> Mapping[tuple[str, str], datetime]:
    """Return until when a later event would be held back, for the endpoints and keys where one would be."""
    if not order_keys:
        return {}
    query = (
        select(_d.c.endpoint_id, _d.c.order_key, func.max(_d.c.holds_until).label("until"))
        .where(
            PENDING,
            _d.c.endpoint_id.in_(endpoint_ids),
            _d.c.order_key.in_(order_keys),
            _d.c.holds_until > now,
        )
        .group_by(_d.c.endpoint_id, _d.c.order_key)
    )
    return {(row.endpoint_id, row.order_key): row.until for row in (await session.execute(query)).all()}


async def release_next(session: AsyncSession, endpoint_id: str, order_key: str | None, now: datetime) -> None:
    """Make due the delivery that waited for one which is done. One that was tried already keeps its own time."""
    if order_key is None:
        return
    query = (
        select(_d.c.id, _d.c.attempts, _d.c.next_attempt_at)
        .where(PENDING, _d.c.endpoint_id == endpoint_id, _d.c.order_key == order_key)
        .order_by(_d.c.position)
        .limit(1)
    )
    first = (await session.execute(query)).first()
    if first is not None and first.attempts == 0 and first.next_attempt_at > now:
        await session.execute(_d.update().where(_d.c.id == first.id).values(next_attempt_at=now))
