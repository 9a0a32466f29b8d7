"""Texts that arrived while we were away: the carrier's list is read for them, at start and every 15 minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.outcome import Listed, ListingFailed
from messaging.carriers.twilio import Credentials, TwilioCarrier
from messaging.inbound import Arrival, receive
from models import clock
from models.database import Database
from models.message import Message
from models.phone_number import PhoneNumber
from models.vault import UnreadableSecret, Vault

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=15)
# A text on its way to our webhook is left to it for so long, and the carrier's clock may be behind ours.
OVERLAP = timedelta(minutes=5)
GRACE = timedelta(seconds=20)
# Before its start this process had no webhook to leave a text to; the carrier's instants are cut to whole seconds.
BEFORE_START = timedelta(seconds=1)


class MissedTexts:
    """The source of readings of the carrier's list, one a number."""

    def __init__(self, database: Database, vault: Vault, carrier_of: Callable[[str], TwilioCarrier]) -> None:
        self._database = database
        self._vault = vault
        self._carrier_of = carrier_of
        self._started = clock.now()
        self._next: dict[str, datetime] = {}

    async def earliest(self) -> datetime | None:
        """Return when the next number is to be read (UTC), or None without numbers."""
        async with self._database.read() as session:
            ids = (await session.exec(select(PhoneNumber.id).where(*_LIVE))).all()
        return min((self._due(id) for id in ids), default=None)

    async def run_due(self) -> int:
        """Read the list of each number that is due; return how many texts were found."""
        async with self._database.read() as session:
            numbers = (await session.exec(select(PhoneNumber).where(*_LIVE))).all()
        found = 0
        for number in numbers:
            if self._due(number.id) <= clock.now():
                self._next[number.id] = clock.now() + EVERY
                found += await self._read(number)
        return found

    def _due(self, number_id: str) -> datetime:
        return self._next.get(number_id, self._started)

    async def _read(self, number: PhoneNumber) -> int:
        asked_at = clock.now()
        since = _unread_since(number)
        try:
            credentials = Credentials(number.twilio_sid, self._vault.decrypt(number.twilio_token_encrypted))
            listed = await self._carrier_of(number.carrier).list_messages(
                credentials, since=since, to=number.phone_number
            )
        except (ListingFailed, UnreadableSecret) as failure:
            log.warning("missed_texts_unreadable", phone_number_id=number.id, reason=str(failure))
            return 0
        arrived = [item for item in listed if item.direction == "inbound"]
        async with self._database.write() as session:
            unknown = await self._unknown(session, number, arrived)
            settled_at = max(asked_at - GRACE, self._started - BEFORE_START)
            missed = [item for item in unknown if item.created_at <= settled_at]
            if len(missed) < len(unknown):
                self._next[number.id] = asked_at + GRACE
            for item in sorted(missed, key=lambda item: item.created_at):
                await receive(session, number, _arrival(item))
            kept = await session.get_one(PhoneNumber, number.id)
            # What is too fresh to be judged is read again.
            kept.inbound_read_at = asked_at - GRACE
            session.add(kept)
        return len(missed)

    async def _unknown(self, session: AsyncSession, number: PhoneNumber, arrived: list[Listed]) -> list[Listed]:
        since = _unread_since(number)
        due = [item for item in arrived if since <= item.created_at]
        query = select(Message.carrier_sid).where(
            Message.account_id == number.account_id, col(Message.carrier_sid).in_([item.sid for item in due])
        )
        known = set((await session.exec(query)).all())
        return [item for item in due if item.sid not in known]


def _unread_since(number: PhoneNumber) -> datetime:
    """Return the instant (UTC) from which on a number's texts may be unknown: never before it was ours."""
    if number.inbound_read_at is None:
        return number.created_at
    return max(number.created_at, number.inbound_read_at - OVERLAP)


def _arrival(item: Listed) -> Arrival:
    return Arrival(
        sid=item.sid,
        from_number=item.from_number,
        body=item.body,
        media_count=item.media_count,
        arrived_at=item.created_at,
    )


_LIVE = (col(PhoneNumber.deleted_at).is_(None), col(PhoneNumber.stopped_reason).is_(None))
