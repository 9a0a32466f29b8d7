"""Firing reminders that are all due at one instant, texts included, against one APScheduler job a reminder."""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import func, select

from benchmarks.bare import IN_FLIGHT, bare_client, send
from benchmarks.carrier import carrier_process
from benchmarks.house import Bench, bench_house, plan_reminders
from benchmarks.table import Figure
from models import clock
from models.base import table_of
from models.database import Database
from models.message import Message, Status
from scheduler.alarm import Source
from scheduler.embedded import EmbeddedEngine
from scheduler.firing import Firing

_m = table_of(Message)
_SENT = select(func.count()).where(_m.c.status == Status.SENT)
_INSTANTS = select(_m.c.occurrence, _m.c.attempt_ended_at)
_fired: "asyncio.Queue[int]"


async def fire_one(index: int) -> None:
    """What an APScheduler job does: hand its text on to those who send."""
    _fired.put_nowait(index)


async def _apscheduler(url: str, count: int) -> float:
    global _fired
    _fired = asyncio.Queue()
    with tempfile.TemporaryDirectory() as folder:
        store = SQLAlchemyJobStore(f"sqlite:///{Path(folder) / 'jobs.db'}")
        scheduler = AsyncIOScheduler(
            jobstores={"default": store}, executors={"default": AsyncIOExecutor()}, timezone="UTC"
        )
        scheduler.start(paused=True)
        due = clock.now()
        for index in range(count):
            scheduler.add_job(fire_one, DateTrigger(due), args=[index], misfire_grace_time=None)
        async with bare_client(url) as client:
            left = iter(range(count))

            async def send_some() -> None:
                for _ in left:
                    await send(client, await _fired.get())

            began = time.perf_counter()
            scheduler.resume()
            await asyncio.gather(*(send_some() for _ in range(IN_FLIGHT)))
            took = time.perf_counter() - began
        scheduler.shutdown(wait=False)
    return count / took


async def _showup(url: str, count: int) -> float:
    async with bench_house(url) as bench:
        await plan_reminders(bench, [clock.now()] * count)
        engine = _engine(bench)
        began = time.perf_counter()
        await engine.start()
        await _settled(bench.database, count)
        took = time.perf_counter() - began
        await engine.stop()
        return count / took


def _engine(bench: Bench) -> EmbeddedEngine:
    firing = Firing(bench.database)
    sources = [
        Source("reminders", firing.earliest, firing.run_due),
        Source("messages", bench.way_out.earliest, bench.way_out.send_due),
    ]
    engine = EmbeddedEngine(sources, bench.way_out)
    bench.database.on_commit(engine.wake)
    return engine


async def _settled(database: Database, count: int) -> None:
    while True:
        async with database.read() as session:
            sent = (await session.execute(_SENT)).scalar_one()
        if sent >= count:
            return
        await asyncio.sleep(0.05)


async def _lateness(url: str, rate: int, seconds: int) -> float:
    """Return the 99th percentile of how late texts were at the carrier's answer, in milliseconds."""
    async with bench_house(url) as bench:
        first = clock.now() + timedelta(seconds=1)
        count = rate * seconds
        await plan_reminders(bench, [first + timedelta(seconds=index / rate) for index in range(count)])
        engine = _engine(bench)
        await engine.start()
        await _settled(bench.database, count)
        await engine.stop()
        async with bench.database.read() as session:
            rows = (await session.execute(_INSTANTS)).all()
    late = sorted((ended - asked).total_seconds() * 1000 for asked, ended in rows)
    return float(late[int(len(late) * 0.99)])


def figures(count: int) -> list[Figure]:
    """Measure firing and lateness."""
    with carrier_process(callbacks=False) as url:
        theirs = asyncio.run(_apscheduler(url, count))
        ours = asyncio.run(_showup(url, count))
        late = asyncio.run(_lateness(url, 100, 10))
    return [
        Figure(
            f"{count:,} reminders due at once, fired and sent/s", ours, "APScheduler, a job each", theirs, ">= 3"
        ),
        Figure("lateness p99 at 100 reminders/s", late, aim="< 100 ms", unit="ms"),
    ]
