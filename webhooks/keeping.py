"""What is kept: the feed and finished deliveries for 30 days. The ledger itself, the timelines' source, stays."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import table_of
from models.change import THE_FEED, Change, Feed
from models.database import Database
from models.webhook import Delivery, DeliveryState
from webhooks.numbering import locked_feed

EVERY = timedelta(hours=1)
KEPT = timedelta(days=30)

_changes, _feed = table_of(Change), table_of(Feed)


class Keeping:
    """The source of hourly removal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due = clock.now()

    async def earliest(self) -> datetime | None:
        """Return when it is next due (UTC)."""
        return self._due

    async def run_due(self) -> int:
        """Remove what is too old, if it is time; return whether it looked."""
        if self._due > clock.now():
            return 0
        self._due = clock.now() + EVERY
        async with self._database.write() as session:
            await _remove(session, clock.now() - KEPT)
        return 1


async def _remove(session: AsyncSession, before: datetime) -> None:
    await locked_feed(session)
    oldest = select(func.max(_changes.c.position)).where(_changes.c.numbered_at < before)
    last = (await session.execute(oldest)).scalar()
    if last is not None:
        await session.execute(_changes.delete().where(_changes.c.position <= last))
        await session.execute(_feed.update().where(_feed.c.id == THE_FEED).values(removed_through=last))
    await session.execute(
        delete(Delivery).where(col(Delivery.created_at) < before, col(Delivery.state) != DeliveryState.PENDING)
    )
