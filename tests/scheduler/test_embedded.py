"""The embedded engine in one event loop: what is stored goes out by itself, and ending it loses nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from messaging.recipients import lock_recipient
from messaging.texts import queue_text
from models import clock
from models.database import Database
from models.idempotency import IdempotencyKey
from models.message import Kind, Status
from scheduler.alarm import Source
from scheduler.embedded import EmbeddedEngine
from scheduler.housekeeping import Housekeeping
from scheduler.watch import watch
from tests.messaging.clinic import HERS, Clinic, open_clinic, people


@pytest.fixture
async def clinic(migrated_url: str) -> AsyncIterator[Clinic]:
    """A clinic whose clock runs and whose carrier takes two texts at once."""
    async with open_clinic(migrated_url, concurrency=2) as clinic:
        yield clinic


def engine_of(clinic: Clinic) -> EmbeddedEngine:
    """Return an engine for all that the clinic does, woken by its commits."""
    sources = [
        Source("reminders", clinic.firing.earliest, clinic.firing.run_due),
        Source("messages", clinic.way_out.earliest, clinic.way_out.send_due),
        Source("reconcile", clinic.reconciler.earliest, clinic.reconciler.run_due),
        Source("inbound", clinic.replies.earliest, clinic.replies.run_due),
    ]
    engine = EmbeddedEngine(sources, clinic.way_out)
    clinic.database.on_commit(engine.wake)
    return engine


async def until(clinic: Clinic, wanted: Callable[[], bool]) -> None:
    """Wait until something is so, looking whenever something happens at the carrier."""
    phones = clinic.sandbox.phones
    while not wanted():
        assert await phones.events(phones.last_event, wait=10), "it never came"


async def test_a_text_leaves_a_reminder_fires_and_an_answer_follows_without_anybody_asking(clinic: Clinic) -> None:
    engine = engine_of(clinic)
    await engine.start()
    await clinic.queue("At once")
    await until(clinic, lambda: "At once" in clinic.texts())
    await clinic.remind(nominal_at=clock.now() + timedelta(seconds=0.3), any_hour=True)
    engine.wake(frozenset({"reminders"}))
    await until(clinic, lambda: "Time for your visit." in clinic.texts())
    await clinic.arrive("what?")
    await until(clinic, lambda: len(clinic.texts()) == 3)
    assert engine.failures() == []
    await engine.stop()


async def test_it_ends_amid_a_long_queue_with_nothing_half_sent(clinic: Clinic) -> None:
    clinic.sandbox.faults.add("hang", seconds=0.05, accept="at_once")
    for person in people(100):
        await clinic.queue(to=person)
    engine = engine_of(clinic)
    await engine.start()
    await until(clinic, lambda: len(clinic.sandbox.messages) >= 4)
    await engine.stop()
    taken = len(clinic.sandbox.messages)
    assert taken < 100, "it waited for the whole queue"
    statuses = [message.status for person in people(100) for message in await clinic.messages(to=person)]
    assert statuses.count(Status.SENT) == taken
    assert statuses.count(Status.QUEUED) == 100 - taken
    assert engine.failures() == ["the alarm has stopped"]


async def test_what_another_process_commits_is_seen(clinic: Clinic) -> None:
    """SQLite's data version, or PostgreSQL's LISTEN and NOTIFY."""
    heard: set[str] = set()
    watching = asyncio.create_task(watch(clinic.database, heard.update))
    other = Database(clinic.database.url)
    async with asyncio.timeout(10):
        while not heard:
            async with other.write() as session:
                recipient = await lock_recipient(session, clinic.account.id, HERS)
                await queue_text(session, clinic.number, recipient, "Hello", kind=Kind.API)
            await asyncio.sleep(0.2)
    assert "messages" in heard
    watching.cancel()
    await other.close()


async def test_what_grows_without_end_is_cut_back(clinic: Clinic) -> None:
    async with clinic.database.write() as session:
        for name, age in (("old", 26), ("young", 23)):
            session.add(
                IdempotencyKey(
                    account_id=clinic.account.id,
                    key=name,
                    fingerprint="",
                    created_at=clock.now() - timedelta(hours=age),
                )
            )
    housekeeping = Housekeeping(clinic.database)
    assert await housekeeping.run_due() == 1
    assert await housekeeping.run_due() == 0
    async with clinic.database.read() as session:
        assert await session.get(IdempotencyKey, (clinic.account.id, "old")) is None
        assert await session.get(IdempotencyKey, (clinic.account.id, "young")) is not None
