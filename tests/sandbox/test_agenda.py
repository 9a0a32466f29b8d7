"""Many things to do later, on one timer."""

import asyncio
from functools import partial

import pytest

from sandbox.agenda import Agenda


async def test_things_are_done_in_order_of_time_and_entry() -> None:
    agenda, done = Agenda(), list[str]()
    all_done = asyncio.Event()
    agenda.add(0.03, all_done.set)
    agenda.add(0.02, partial(done.append, "third"))
    agenda.add(0.01, partial(done.append, "first"))
    agenda.add(0, partial(done.append, "now"))
    agenda.add(0.01, partial(done.append, "second"))
    assert done == []

    await asyncio.wait_for(all_done.wait(), 5)

    assert done == ["now", "first", "second", "third"]


async def test_something_far_added_while_running_holds_up_nothing_near() -> None:
    agenda, near = Agenda(), asyncio.Event()
    agenda.add(0, partial(agenda.add, 3600, near.clear))
    agenda.add(0.02, near.set)

    await asyncio.wait_for(near.wait(), 5)
    agenda.close()


async def test_one_that_fails_is_reported_and_stops_no_other() -> None:
    agenda, after = Agenda(), asyncio.Event()
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail() -> None:
        raise ValueError("broken")

    agenda.add(0, fail)
    agenda.add(0, after.set)
    await asyncio.wait_for(after.wait(), 5)

    assert [str(fault) for fault in reported] == ["broken"]


async def test_nothing_is_done_after_the_end() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.add(0, partial(done.append, "late"))
    agenda.close()
    agenda.add(0, partial(done.append, "later"))
    await asyncio.sleep(0.02)

    assert done == []


@pytest.mark.parametrize("count", [2000])
async def test_many_are_all_done(count: int) -> None:
    agenda, done = Agenda(), list[int]()
    for number in range(count):
        agenda.add((number * 37 % 11) / 1000, partial(done.append, number))
    end = asyncio.Event()
    agenda.add(0.02, end.set)
    await asyncio.wait_for(end.wait(), 5)

    assert sorted(done) == list(range(count))
