"""The alarm: due work is done at its instant, whatever comes in between, and nothing spins."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from models import clock
from scheduler import alarm as alarm_module
from scheduler.alarm import MOST_IDLE_LOOKS, Alarm, Source

SOON = timedelta(milliseconds=150)
LATER = timedelta(hours=1)
# No test waits this long; it only ends one that would wait for ever.
PATIENCE = 20


class Ledger:
    """A source of due work in memory: the instants at which something is due, and those that were done."""

    def __init__(self, name: str = "ledger") -> None:
        self.instants: list[datetime] = []
        self.done: list[datetime] = []
        self.looks = 0
        self.source = Source(name, self.earliest, self.run_due)

    async def earliest(self) -> datetime | None:
        return min(self.instants, default=None)

    async def run_due(self) -> int:
        self.looks += 1
        await asyncio.sleep(0)  # a database answers later
        now = clock.now()
        due = [instant for instant in self.instants if instant <= now]
        self.instants = [instant for instant in self.instants if instant > now]
        self.done += due
        return len(due)


@pytest.fixture
async def alarm() -> AsyncIterator[Alarm]:
    """An alarm, stopped after the test."""
    alarm = Alarm()
    yield alarm
    await alarm.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  a condition is no event
            await asyncio.sleep(0.01)


async def turns(number: int = 50) -> None:
    """Let everything run that does not wait for a clock."""
    for _ in range(number):
        await asyncio.sleep(0)


def is_set(alarm: Alarm, name: str) -> bool:
    """Tell whether the alarm rings at some instant for a source."""
    return alarm._scheduler.get_job(name) is not None


async def test_what_came_due_while_nobody_ran_is_done_at_the_start(alarm: Alarm) -> None:
    ledger = Ledger()
    ledger.instants = [clock.now() - LATER, clock.now() - SOON]
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: len(ledger.done) == 2)


async def test_work_is_done_at_its_instant_and_not_looked_for_before(alarm: Alarm) -> None:
    ledger = Ledger()
    due = clock.now() + SOON
    ledger.instants = [due]
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: is_set(alarm, "ledger"))
    assert ledger.done == []
    assert ledger.looks == 1
    await until(lambda: ledger.done == [due])
    assert clock.now() >= due


async def test_each_instant_of_several_is_rung_for(alarm: Alarm) -> None:
    ledger = Ledger()
    ledger.instants = [clock.now() + SOON, clock.now() + SOON * 2, clock.now() + LATER]
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: len(ledger.done) == 2)
    assert ledger.done == sorted(ledger.done)
    assert len(ledger.instants) == 1


async def test_a_new_earlier_instant_moves_the_alarm(alarm: Alarm) -> None:
    ledger = Ledger()
    far = clock.now() + LATER
    ledger.instants = [far]
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: is_set(alarm, "ledger"))
    near = clock.now() + SOON
    ledger.instants.append(near)
    alarm.wake("ledger")
    await until(lambda: ledger.done == [near])
    assert ledger.instants == [far]
    await until(lambda: is_set(alarm, "ledger"))


async def test_when_nothing_is_left_to_come_no_alarm_is_set_and_a_wake_up_still_works(alarm: Alarm) -> None:
    ledger = Ledger()
    ledger.instants = [clock.now() + LATER]
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: is_set(alarm, "ledger"))
    ledger.instants.clear()
    alarm.wake("ledger")
    await until(lambda: not is_set(alarm, "ledger"))
    now = clock.now()
    ledger.instants.append(now)
    alarm.wake("ledger")
    await until(lambda: ledger.done == [now])


async def test_a_wake_up_during_a_pass_is_not_lost(alarm: Alarm) -> None:
    ledger = Ledger()
    passing, go_on = asyncio.Event(), asyncio.Event()
    looked = 0

    async def run_due() -> int:
        nonlocal looked
        looked += 1
        if looked == 1:
            passing.set()
            await go_on.wait()
            return 0  # what is stored meanwhile is not seen by this look
        return await ledger.run_due()

    async def earliest() -> datetime | None:
        return None  # so that nothing but the wake-up tells of it

    alarm.add(Source("slow", earliest, run_due))
    alarm.start()
    await asyncio.wait_for(passing.wait(), PATIENCE)
    ledger.instants.append(clock.now())
    alarm.wake("slow")
    go_on.set()
    await until(lambda: len(ledger.done) == 1)


async def test_a_wake_up_between_the_last_look_and_the_next_alarm_is_not_lost(alarm: Alarm) -> None:
    ledger = Ledger()
    asking, answer = asyncio.Event(), asyncio.Event()

    async def earliest() -> datetime | None:
        if not asking.is_set():
            asking.set()
            await answer.wait()
            return None  # the answer is from before something was stored
        return await ledger.earliest()

    alarm.add(Source("asked", earliest, ledger.run_due))
    alarm.start()
    await asyncio.wait_for(asking.wait(), PATIENCE)
    now = clock.now()
    ledger.instants.append(now)
    alarm.wake("asked")
    answer.set()
    await until(lambda: ledger.done == [now])


async def test_wake_ups_by_the_hundred_are_one_more_look(alarm: Alarm) -> None:
    ledger = Ledger()
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: ledger.looks == 1)
    await turns()
    for _ in range(500):
        alarm.wake("ledger")
    await turns(1000)
    assert ledger.looks <= 3


async def test_work_that_is_due_but_waits_for_something_is_not_looked_at_without_end(alarm: Alarm) -> None:
    looks = 0
    past = clock.now() - LATER

    async def earliest() -> datetime | None:
        return past

    async def run_due() -> int:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return 0

    alarm.add(Source("stuck", earliest, run_due))
    alarm.start()
    await turns(200)
    assert looks == MOST_IDLE_LOOKS + 1
    job = alarm._scheduler.get_job("stuck")
    assert job is not None
    assert job.next_run_time > clock.now()


async def test_a_failing_source_backs_off_is_told_of_and_recovers(
    alarm: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_module, "FIRST_PAUSE", timedelta(milliseconds=20))
    ledger = Ledger()
    ledger.instants = [clock.now()]
    broken = True
    tries: list[datetime] = []

    async def run_due() -> int:
        tries.append(clock.now())
        if broken:
            raise ConnectionError("the database is away")
        return await ledger.run_due()

    alarm.add(Source("failing", ledger.earliest, run_due))
    alarm.start()
    await until(lambda: alarm.failing() == ["failing"])
    await until(lambda: len(tries) == 5)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(pause >= timedelta(milliseconds=20 * 2**n) for n, pause in enumerate(pauses))
    broken = False
    await until(lambda: len(ledger.done) == 1)
    await until(lambda: alarm.failing() == [])


async def test_one_source_failing_stops_no_other(alarm: Alarm) -> None:
    async def fail() -> int:
        raise RuntimeError("broken")

    async def never() -> datetime | None:
        return None

    ledger = Ledger()
    due = clock.now() + SOON
    ledger.instants = [due]
    alarm.add(Source("broken", never, fail))
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: ledger.done == [due])


async def test_a_failure_to_ask_for_the_next_instant_is_survived_too(
    alarm: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_module, "FIRST_PAUSE", timedelta(milliseconds=20))
    ledger = Ledger()
    ledger.instants = [clock.now() + SOON]
    asked = 0

    async def earliest() -> datetime | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionError("the database is away")
        return await ledger.earliest()

    alarm.add(Source("asked", earliest, ledger.run_due))
    alarm.start()
    await until(lambda: len(ledger.done) == 1)


async def test_what_nobody_told_of_is_found_by_looking(alarm: Alarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_module, "LOOK_SECONDS", 0.05)
    ledger = Ledger()
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: ledger.looks >= 1)
    now = clock.now()
    ledger.instants.append(now)
    await until(lambda: ledger.done == [now])


async def test_a_source_is_never_run_twice_at_once(alarm: Alarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_module, "LOOK_SECONDS", 0.02)
    running, most, passes = 0, 0, 0

    async def run_due() -> int:
        nonlocal running, most, passes
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.03)
        running -= 1
        passes += 1
        return 0

    async def earliest() -> datetime | None:
        return clock.now() + timedelta(milliseconds=10)

    alarm.add(Source("busy", earliest, run_due))
    alarm.start()
    for _ in range(20):
        alarm.wake("busy")
        await asyncio.sleep(0.005)
    await until(lambda: passes >= 3)
    assert most == 1


async def test_stopping_lets_a_pass_end_and_takes_nothing_new(alarm: Alarm) -> None:
    passing, go_on = asyncio.Event(), asyncio.Event()
    ended = False

    async def run_due() -> int:
        nonlocal ended
        passing.set()
        await go_on.wait()
        ended = True
        return 0

    async def earliest() -> datetime | None:
        return None

    alarm.add(Source("slow", earliest, run_due))
    alarm.start()
    await asyncio.wait_for(passing.wait(), PATIENCE)
    stopping = asyncio.create_task(alarm.stop())
    await turns()
    assert not stopping.done()
    assert not alarm.is_running
    alarm.wake("slow")
    passing.clear()
    go_on.set()
    await asyncio.wait_for(stopping, PATIENCE)
    assert ended
    await turns()
    assert not passing.is_set()


async def test_a_wake_up_for_a_source_this_process_does_not_run_is_ignored(alarm: Alarm) -> None:
    ledger = Ledger()
    alarm.add(ledger.source)
    alarm.start()
    await until(lambda: ledger.looks == 1)
    alarm.wake("another")
    await turns()
    assert ledger.looks == 1
