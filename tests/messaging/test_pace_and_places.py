"""How fast a number may send, and how many requests may be on the way at once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from messaging.pace import Pace
from messaging.places import Places
from models.message import Status
from tests.messaging.clinic import Clinic, people

NOON = datetime.fromisoformat("2026-03-02T12:00:00Z")


def test_a_number_sends_one_text_each_gap_and_says_when_to_come_back() -> None:
    pace = Pace()
    assert pace.take("num_1", 2, NOON, 0) is None
    assert [pace.take("num_1", 2, NOON, waiting) for waiting in (0, 1, 2)] == [
        NOON + timedelta(seconds=seconds) for seconds in (0.5, 1, 1.5)
    ]
    assert pace.take("num_2", 2, NOON, 0) is None, "each number has a pace of its own"
    assert pace.take("num_1", 2, NOON + timedelta(seconds=0.5), 0) is None


def test_a_number_that_was_quiet_gets_no_burst() -> None:
    pace = Pace()
    later = NOON + timedelta(hours=1)
    assert pace.take("num_1", 1, NOON, 0) is None
    assert pace.take("num_1", 1, later, 0) is None
    assert pace.take("num_1", 1, later, 0) == later + timedelta(seconds=1)


async def test_texts_of_a_number_with_a_pace_leave_one_after_the_other(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.set(clinic.number, max_per_second=1)
    other = await clinic.add_number("+12125550101")
    for person in people(5):
        await clinic.queue(to=person)
        await clinic.queue(to=person, number=other)
    sent = []
    for _ in range(5):
        await clinic.send()
        sent.append(len([one for one in clinic.sandbox.messages if one.from_ == clinic.number.phone_number]))
        clock.tick(timedelta(seconds=1))
    assert sent == [1, 2, 3, 4, 5]
    assert len([one for one in clinic.sandbox.messages if one.from_ == "+12125550101"]) == 5
    assert {message.status for person in people(5) for message in await clinic.messages(to=person)} == {
        Status.SENT
    }


async def test_places_are_given_first_come_first_served() -> None:
    places, order = Places(1), []

    async def take(name: str) -> None:
        async with places.one():
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(name) for name in "abcd"))
    assert order == ["a", "b", "c", "d"]
    assert places.taken == 0


async def test_several_places_are_taken_at_once_and_never_more_than_there_are() -> None:
    places = Places(10)
    assert await places.take_several() == 10
    waiting = asyncio.create_task(places.take_several())
    await asyncio.sleep(0)
    assert not waiting.done()
    places.give_back(4)
    assert await waiting == 4
    places.give_back(10)
    assert places.taken == 0


async def test_one_who_stops_waiting_for_a_place_takes_none() -> None:
    places = Places(1)
    await places.take()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await places.take()
    places.give_back(1)
    assert places.taken == 0
    await places.take()
    assert places.taken == 1


async def test_a_place_given_to_one_who_stops_waiting_at_that_instant_goes_to_the_next() -> None:
    places = Places(1)
    await places.take()
    leaving = asyncio.create_task(places.take())
    staying = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    places.give_back(1)
    leaving.cancel()
    await staying
    assert leaving.cancelled()
    assert places.taken == 1
