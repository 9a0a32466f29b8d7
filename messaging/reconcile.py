"""Reconciling: finding out what became of a text whose answer was lost, before anything is sent again.

The carrier has no idempotency key and its list carries no callback address, so equal texts - same To, From and
Body - are interchangeable. SIDs of the list that no message holds go to the unanswered messages in the order of
their making. Only when two complete listings, the second long enough after the attempt ended, show fewer texts
than messages, is one queued again. A list that cannot be read proves nothing: we wait, and say so.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.outcome import Listed, ListingFailed
from messaging.carriers.twilio import ANSWER_SECONDS, Credentials, TwilioCarrier
from messaging.status import apply_carrier_status
from messaging.transition import change_status
from models import clock
from models.base import table_of
from models.database import Database, signal
from models.message import IS_AWAITING, Message, Status
from models.phone_number import PhoneNumber
from models.vault import UnreadableSecret, Vault

log = structlog.get_logger(__name__)

# A text still `sending` after this is one whose process died: a live one has its answer or its timeout by then.
ABANDONED = timedelta(seconds=ANSWER_SECONDS + 5)
# The carrier's clock and ours may differ, and its list counts whole seconds.
CLOCK_SKEW = timedelta(minutes=2)
UNREADABLE_WAIT = timedelta(seconds=15)
GROUPS_A_PASS = 20

_m, _n = table_of(Message), table_of(PhoneNumber)
_Row = dict[str, Any]


class Reconciler:
    """Settles messages that are `unknown`, and those left `sending` by a process that died."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        carrier_of: Callable[[str], TwilioCarrier],
        *,
        after: timedelta,
        in_flight: Callable[[], Collection[str]],
    ) -> None:
        """after: how long after an attempt ended the carrier's list is trusted to be complete."""
        self._database = database
        self._vault = vault
        self._carrier_of = carrier_of
        self._after = after
        self._in_flight = in_flight

    async def earliest(self) -> datetime | None:
        """Return when the next message is to be looked at (UTC), or None."""
        query = select(
            select(func.min(_m.c.next_attempt_at)).where(*_in(Status.UNKNOWN)).scalar_subquery(),
            select(func.min(_m.c.attempt_started_at)).where(*_in(Status.SENDING)).scalar_subquery(),
        )
        async with self._database.read() as session:
            look, started = (await session.execute(query)).one()
        instants = [look] if look is not None else []
        if started is not None:
            # One that is still on its way in this process is looked at again a little later.
            instants.append(max(started + ABANDONED, clock.now() + timedelta(seconds=1)))
        return min(instants, default=None)

    async def run_due(self) -> int:
        """Look at what is due; return how many messages were looked at."""
        await self._adopt_abandoned()
        looked_at = 0
        for group in await self._due_groups():
            looked_at += await self._reconcile(*group)
        return looked_at

    async def _adopt_abandoned(self) -> None:
        before = clock.now() - ABANDONED
        query = select(_m.c.id).where(*_in(Status.SENDING), _m.c.attempt_started_at <= before)
        async with self._database.read() as session:
            ids = set((await session.execute(query)).scalars()) - set(self._in_flight())
        if not ids:
            return
        async with self._database.write() as session:
            now = clock.now()
            await change_status(
                session,
                sorted(ids),
                Status.UNKNOWN,
                note="its process ended before the carrier's answer was stored",
                attempt_ended_at=now,
                next_attempt_at=now,
            )

    async def _due_groups(self) -> list[tuple[str, str]]:
        query = (
            select(_m.c.phone_number_id, _m.c.to_number)
            .where(*_in(Status.UNKNOWN), _m.c.next_attempt_at <= clock.now())
            .distinct()
            .limit(GROUPS_A_PASS)
        )
        async with self._database.read() as session:
            return [(number, to) for number, to in (await session.execute(query)).all()]

    async def _reconcile(self, phone_number_id: str, to_number: str) -> int:
        """Read the carrier's list once for all unanswered texts of one sender to one recipient."""
        asked_at = clock.now()
        async with self._database.read() as session:
            number = (await session.execute(select(*_n.c).where(_n.c.id == phone_number_id))).one()
            since = (
                await session.execute(
                    select(func.min(_m.c.attempt_started_at)).where(*_unknown(phone_number_id, to_number))
                )
            ).scalar()
        if since is None:
            return 0
        try:
            credentials = Credentials(number.twilio_sid, self._vault.decrypt(number.twilio_token_encrypted))
            listed = await self._carrier_of(number.carrier).list_messages(
                credentials, since=since - CLOCK_SKEW, to=to_number, from_=number.phone_number
            )
        except (ListingFailed, UnreadableSecret) as failure:
            log.warning("carrier_list_unreadable", phone_number_id=phone_number_id, reason=str(failure))
            return await self._wait(phone_number_id, to_number)
        async with self._database.write() as session:
            return await self._match(session, phone_number_id, to_number, listed, asked_at)

    async def _wait(self, phone_number_id: str, to_number: str) -> int:
        async with self._database.write() as session:
            await session.execute(
                _m.update()
                .where(*_unknown(phone_number_id, to_number))
                .values(next_attempt_at=clock.now() + UNREADABLE_WAIT)
            )
        return 0

    async def _match(
        self,
        session: AsyncSession,
        phone_number_id: str,
        to_number: str,
        listed: list[Listed],
        asked_at: datetime,
    ) -> int:
        query = (
            select(*_m.c)
            .where(*_unknown(phone_number_id, to_number), _m.c.attempt_ended_at <= asked_at)
            .order_by(_m.c.attempt_started_at, _m.c.id)
            .with_for_update()
        )
        rows = [row._asdict() for row in (await session.execute(query)).all()]
        held = select(_m.c.carrier_sid).where(_m.c.carrier_sid.in_([item.sid for item in listed]))
        bound = set((await session.execute(held)).scalars())
        free: dict[str, list[Listed]] = defaultdict(list)
        for item in sorted(listed, key=lambda item: item.created_at):
            if item.sid not in bound and item.direction != "inbound":
                free[_same_text(item.body)].append(item)
        for row in rows:
            candidates = free[_same_text(row["body"])]
            earliest = row["attempt_started_at"] - CLOCK_SKEW
            found = next((item for item in candidates if item.created_at >= earliest), None)
            if found is not None:
                candidates.remove(found)
                await apply_carrier_status(
                    session,
                    row,
                    sid=found.sid,
                    carrier_status=found.status,
                    error_code=found.error_code,
                )
            else:
                await self._missing(session, row, asked_at)
        return len(rows)

    async def _missing(self, session: AsyncSession, row: _Row, asked_at: datetime) -> None:
        """The carrier's list does not have it; once that is certain, it is queued again."""
        trusted_at = row["attempt_ended_at"] + self._after
        if row["listings"] >= 1 and asked_at >= trusted_at:
            await change_status(
                session,
                [row["id"]],
                Status.QUEUED,
                note="the carrier's list, read twice, does not have it: sent again",
                next_attempt_at=clock.now(),
            )
            signal(session, "messages")
            return
        await session.execute(
            _m.update()
            .where(_m.c.id == row["id"])
            .values(
                listings=row["listings"] + 1,
                listed_at=asked_at,
                next_attempt_at=max(trusted_at, asked_at + timedelta(seconds=1)),
            )
        )


def _in(status: Status) -> tuple[Any, Any]:
    """Return the conditions of a status that awaits the carrier; the first is the index's own."""
    return IS_AWAITING, _m.c.status == status


def _unknown(phone_number_id: str, to_number: str) -> tuple[Any, ...]:
    return (
        *_in(Status.UNKNOWN),
        _m.c.phone_number_id == phone_number_id,
        _m.c.to_number == to_number,
    )


def _same_text(body: str) -> str:
    """Return a text as the carrier may have stored it: it trims the ends and has one kind of line break."""
    return body.replace("\r\n", "\n").strip()
