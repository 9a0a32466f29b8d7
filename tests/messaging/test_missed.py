"""Texts that came while we were away are found in the carrier's list, once."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory

from messaging.consent import is_unsubscribed
from messaging.missed import EVERY, MissedTexts
from models import clock as wall
from models.message import Direction, Message, Status
from tests.messaging.clinic import HERS, HIS, Clinic


async def look(clinic: Clinic) -> int:
    """Start anew and read the list, as a process does when it starts."""
    clinic.missed = MissedTexts(clinic.database, clinic.vault, lambda _: clinic.carrier)
    assert await clinic.missed.earliest() == wall.now()
    return await clinic.missed.run_due()


async def texts_in(clinic: Clinic) -> list[Message]:
    """Read what arrived, oldest first."""
    async with clinic.database.read() as session:
        from sqlmodel import col, select

        query = select(Message).where(Message.direction == Direction.INBOUND).order_by(col(Message.created_at))
        return list((await session.exec(query)).all())


async def test_texts_that_no_webhook_brought_are_taken_in_their_order_with_their_instants(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(timedelta(minutes=1))
    first = wall.now()
    for body in ("One", "Two"):
        await clinic.sandbox.receive(HERS, clinic.number.phone_number, body)
        clock.tick(timedelta(minutes=2))
    assert await look(clinic) == 2
    assert [(text.body, text.status) for text in await texts_in(clinic)] == [
        ("One", Status.RECEIVED),
        ("Two", Status.RECEIVED),
    ]
    assert (await texts_in(clinic))[0].created_at == first
    assert await look(clinic) == 0


async def test_a_stop_sent_while_we_were_away_stops_the_next_text(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.sandbox.receive(HIS, clinic.number.phone_number, "Stop")
    id = await clinic.queue(to=HIS)
    clock.tick(timedelta(hours=1))
    await look(clinic)
    assert await clinic.status(id) == Status.BLOCKED
    recipient = await clinic.recipient(HIS)
    async with clinic.database.read() as session:
        assert await is_unsubscribed(session, recipient.id, clinic.number.phone_number)


async def test_what_the_webhook_brought_already_is_not_taken_twice(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    arrived = await clinic.sandbox.receive(HERS, clinic.number.phone_number, "Hello")
    await clinic.arrive("Hello", sid=arrived.message.sid)
    clock.tick(timedelta(minutes=1))
    assert await look(clinic) == 0
    assert len(await texts_in(clinic)) == 1


async def test_a_text_on_its_way_to_the_webhook_is_left_to_it(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(timedelta(minutes=1))
    await clinic.sandbox.receive(HERS, clinic.number.phone_number, "Just now")
    assert await look(clinic) == 0
    due = await clinic.missed.earliest()
    assert due is not None
    assert due < wall.now() + timedelta(minutes=1), "it is looked for again soon: the webhook may have failed"
    clock.move_to(due)
    assert await clinic.missed.run_due() == 1
    assert await clinic.missed.earliest() == wall.now() + EVERY


async def test_a_text_that_came_moments_before_the_start_is_taken_at_once(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(timedelta(minutes=1))
    await clinic.sandbox.receive(HERS, clinic.number.phone_number, "While you restarted")
    clock.tick(timedelta(seconds=1))
    assert await look(clinic) == 1


async def test_what_came_before_the_number_was_ours_is_not_ours(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await small_clinic.sandbox.receive(HERS, small_clinic.number.phone_number, "To the former owner")
    clock.tick(timedelta(minutes=2))
    await small_clinic.set(small_clinic.number, created_at=wall.now())
    clock.tick(timedelta(minutes=1))
    assert await look(small_clinic) == 0


async def test_the_list_is_read_every_quarter_of_an_hour_from_where_it_was_read_last(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await look(small_clinic)
    assert await small_clinic.missed.run_due() == 0
    due = await small_clinic.missed.earliest()
    assert due == wall.now() + EVERY
    clock.tick(timedelta(minutes=5))
    await small_clinic.sandbox.receive(HERS, small_clinic.number.phone_number, "Meanwhile")
    clock.move_to(due)
    assert await small_clinic.missed.run_due() == 1
    assert (await small_clinic.number_row()).inbound_read_at is not None


async def test_a_list_that_cannot_be_read_is_read_from_the_same_place_again(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await small_clinic.sandbox.receive(HERS, small_clinic.number.phone_number, "Hello")
    small_clinic.sandbox.faults.add("list_fails", times=1)
    clock.tick(timedelta(hours=1))
    assert await look(small_clinic) == 0
    clock.tick(EVERY)
    assert await small_clinic.missed.run_due() == 1


async def test_a_number_whose_token_cannot_be_read_keeps_no_other_from_being_read(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await small_clinic.add_number("+12125550101", twilio_token_encrypted="encrypted with another key")
    await small_clinic.sandbox.receive(HERS, small_clinic.number.phone_number, "Hello")
    clock.tick(timedelta(minutes=1))
    assert await look(small_clinic) == 1
