"""What is asked again and again is answered from an index, however many rows are stored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from agent.builtin_agent import BuiltinAgent
from agent.reply import Replies
from messaging.carriers.twilio import TwilioCarrier
from messaging.gate import claim_due
from messaging.pace import Pace
from messaging.reconcile import Reconciler
from messaging.send import WayOut
from models.database import Database
from models.vault import Vault
from scheduler.firing import Firing, fire_due


@asynccontextmanager
async def plans_of(database: Database) -> AsyncIterator[list[str]]:
    """Give SQLite's plan of each query that the block asks of messages and reminders."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT") and (" messages" in statement or " reminders" in statement):
            asked.append((statement, parameters))

    engines = {database.reader.sync_engine, database.writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    plans: list[str] = []
    yield plans
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    async with database.reader.connect() as connection:
        for statement, parameters in asked:
            rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            plans.append("\n".join(str(list(row)[3]) for row in rows))


def wholly_read(plan: str) -> bool:
    """Tell whether a plan reads every message or reminder, or sorts what it found."""
    lines = plan.splitlines()
    scans = any(line.startswith(("SCAN messages", "SCAN reminders")) and "INDEX" not in line for line in lines)
    return scans or "TEMP B-TREE FOR ORDER BY" in plan


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_sqlite_url)
    yield database
    await database.close()


async def test_what_is_due_is_found_in_an_index(database: Database) -> None:
    vault, carrier = Vault("key"), TwilioCarrier("http://127.0.0.1:9")
    way_out = WayOut(database, vault, lambda _: carrier, public_url="http://127.0.0.1:9")
    reconciler = Reconciler(
        database, vault, lambda _: carrier, after=timedelta(seconds=30), in_flight=lambda: way_out.in_flight
    )
    async with plans_of(database) as plans:
        await way_out.earliest()
        await Firing(database).earliest()
        await reconciler.earliest()
        await reconciler.run_due()
        await Replies(database, builtin=BuiltinAgent()).earliest()
        async with database.write() as session:
            await claim_due(session, limit=10, pace=Pace(), postgresql=False)
            await fire_due(session, limit=10, postgresql=False)
    assert len(plans) == 8
    assert [plan for plan in plans if wholly_read(plan)] == []
