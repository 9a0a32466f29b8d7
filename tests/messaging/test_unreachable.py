"""What a carrier's codes prove about a number: the visit is unreachable, later texts stop, staff are told."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from appointments.unreachable import Unreachable
from messaging.status import take_callback
from models.appointment import Appointment, Confirmation
from models.attention import Reason
from models.contact import Contact, Reachability
from models.message import Kind, Status
from models.reminder import Reminder, ReminderState
from tests.messaging.clinic import ASK, HERS, Clinic

DAILY = [{"before": f"P{days}D", "message": f"In {days} days."} for days in (4, 3, 2, 1)]


async def fails(clinic: Clinic, code: str) -> None:
    """Let the carrier report of the last text that it could not be delivered."""
    message = (await clinic.messages())[-1]
    assert message.carrier_sid is not None
    async with clinic.database.write() as session:
        await take_callback(
            session, message.id, sid=message.carrier_sid, carrier_status="undelivered", error_code=code
        )


async def carry(clinic: Clinic) -> None:
    """Carry what is known of numbers to the visits."""
    source = Unreachable(clinic.database)
    while await source.run_due():
        pass
    assert await source.earliest() is None


async def contact_of(clinic: Clinic, visit: Appointment) -> Contact:
    async with clinic.database.read() as session:
        return await session.get_one(Contact, visit.contact_id)


async def confirmation(clinic: Clinic, visit: Appointment) -> Confirmation:
    return (await clinic.appointment(visit.id)).confirmation


@pytest.mark.parametrize(
    ("code", "reachability"), [("30005", Reachability.UNREACHABLE), ("30006", Reachability.LANDLINE)]
)
async def test_a_dead_number_makes_the_visit_unreachable_and_stops_later_texts(
    clinic: Clinic, clock: FrozenDateTimeFactory, code: str, reachability: Reachability
) -> None:
    visit = await clinic.ask(clock, reminders=[ASK, {"before": "PT2H", "message": "Soon."}])
    await fails(clinic, code)
    await carry(clinic)
    assert (await contact_of(clinic, visit)).reachability is reachability
    assert await confirmation(clinic, visit) is Confirmation.UNREACHABLE
    assert await clinic.flags() == [Reason.UNREACHABLE]
    assert [event.type for event in await clinic.events(type="appointment.unreachable")]
    clock.move_to("2026-03-03T13:30:00Z")
    await clinic.fire()
    assert len(clinic.texts()) == 1
    [skipped] = await clinic.events(type="reminder.skipped")
    assert skipped.note == "not sent: the contact's number cannot be reached by text"


async def test_an_answer_that_was_given_stays(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await clinic.set(visit, confirmation=Confirmation.CONFIRMED)
    await fails(clinic, "30005")
    await carry(clinic)
    assert await confirmation(clinic, visit) is Confirmation.CONFIRMED


async def test_faults_of_the_sender_prove_nothing(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await fails(clinic, "30007")
    await carry(clinic)
    assert (await contact_of(clinic, visit)).reachability is Reachability.UNKNOWN
    assert await confirmation(clinic, visit) is Confirmation.PENDING


async def days_off(clinic: Clinic, clock: FrozenDateTimeFactory, ends: list[str | None]) -> Appointment:
    """Let one text a day find the phone off, or be delivered where the code is None."""
    visit = await clinic.book(starts_at="2026-03-07T10:30:00", reminders=DAILY)
    for code in ends:
        clock.tick(timedelta(days=1) if clinic.texts() else timedelta(days=1, minutes=35))
        await clinic.fire()
        message = (await clinic.messages())[-1]
        assert message.carrier_sid is not None
        if code is not None:
            await fails(clinic, code)
            continue
        async with clinic.database.write() as session:
            await take_callback(
                session, message.id, sid=message.carrier_sid, carrier_status="delivered", error_code=None
            )
    await carry(clinic)
    return visit


async def test_a_phone_that_was_off_for_three_texts_on_three_days_is_unreachable(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await days_off(clinic, clock, ["30003", "30003"])
    assert await confirmation(clinic, visit) is Confirmation.PENDING
    clock.tick(timedelta(days=1))
    await clinic.fire()
    await fails(clinic, "30003")
    await carry(clinic)
    assert (await contact_of(clinic, visit)).reachability is Reachability.UNREACHABLE
    assert await confirmation(clinic, visit) is Confirmation.UNREACHABLE


async def test_one_that_was_delivered_in_between_begins_the_count_anew(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await days_off(clinic, clock, ["30003", None, "30003", "30003"])
    assert (await contact_of(clinic, visit)).reachability is Reachability.UNKNOWN


async def test_three_on_one_day_are_one_day(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await fails(clinic, "30003")
    for _ in range(2):
        await clinic.queue("Hello", contact_id=visit.contact_id)
        await clinic.send()
        clock.tick(timedelta(minutes=1))
        await fails(clinic, "30003")
    assert (await contact_of(clinic, visit)).reachability is Reachability.UNKNOWN


async def test_an_answer_proves_that_the_number_takes_texts(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await fails(clinic, "30005")
    await carry(clinic)
    await clinic.reply("YES")
    assert await confirmation(clinic, visit) is Confirmation.CONFIRMED
    assert (await contact_of(clinic, visit)).reachability is Reachability.OK
    assert await clinic.flags() == []


async def test_a_text_in_the_queue_does_not_leave_to_such_a_number(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.book()
    clock.tick(timedelta(minutes=30))
    assert await clinic.firing.run_due()
    async with clinic.database.write() as session:
        contact = await session.get_one(Contact, visit.contact_id)
        contact.reachability = Reachability.LANDLINE
        session.add(contact)
    await clinic.send()
    [message] = await clinic.messages()
    assert message.status is Status.CANCELLED
    assert clinic.texts() == []
    # A person may try all the same.
    await clinic.queue("By hand.", kind=Kind.STAFF, contact_id=visit.contact_id)
    await clinic.send()
    assert clinic.texts() == ["By hand."]


async def test_what_is_booked_for_such_a_number_is_marked_too(clinic: Clinic) -> None:
    visit = await clinic.book()
    async with clinic.database.write() as session:
        contact = await session.get_one(Contact, visit.contact_id)
        contact.reachability = Reachability.INVALID_NUMBER
        session.add(contact)
    another = await clinic.book(starts_at="2026-03-05T10:30:00")
    await carry(clinic)
    assert await confirmation(clinic, another) is Confirmation.UNREACHABLE


async def test_a_text_to_somebody_else_about_the_visit_still_goes(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.book(reminders=[])
    async with clinic.database.write() as session:
        contact = await session.get_one(Contact, visit.contact_id)
        contact.reachability = Reachability.LANDLINE
        session.add(contact)
    job: Reminder = await clinic.remind(
        appointment_id=visit.id, to_number="+12125550177", nominal_at=contact.created_at, any_hour=True
    )
    await clinic.fire()
    assert (await clinic.reminder(job.id)).state is ReminderState.FINISHED
    assert len(clinic.texts("+12125550177")) == 1
    assert clinic.texts(HERS) == []
