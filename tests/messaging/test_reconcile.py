"""Reconciling: what became of a text whose answer was lost is found out before anything is sent again."""

import asyncio
from datetime import datetime, timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from messaging.gate import Departure
from messaging.reconcile import ABANDONED
from models import clock as wall
from models.appointment import Visit
from models.message import Kind, Status
from tests.messaging.clinic import HERS, HIS, TRUST_AFTER, Clinic


async def lose(clinic: Clinic, body: str = "Hello", *, taken: bool, to: str = HERS) -> str:
    """Send a text whose answer is lost."""
    clinic.sandbox.faults.add("reset", times=1, to=to, accept="at_once" if taken else "no")
    id = await clinic.queue(body, to)
    await clinic.send()
    assert await clinic.status(id) == Status.UNKNOWN
    return id


async def find_out(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    """Reconcile whenever something is due for it, until nothing is."""
    while (due := await clinic.reconciler.earliest()) is not None:
        clock.move_to(max(due, wall.now()))
        await clinic.reconcile()


async def test_a_text_that_the_list_shows_is_sent_and_keeps_its_sid(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await lose(clinic, taken=True)
    clock.tick(timedelta(seconds=2))
    await clinic.reconcile()
    message = await clinic.message(id)
    assert (message.carrier_sid, message.status) == (clinic.taken()[0].sid, Status.DELIVERED)
    assert clinic.texts() == ["Hello"]


async def test_only_two_complete_listings_the_second_late_enough_send_it_again(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await lose(clinic, taken=False)
    looks = 0
    while await clinic.status(id) == Status.UNKNOWN:
        due = await clinic.reconciler.earliest()
        assert due is not None
        clock.move_to(due)
        await clinic.reconcile()
        looks += 1
    assert looks == 2
    assert wall.now() >= datetime.fromisoformat("2026-03-02T15:00:00Z") + TRUST_AFTER
    assert await clinic.statuses(id) == ["queued", "sending", "unknown", "queued", "sending", "sent"]
    assert clinic.texts() == ["Hello"]
    assert (await clinic.message(id)).attempts == 2


async def test_one_late_listing_is_not_enough(small_clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    id = await lose(small_clinic, taken=False)
    clock.tick(timedelta(minutes=5))
    assert await small_clinic.reconciler.run_due() == 1
    assert await small_clinic.status(id) == Status.UNKNOWN
    clock.tick(timedelta(seconds=1))
    await small_clinic.reconcile()
    assert await small_clinic.status(id) == Status.SENT


async def test_a_text_that_shows_late_in_the_list_is_not_sent_again(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("list_lags", times=1, seconds=0.3)
    id = await lose(small_clinic, taken=True)
    clock.tick(timedelta(seconds=2))
    await small_clinic.reconcile()
    assert await small_clinic.status(id) == Status.UNKNOWN
    await asyncio.sleep(0.4)
    await find_out(small_clinic, clock)
    assert await small_clinic.status(id) == Status.DELIVERED
    assert small_clinic.texts() == ["Hello"]


async def test_a_list_that_cannot_be_read_proves_nothing(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("list_fails")
    id = await lose(small_clinic, taken=True)
    for _ in range(8):
        clock.tick(timedelta(seconds=20))
        await small_clinic.reconcile()
    message = await small_clinic.message(id)
    assert (message.status, message.listings) == (Status.UNKNOWN, 0)
    small_clinic.sandbox.faults.clear()
    clock.tick(timedelta(seconds=20))
    await small_clinic.reconcile()
    assert await small_clinic.status(id) == Status.DELIVERED


@pytest.mark.parametrize("taken", [(True, True), (True, False), (False, True), (False, False)])
async def test_equal_texts_are_interchangeable_and_each_arrives_once(
    clinic: Clinic, clock: FrozenDateTimeFactory, taken: tuple[bool, bool]
) -> None:
    ids = []
    for one in taken:
        ids.append(await lose(clinic, taken=one))
        clock.tick(timedelta(seconds=1))
    await find_out(clinic, clock)
    messages = [await clinic.message(id) for id in ids]
    assert len(clinic.taken()) == 2
    assert {message.carrier_sid for message in messages} == {one.sid for one in clinic.taken()}
    assert {message.status for message in messages} <= {Status.SENT, Status.DELIVERED}
    if taken.count(True) == 1:
        assert [message.attempts for message in messages] == [1, 2], "the older row gets the SID that is there"


async def test_a_text_that_another_message_holds_is_not_taken_for_a_lost_one(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    first = await small_clinic.queue()
    await small_clinic.send()
    lost = await lose(small_clinic, taken=False)
    await find_out(small_clinic, clock)
    assert len(small_clinic.taken()) == 2
    assert {(await small_clinic.message(id)).carrier_sid for id in (first, lost)} == {
        one.sid for one in small_clinic.taken()
    }


async def test_other_words_other_people_and_earlier_texts_are_not_mistaken_for_it(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    # What another program sent from the same number an hour ago, to the same person, in the same words.
    await lose(small_clinic, taken=True)
    async with small_clinic.database.write() as session:
        from sqlalchemy import delete

        from models.event import Event
        from models.message import Message

        await session.exec(delete(Event))
        await session.exec(delete(Message))
    clock.tick(timedelta(hours=1))
    await small_clinic.queue("Other words")
    await small_clinic.queue("Hello", HIS)
    await small_clinic.send()
    id = await lose(small_clinic, taken=False)
    clock.tick(timedelta(seconds=2))
    await small_clinic.reconciler.run_due()
    assert await small_clinic.status(id) == Status.UNKNOWN


async def test_line_breaks_and_ends_may_be_stored_otherwise_by_the_carrier(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await lose(small_clinic, "One\r\ntwo ", taken=True)
    small_clinic.taken()[0].body = "One\ntwo"
    clock.tick(timedelta(seconds=2))
    await small_clinic.reconcile()
    assert await small_clinic.status(id) == Status.DELIVERED


async def test_what_a_dead_process_left_sending_is_found_out(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    ids = [await clinic.queue("Taken"), await clinic.queue("Not taken")]
    hand_over = clinic.way_out.hand_over

    async def die(departure: Departure) -> None:
        if departure.body == "Taken":
            await hand_over(departure)
        raise RuntimeError("the process ends here")

    clinic.way_out.hand_over = die  # type: ignore[method-assign, assignment]  # a process that ends
    await clinic.send()
    clinic.way_out.hand_over = hand_over  # type: ignore[method-assign]  # the next process
    clock.tick(ABANDONED - timedelta(seconds=1))
    await clinic.reconcile()
    assert [await clinic.status(id) for id in ids] == [Status.SENDING, Status.SENDING]
    await find_out(clinic, clock)
    assert [await clinic.status(id) for id in ids] == [Status.DELIVERED, Status.SENT]
    assert clinic.texts() == ["Taken", "Not taken"]


async def test_what_this_process_still_hands_over_is_left_to_it(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await small_clinic.queue()
    small_clinic.sandbox.faults.add("hang", times=1, seconds=1, accept="at_once")
    small_clinic.carrier.answer_seconds = 3
    await small_clinic.way_out.send_due()
    clock.tick(ABANDONED + timedelta(seconds=5))
    await small_clinic.reconciler.run_due()
    assert await small_clinic.status(id) == Status.SENDING
    await small_clinic.way_out.finish()
    assert await small_clinic.status(id) == Status.SENT


async def test_a_lost_text_of_somebody_who_stopped_meanwhile_is_not_sent_again(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await lose(clinic, taken=False)
    await clinic.arrive("STOP", opt_out_type="STOP")
    await find_out(clinic, clock)
    assert await clinic.status(id) == Status.BLOCKED
    assert clinic.texts() == []


async def test_a_lost_reminder_of_a_visit_cancelled_meanwhile_is_not_sent_again(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await small_clinic.book(reminders=[])
    small_clinic.sandbox.faults.add("reset", times=1)
    id = await small_clinic.queue(kind=Kind.REMINDER, appointment_id=visit.id)
    await small_clinic.send()
    await small_clinic.set(visit, status=Visit.CANCELLED)
    await find_out(small_clinic, clock)
    assert await small_clinic.status(id) == Status.CANCELLED


async def test_a_number_whose_list_fails_holds_up_no_other(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    broken = await small_clinic.add_number("+12125550101")
    small_clinic.sandbox.faults.add("reset", times=1, from_="+12125550101")
    stuck = await small_clinic.queue("Stuck", HIS, number=broken)
    await small_clinic.send()
    id = await lose(small_clinic, taken=True)
    await small_clinic.set(broken, twilio_token_encrypted="encrypted with another key")
    clock.tick(timedelta(seconds=2))
    await small_clinic.reconcile()
    assert (await small_clinic.status(stuck), await small_clinic.status(id)) == (Status.UNKNOWN, Status.DELIVERED)
