"""A practice whose events go out: the rooms under test, and short ways to use them."""

from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, select

from models import clock
from models.account import Account
from models.attention import Attention
from models.database import Database
from models.event import SYSTEM, Actor, Event, record
from models.vault import Vault
from models.webhook import Delivery, Endpoint
from webhooks.delivering import Delivering
from webhooks.endpoints import create_endpoint
from webhooks.numbering import Numbering
from webhooks.post import Poster

NOW = "2026-03-02T15:00:00Z"


class Office:
    """What a test works with."""

    def __init__(self, database: Database, account: Account, clock: FrozenDateTimeFactory) -> None:
        self.database = database
        self.account = account
        self.clock = clock
        self.vault = Vault("the key of a test")
        self.poster = Poster(allow_private=True)
        self.numbering = Numbering(database, self.vault)
        self.delivering = Delivering(database, self.vault, self.poster)

    async def endpoint(self, url: str, **settings: Any) -> tuple[Endpoint, str]:
        """Make an endpoint; return it and its secret."""
        async with self.database.write() as session:
            return await create_endpoint(session, self.vault, self.account.id, {"url": url, **settings})

    async def happen(
        self, type: str = "appointment.confirmed", *, by: Actor = SYSTEM, about: str | None = "appt_1", **more: Any
    ) -> Event:
        """Let something happen."""
        async with self.database.write() as session:
            payload = more.pop("payload", {"object": "appointment", "id": about})
            event = record(
                session, type, account_id=self.account.id, by=by, appointment_id=about, payload=payload, **more
            )
            await session.flush()
        return event

    async def number(self) -> None:
        """Give everything that happened its place."""
        while await self.numbering.run_due():
            pass

    async def deliver(self) -> int:
        """Number what happened, deliver what is due, and wait for the answers; return how many attempts."""
        await self.number()
        made = 0
        while started := await self.delivering.run_due():
            made += started
            await self.delivering.finish()
        return made

    def pass_time(self, by: timedelta) -> datetime:
        """Move the clock."""
        self.clock.tick(by)
        return clock.now()

    async def deliveries(self) -> list[Delivery]:
        """Return every delivery, in the order of the feed."""
        async with self.database.read() as session:
            query = select(Delivery).order_by(col(Delivery.position))
            return list((await session.exec(query)).all())

    async def stored(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint as it is now."""
        async with self.database.read() as session:
            return await session.get_one(Endpoint, endpoint.id)

    async def open_items(self) -> list[Attention]:
        """Return what staff should look at."""
        async with self.database.read() as session:
            query = select(Attention).where(col(Attention.resolved_at).is_(None))
            return list((await session.exec(query)).all())

    async def close(self) -> None:
        """Close what holds connections."""
        await self.delivering.finish()
        await self.poster.close()
        await self.database.close()
