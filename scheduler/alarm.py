"""The alarm clock. APScheduler wakes us; the database is the ledger of what is due.

Each source of due work - reminders, retries, reconciliation - has one job in the scheduler, a date trigger at its
earliest due instant. The job drains the source until nothing is due, sets the next alarm, then looks once more,
since something earlier may have been stored meanwhile. A wake-up during a pass is remembered, not lost.
What no alarm can see (a clock that jumps, another program that writes) is found by looking every 30 seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from models import clock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30
MOST_IDLE_LOOKS = 3
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)


@dataclass
class Source:
    """A source of due work.

    earliest: returns the instant (UTC) at which something is next due, or None. run_due: does what is due and
    returns how much it did; it is called again until it returns 0.
    """

    name: str
    earliest: Callable[[], Awaitable[datetime | None]]
    run_due: Callable[[], Awaitable[int]]
    ringing: bool = False
    woken: bool = False
    failures: int = 0
    last_pass: datetime | None = None


class Alarm:
    """Wakes each source at its instants, and at once when it is told to."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._rings: set[asyncio.Task[None]] = set()
        self._stopping = False

    def add(self, source: Source) -> None:
        """Add a source; before start."""
        self._sources[source.name] = source

    def start(self) -> None:
        """Start in the running event loop; each source is looked at once, now."""
        self._scheduler.start()
        self._scheduler.add_job(
            self._look, IntervalTrigger(seconds=LOOK_SECONDS), id="look", coalesce=True, misfire_grace_time=None
        )
        for name in self._sources:
            self.wake(name)

    def wake(self, name: str) -> None:
        """Look at a source now: something may have become due, or due earlier. Unknown names are ignored."""
        source = self._sources.get(name)
        if source is None or self._stopping:
            return
        if source.ringing:
            source.woken = True
            return
        source.ringing = True
        ring = asyncio.create_task(self._ring(source))
        self._rings.add(ring)
        ring.add_done_callback(self._rings.discard)

    def failing(self) -> list[str]:
        """Return the names of sources whose last pass failed, for readiness."""
        return [source.name for source in self._sources.values() if source.failures >= 2]

    @property
    def is_running(self) -> bool:
        """Tell whether the scheduler runs."""
        return bool(self._scheduler.running) and not self._stopping

    async def stop(self) -> None:
        """Take nothing new, and let the passes that run end."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._rings:
            await asyncio.wait(self._rings)

    async def _sound(self, name: str) -> None:
        self.wake(name)

    async def _look(self) -> None:
        for name in self._sources:
            self.wake(name)

    async def _ring(self, source: Source) -> None:
        """Drain one source, then set its next alarm."""
        try:
            await self._drain(source)
            source.failures = 0
        except Exception:
            # The alarm never dies: whatever went wrong, it rings again, later and later.
            source.failures += 1
            log.exception("source_failed", source=source.name, failures=source.failures)
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(source.failures - 1, 6))
            self._set(source.name, clock.now() + pause)
        finally:
            source.ringing = False

    async def _drain(self, source: Source) -> None:
        idle = 0
        while not self._stopping:
            source.woken = False
            done = await source.run_due()
            source.last_pass = clock.now()
            if done or source.woken:
                idle = 0
                continue
            earliest = await source.earliest()
            if earliest is not None and earliest <= clock.now():
                # It fell due between the two looks; what is due and yet not done waits for something: no spinning.
                idle += 1
                if idle <= MOST_IDLE_LOOKS:
                    continue
                earliest = clock.now() + FIRST_PAUSE
            self._set(source.name, earliest)
            # Nothing was awaited since the question above returned but for this flag: no wake-up is lost.
            if not source.woken:
                return

    def _set(self, name: str, at: datetime | None) -> None:
        if self._stopping:
            return
        if at is None:
            if self._scheduler.get_job(name) is not None:
                self._scheduler.remove_job(name)
            return
        # The job only rings; the pass is a task of ours. A job still counted as running when its successor falls
        # due would make APScheduler skip that one, and with it the alarm: hence also more than one instance.
        self._scheduler.add_job(
            self._sound,
            DateTrigger(run_date=at),
            args=[name],
            id=name,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=10,
        )
