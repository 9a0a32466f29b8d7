"""Seeing what other processes committed, which no commit of ours announces."""

import asyncio
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import text

from models.database import NOTIFY_CHANNEL, Database

log = structlog.get_logger(__name__)

SQLITE_LOOK_SECONDS = 1.0
RECONNECT_SECONDS = 2.0

Wake = Callable[[frozenset[str]], None]
EVERYTHING = frozenset({"reminders", "messages", "inbound", "reconcile", "events", "changes", "webhooks"})


async def watch(database: Database, wake: Wake) -> None:
    """Call `wake` for what other processes made due, until cancelled."""
    if database.is_postgresql:
        await _listen(database, wake)
    else:
        await _look(database, wake)


async def _look(database: Database, wake: Wake) -> None:
    """SQLite: its data version changes with every commit of another connection, and costs nothing to read."""
    async with database.reader.connect() as connection:
        seen: int | None = None
        while True:
            version = (await connection.execute(text("PRAGMA data_version"))).scalar()
            # The read transaction must end, or it would see the same moment for ever.
            await connection.rollback()
            if seen is not None and version != seen:
                wake(EVERYTHING)
            seen = version
            await asyncio.sleep(SQLITE_LOOK_SECONDS)


async def _listen(database: Database, wake: Wake) -> None:
    """PostgreSQL: LISTEN; after a lost connection everything is looked at once, for what was missed."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                wake(EVERYTHING)
                async for notification in connection.notifies():
                    wake(frozenset(notification.payload.split(",")))
        except (psycopg.Error, OSError) as error:
            log.warning("listening_lost", reason=type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)
