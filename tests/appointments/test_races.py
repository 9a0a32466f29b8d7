"""Two writers at once: one wins, the other waits or is refused, and nothing is half moved."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from sqlmodel import func, select

from appointments.cancelling import cancel
from appointments.changing import Outcome
from appointments.corrections import Corrections
from models.appointment import Appointment, Visit
from models.contact import Contact
from models.errors import Conflict
from models.message import Kind, Message, Status
from tests.appointments.conftest import API, Practice


async def test_a_new_person_booked_many_times_at_once_is_one_contact(practice: Practice) -> None:
    await asyncio.gather(*[practice.book() for _ in range(8)])
    async with practice.database.read() as session:
        assert (await session.exec(select(func.count()).select_from(Contact))).one() == 1


async def test_one_external_id_sent_many_times_at_once_is_one_appointment(practice: Practice) -> None:
    outcomes = await asyncio.gather(*[practice.book(external_id="4711") for _ in range(8)])
    assert sum(outcome.created for outcome in outcomes) == 1
    assert {outcome.changed for outcome in outcomes} == {()}
    async with practice.database.read() as session:
        assert (await session.exec(select(func.count()).select_from(Appointment))).one() == 1


async def test_a_move_and_a_cancel_at_once_leave_no_text_behind(practice: Practice) -> None:
    async def stop(id: str) -> None:
        async with practice.database.write() as session:
            await cancel(session, practice.account_id, id, by=API)

    for _ in range(4):
        id = (await practice.book()).appointment.id
        results = await asyncio.gather(
            practice.change(id, starts_at="2026-03-12T11:00:00"), stop(id), return_exceptions=True
        )
        assert all(result is None or isinstance(result, Outcome | Conflict) for result in results)
        assert (await practice.appointment(id)).status is Visit.CANCELLED
        assert await practice.coming(id) == []


async def test_two_moves_at_once_end_at_one_time_with_its_texts(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    await asyncio.gather(
        practice.change(id, starts_at="2026-03-12T11:00:00"), practice.change(id, starts_at="2026-03-13T12:00:00")
    )
    appointment = await practice.appointment(id)
    assert appointment.version == 3
    expected = {16: ["Thu 12:00", "Fri 10:00"], 15: ["Wed 11:00", "Thu 09:00"]}
    assert await practice.coming(id) == expected[appointment.starts_at.hour]


async def test_two_processes_that_tell_of_a_move_at_once_tell_it_once(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    clock.tick(timedelta(minutes=2))
    await asyncio.gather(*[Corrections(practice.database).run_due() for _ in range(4)])
    told = select(func.count()).select_from(Message).where(Message.kind == Kind.CORRECTION)
    async with practice.database.read() as session:
        assert (await session.exec(told)).one() == 1


async def test_a_move_and_its_telling_at_once_tell_the_last_time_only(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    clock.tick(timedelta(minutes=2))
    await asyncio.gather(
        Corrections(practice.database).run_due(), practice.change(id, starts_at="2026-03-13T11:00:00")
    )
    clock.tick(timedelta(minutes=2))
    await Corrections(practice.database).run_due()
    standing = select(Message).where(Message.kind == Kind.CORRECTION, Message.status != Status.CANCELLED)
    async with practice.database.read() as session:
        [text] = (await session.exec(standing)).all()
    assert text.named_start == (await practice.appointment(id)).starts_at
