"""Status callbacks: what the carrier tells of a text it took, in any order and more than once."""

from typing import Any

import structlog
from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.consequences import follow_code
from messaging.transition import record_statuses, set_many
from models import clock
from models.base import table_of
from models.event import CARRIER
from models.message import Message, Status, may_become

log = structlog.get_logger(__name__)

_m = table_of(Message)

# The carrier's words for a text on its way, in their order; a later one is never overwritten by an earlier.
_ON_ITS_WAY = ("accepted", "scheduled", "queued", "sending", "sent")
_ENDS = {
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.UNDELIVERED,
    "canceled": Status.UNDELIVERED,
}


def status_of(carrier_status: str) -> Status | None:
    """Return our status for a carrier's word, or None for a word that says nothing of an outgoing text.

    A text the carrier took and then could not deliver is `undelivered`, whatever the carrier calls it.
    """
    if carrier_status in _ON_ITS_WAY:
        return Status.SENT
    return _ENDS.get(carrier_status)


async def take_callback(
    session: AsyncSession, message_id: str, *, sid: str, carrier_status: str, error_code: str | None
) -> None:
    """Settle a message by a callback whose signature was checked. One that comes late or twice changes nothing."""
    query = select(*_m.c).where(_m.c.id == message_id).with_for_update()
    found = (await session.execute(query)).first()
    if found is None:
        return
    row = found._asdict()
    if row["carrier_sid"] not in (None, sid):
        log.warning("callback_of_another_sid", message_id=message_id)
        return
    await apply_carrier_status(session, row, sid=sid, carrier_status=carrier_status, error_code=error_code)


async def apply_carrier_status(
    session: AsyncSession, row: dict[str, Any], *, sid: str, carrier_status: str, error_code: str | None
) -> None:
    """Write what the carrier says of a message; `row` is its row, locked by the caller."""
    status = status_of(carrier_status)
    never_attempted = row["status"] == Status.QUEUED and row["attempts"] == 0
    if status is None or never_attempted:
        return
    moves = row["status"] in may_become(status)
    if moves:
        now = clock.now()
        row.update(status=status, updated_at=now, version=row["version"] + 1)
        row["attempt_ended_at"] = row["attempt_ended_at"] or now
        # What an earlier try left behind is past.
        row["error_code"] = error_code if status is Status.UNDELIVERED else None
    if moves or _is_later(carrier_status, row["carrier_status"]):
        row["carrier_status"] = carrier_status
    row["carrier_sid"] = row["carrier_sid"] or sid
    await set_many(
        session,
        [row],
        columns=(
            "status",
            "carrier_sid",
            "carrier_status",
            "error_code",
            "attempt_ended_at",
            "updated_at",
            "version",
        ),
    )
    if moves:
        await record_statuses(session, [row], by=CARRIER)
        if status is Status.UNDELIVERED and error_code is not None:
            await follow_code(session, row, error_code)


def _is_later(word: str, standing: str | None) -> bool:
    if word not in _ON_ITS_WAY:
        return False
    if standing is None:
        return True
    return standing in _ON_ITS_WAY and _ON_ITS_WAY.index(word) > _ON_ITS_WAY.index(standing)
