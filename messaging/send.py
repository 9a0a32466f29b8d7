"""The one way out. Whoever asks - the API, a reminder, an agent, a receptionist - the text leaves here.

1. With a place at the carrier in hand, texts that are due pass the gate and are committed as `sending`.
2. Each is handed to the carrier, once.
3. What the carrier answered is committed. No answer is `unknown`, and reconcile.py finds out.

A kill between any two of these steps loses nothing and sends nothing twice: before 1 the text is still queued,
between 1 and 3 it is `sending`, which reconcile.py takes for `unknown`.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.outcome import NotTaken, Outcome
from messaging.carriers.twilio import Credentials, TwilioCarrier
from messaging.gate import Departure, claim_due, pass_gate
from messaging.pace import Pace
from messaging.places import Places
from messaging.settle import Answer, settle, settle_one
from models import clock
from models.base import table_of
from models.database import Database
from models.message import IS_UNSENT, Message
from models.phone_number import PhoneNumber
from models.vault import UnreadableSecret, Vault

log = structlog.get_logger(__name__)

UNREADABLE_TOKEN_SECONDS = 60

_m, _n = table_of(Message), table_of(PhoneNumber)

# The first of the index, not a minimum: with a join, that would look at every text that waits.
_EARLIEST = (
    select(_m.c.next_attempt_at)
    .join(_n, _n.c.id == _m.c.phone_number_id)
    .where(IS_UNSENT, _n.c.stopped_reason.is_(None))
    .order_by(_m.c.next_attempt_at)
    .limit(1)
)

CarrierOf = Callable[[str], TwilioCarrier]


class WayOut:
    """Hands texts to their carriers, at most `concurrency` at once in this process."""

    def __init__(
        self, database: Database, vault: Vault, carrier_of: CarrierOf, *, public_url: str, concurrency: int = 50
    ) -> None:
        """carrier_of: the client of a number's `carrier`; public_url: where its callbacks reach us."""
        self._database = database
        self._vault = vault
        self._carrier_of = carrier_of
        self._public_url = public_url.rstrip("/")
        self._pace = Pace()
        self._credentials = lru_cache(maxsize=1000)(self._decrypted)
        self.places = Places(concurrency)
        self._on_the_way: dict[str, asyncio.Task[None]] = {}
        self._answers: list[Answer] = []
        self._settling: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def in_flight(self) -> set[str]:
        """The ids of messages that this process is handing over at this instant."""
        return set(self._on_the_way)

    async def earliest(self) -> datetime | None:
        """Return when the next text may be handed over (UTC), or None."""
        async with self._database.read() as session:
            return (await session.execute(_EARLIEST)).scalar()

    async def send_due(self) -> int:
        """Send what is due until nothing more is; return how many texts were looked at."""
        looked_at = 0
        earliest = await self.earliest()
        if earliest is None or earliest > clock.now():
            # Reading costs little, while a claim takes the database's one writer.
            return 0
        while not self._closing:
            places = await self.places.take_several()
            try:
                departures, seen = await self._claim(places)
            except BaseException:
                self.places.give_back(places)
                raise
            self.places.give_back(places - len(departures))
            for departure in departures:
                task = asyncio.create_task(self._deliver(departure))
                self._on_the_way[departure.message_id] = task
            looked_at += seen
            if seen == 0:
                break
        return looked_at

    def take_nothing_new(self) -> None:
        """Let the pass that runs end where it is; what is due stays stored."""
        self._closing = True

    async def pass_one(self, session: AsyncSession, message_id: str) -> Departure | None:
        """Let one text through the gate within the caller's transaction, which holds its recipient's lock.

        Returns None where it may not leave now; its row says why. The caller holds a place (`places.take`),
        commits, hands it over and settles the answer.
        """
        departures = await pass_gate(
            session, [message_id], pace=self._pace, postgresql=self._database.is_postgresql
        )
        return departures[0] if departures else None

    async def hand_over(self, departure: Departure) -> Outcome:
        """Give one text to the carrier, once; the caller has committed it as `sending` and settles the answer."""
        carrier = self._carrier_of(departure.carrier)
        try:
            credentials = self._credentials(departure.account_sid, departure.token_encrypted)
        except UnreadableSecret as unreadable:
            # Nothing is wrong with the text: it waits until the process runs with the right key again.
            log.error("token_unreadable", phone_number_id=departure.phone_number_id, reason=str(unreadable))
            return NotTaken(code=None, retry_after=UNREADABLE_TOKEN_SECONDS)
        return await carrier.create(
            credentials,
            to=departure.to_number,
            from_=departure.from_number,
            body=departure.body,
            status_callback=f"{self._public_url}/webhooks/twilio/status/{departure.message_id}",
            validity_seconds=departure.validity_seconds,
        )

    async def finish(self) -> None:
        """Wait for what is on the way; each is answered or times out within seconds. Takes nothing new."""
        while self._on_the_way or self._answers:
            waiting = [*self._on_the_way.values(), *([self._settling] if self._settling else [])]
            await asyncio.wait(waiting) if waiting else self._settle_soon()

    async def _claim(self, limit: int) -> tuple[list[Departure], int]:
        async with self._database.write() as session:
            return await claim_due(session, limit=limit, pace=self._pace, postgresql=self._database.is_postgresql)

    async def _deliver(self, departure: Departure) -> None:
        try:
            outcome = await self.hand_over(departure)
        except Exception:
            # A fault of ours, before or after the request: the text stays `sending` and is reconciled.
            log.exception("handing_over_failed", message_id=departure.message_id)
            self._on_the_way.pop(departure.message_id, None)
            self.places.give_back(1)
            return
        self._answers.append(Answer(departure.message_id, outcome))
        self.places.give_back(1)
        self._settle_soon()

    def _decrypted(self, account_sid: str, token_encrypted: str) -> Credentials:
        return Credentials(account_sid, self._vault.decrypt(token_encrypted))

    def _settle_soon(self) -> None:
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle_answers())

    async def _settle_answers(self) -> None:
        """Commit the answers that have gathered; more gather while the commit runs, and go into the next."""
        try:
            while self._answers:
                answers, self._answers = self._answers, []
                await self._commit(answers)
                for answer in answers:
                    self._on_the_way.pop(answer.message_id, None)
        finally:
            self._settling = None

    async def _commit(self, answers: list[Answer]) -> None:
        """Write answers, again and again while the database is away: they exist nowhere else."""
        for seconds in (0.1, 0.5, 1, 2, 5, 10, 10):
            try:
                await self._write(answers)
                return
            except Exception:
                # Whatever the database does, the answers are worth another try; reconciling is the last resort.
                log.exception("settling_failed", messages=len(answers))
                await asyncio.sleep(seconds)
        log.error("settling_given_up", messages=len(answers))

    async def _write(self, answers: list[Answer]) -> None:
        try:
            async with self._database.write() as session:
                await settle(session, answers)
        except IntegrityError:
            # One of them has the SID of another message; the others must not wait for it.
            for answer in answers:
                async with self._database.write() as session:
                    await settle_one(session, answer)
