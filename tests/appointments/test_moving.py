"""Moving, cancelling and reopening: the texts go with the visit, and nothing goes to the old time."""

from datetime import UTC, datetime

import pytest
from freezegun.api import FrozenDateTimeFactory

from appointments.cancelling import cancel
from appointments.confirming import confirm
from appointments.moving import reopen, reschedule
from models.appointment import Confirmation, Visit
from models.attention import Reason, open_item
from models.errors import Conflict, Overtaken
from models.message import Status
from models.reminder import Reminder, ReminderKind, ReminderState
from scheduler.job_fields import JobFields
from scheduler.jobs import create_job
from tests.appointments.conftest import ANA, API, ASK, STAFF, TELL, Practice
from tests.scheduler.test_jobs_races import Given


async def test_a_reminder_moves_with_its_appointment(practice: Practice) -> None:
    booked = await practice.book()
    id = booked.appointment.id
    moved = await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert moved.changed == ("starts_at",)
    assert await practice.coming(id) == ["Wed 11:00", "Thu 09:00"]
    assert len(await practice.reminders(id)) == 2
    assert await practice.happened(id) == ["created", "rescheduled"]
    event = (await practice.events(id))[-1]
    assert event.previous == {"starts_at": "2026-03-06T20:00:00Z"}
    assert event.payload is not None
    assert event.payload["starts_at"] == "2026-03-12T15:00:00Z"


async def test_a_move_asks_for_the_confirmation_anew(practice: Practice) -> None:
    id = (await practice.book(confirmation="confirmed")).appointment.id
    await practice.change(id, starts_at="2026-03-12T11:00:00", by=STAFF)
    appointment = await practice.appointment(id)
    assert appointment.confirmation is Confirmation.PENDING
    assert appointment.confirmation_by == "staff:dana@example.com"


async def test_a_move_may_keep_the_confirmation(practice: Practice) -> None:
    id = (await practice.book(confirmation="confirmed")).appointment.id
    await practice.change(id, starts_at="2026-03-12T11:00:00", keep_confirmation=True)
    assert (await practice.appointment(id)).confirmation is Confirmation.CONFIRMED


async def test_another_place_asks_anew_as_well(practice: Practice) -> None:
    id = (await practice.book(confirmation="confirmed", location="Room 1")).appointment.id
    await practice.change(id, service="Cleaning")
    assert (await practice.appointment(id)).confirmation is Confirmation.CONFIRMED
    await practice.change(id, location="Room 2")
    assert (await practice.appointment(id)).confirmation is Confirmation.PENDING


async def test_what_is_queued_for_the_old_time_is_void(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    queued = await practice.text(ask, Status.QUEUED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert (await practice.message(queued.id)).status is Status.CANCELLED
    assert await practice.coming(id) == ["Wed 11:00", "Thu 09:00"]


async def test_what_was_sent_for_the_old_time_is_sent_for_the_new_one_too(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    sent = await practice.text(ask, Status.DELIVERED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert await practice.coming(id) == ["Wed 11:00", "Thu 09:00"]
    assert (await practice.message(sent.id)).status is Status.DELIVERED
    assert [one.id for one in await practice.reminders(id)].count(ask.id) == 1


async def test_moved_away_and_back_nothing_is_told_twice(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    await practice.change(id, starts_at="2026-03-06T15:00:00")
    assert await practice.coming(id) == ["Fri 13:00"]


async def test_moved_away_and_back_what_was_withdrawn_is_sent_after_all(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    await practice.text(ask, Status.QUEUED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    await practice.change(id, starts_at="2026-03-06T15:00:00")
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]


async def test_moved_to_within_the_day_the_person_is_asked_once_the_dust_has_settled(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    await practice.change(id, starts_at="2026-03-02T19:00:00")
    assert await practice.coming(id) == ["Mon 10:02", "Mon 17:00"]
    await practice.change(id, starts_at="2026-03-02T20:00:00")
    assert await practice.coming(id) == ["Mon 10:02", "Mon 18:00"]


async def test_a_paused_reminder_moves_and_stays_paused(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        [ask, _] = await practice.reminders(id)
        job = await session.get_one(Reminder, ask.id)
        job.state = ReminderState.PAUSED
        session.add(job)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    [ask, _] = await practice.reminders(id)
    assert (ask.state, ask.nominal_at) == (ReminderState.PAUSED, datetime(2026, 3, 11, 15, tzinfo=UTC))


async def test_another_zone_moves_what_counts_calendar_days(practice: Practice) -> None:
    id = (await practice.book(reminders=[{"before": "P1D", "message": "Hello", "at": "10:00"}])).appointment.id
    await practice.change(id, timezone="America/Los_Angeles")
    assert await practice.coming(id) == ["Thu 13:00"]
    assert await practice.happened(id) == ["created", "updated"]


async def test_the_list_of_reminders_is_replaced(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    queued = await practice.text(ask, Status.QUEUED)
    changed = await practice.change(id, reminders=[TELL, {"before": "PT48H", "message": "Hello"}])
    assert changed.changed == ("reminders",)
    assert await practice.coming(id) == ["Wed 15:00", "Fri 13:00"]
    assert (await practice.message(queued.id)).status is Status.CANCELLED
    same = await practice.change(id, reminders=[{"before": "P0DT48H", "message": "Hello"}, TELL])
    assert same.changed == ()


async def test_a_cancel_stops_every_text_and_every_linked_job(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    queued = await practice.text(ask, Status.QUEUED)
    linked = await one_off(practice, id)
    async with practice.database.write() as session:
        appointment, changed = await cancel(session, practice.account_id, id, by=STAFF)
    assert changed
    assert (appointment.status, appointment.status_by) == (Visit.CANCELLED, "staff:dana@example.com")
    assert await practice.coming(id) == []
    assert (await practice.message(queued.id)).status is Status.CANCELLED
    async with practice.database.read() as session:
        assert (await session.get_one(Reminder, linked.id)).state is ReminderState.CANCELLED


async def test_a_cancel_cannot_call_back_what_the_carrier_has(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, tell] = await practice.reminders(id)
    sending, sent = await practice.text(ask, Status.SENDING), await practice.text(tell, Status.SENT)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    assert (await practice.message(sending.id)).status is Status.SENDING
    assert (await practice.message(sent.id)).status is Status.SENT


async def test_cancelling_twice_changes_nothing(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    for expected in (True, False):
        async with practice.database.write() as session:
            _, changed = await cancel(session, practice.account_id, id, by=API)
        assert changed is expected
    assert await practice.happened(id) == ["created", "cancelled"]


async def test_a_cancelled_visit_is_neither_moved_nor_confirmed(practice: Practice) -> None:
    id = (await practice.book(status="cancelled")).appointment.id
    with pytest.raises(Conflict) as moved:
        await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert moved.value.code == "appointment_already_cancelled"
    with pytest.raises(Conflict) as confirmed:
        async with practice.database.write() as session:
            await confirm(session, practice.account_id, id, by=API)
    assert confirmed.value.code == "appointment_already_cancelled"
    assert await practice.happened(id) == ["created"]


async def test_a_reopened_visit_is_planned_anew_and_asked_again(practice: Practice) -> None:
    id = (await practice.book(confirmation="confirmed")).appointment.id
    linked = await one_off(practice, id)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    async with practice.database.write() as session:
        await reopen(session, practice.account_id, id, by=STAFF)
    appointment = await practice.appointment(id)
    assert (appointment.status, appointment.confirmation) == (Visit.SCHEDULED, Confirmation.PENDING)
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]
    assert await practice.happened(id) == ["created", "cancelled", "reopened"]
    async with practice.database.read() as session:
        assert (await session.get_one(Reminder, linked.id)).state is ReminderState.CANCELLED


async def test_what_was_taken_off_does_not_come_back_when_reopened(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    await practice.change(id, reminders=[TELL])
    await practice.change(id, status="cancelled")
    await practice.change(id, status="scheduled", starts_at="2026-03-12T11:00:00")
    assert await practice.coming(id) == ["Thu 09:00"]
    assert await practice.happened(id) == ["created", "updated", "cancelled", "reopened"]


async def test_reschedule_takes_an_instant(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        await reschedule(session, practice.account_id, id, datetime(2026, 3, 12, 15, tzinfo=UTC), by=STAFF)
    assert await practice.coming(id) == ["Wed 11:00", "Thu 09:00"]


async def test_a_move_settles_the_wish_for_another_time(practice: Practice) -> None:
    id = (await practice.book(confirmation="reschedule_requested")).appointment.id
    async with practice.database.write() as session:
        await open_item(session, practice.account_id, Reason.RESCHEDULE_REQUESTED, appointment_id=id)
    assert await practice.flags(id) == [Reason.RESCHEDULE_REQUESTED]
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert await practice.flags(id) == []


async def test_a_visit_that_was_over_cannot_be_cancelled(practice: Practice) -> None:
    id = (await practice.book(status="completed")).appointment.id
    with pytest.raises(Conflict) as refused:
        await practice.change(id, status="cancelled")
    assert refused.value.code == "invalid_transition"


async def test_a_change_for_another_version_is_refused(practice: Practice) -> None:
    from appointments.changing import change_appointment
    from appointments.fields import Asked

    id = (await practice.book()).appointment.id
    await practice.change(id, service="Cleaning")
    with pytest.raises(Overtaken):
        async with practice.database.write() as session:
            await change_appointment(
                session, practice.account_id, id, Asked({"service": "Crown"}), by=API, expected_version=1
            )


async def test_nothing_is_half_changed_when_a_part_is_refused(practice: Practice) -> None:
    id = (await practice.book(status="completed")).appointment.id
    with pytest.raises(Conflict):
        await practice.change(
            id, service="Crown", contact={"name": "Bo", "phone_number": "+12125550124"}, confirmation="declined"
        )
    appointment = await practice.appointment(id)
    assert (appointment.service, appointment.version) == (None, 1)


async def test_a_text_that_has_no_hour_left_is_flagged(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    clock.move_to("2026-03-06T03:00:00Z")  # Thursday, 22:00 in New York
    booked = await practice.book(starts_at="2026-03-06T09:00:00", reminders=[TELL])
    assert await practice.flags(booked.appointment.id) == [Reason.REMINDER_SKIPPED]


async def one_off(practice: Practice, appointment_id: str) -> Reminder:
    """Link a job at a fixed instant to an appointment."""
    job = Reminder(
        account_id=practice.account_id,
        kind=ReminderKind.ONCE,
        agent_id=practice.agent_id,
        phone_number_id=practice.number_id,
        from_number="+12125550100",
        to_number="+12125550123",
        message="Bring your card.",
        appointment_id=appointment_id,
        timezone="America/New_York",
        send_at=datetime(2026, 3, 5, 15, tzinfo=UTC),
        nominal_at=datetime(2026, 3, 5, 15, tzinfo=UTC),
        next_run_at=datetime(2026, 3, 5, 15, tzinfo=UTC),
    )
    async with practice.database.write() as session:
        session.add(job)
    return job


async def test_a_visit_that_was_over_is_corrected_without_texts(practice: Practice) -> None:
    id = (await practice.book(status="completed", confirmation="confirmed")).appointment.id
    await practice.change(id, starts_at="2026-03-12T11:00:00", reminders=[TELL])
    assert await practice.coming(id) == []
    assert (await practice.appointment(id)).confirmation is Confirmation.CONFIRMED
    await practice.change(id, status="scheduled")
    assert await practice.coming(id) == ["Thu 09:00"]


async def test_texts_may_be_asked_for_later(practice: Practice) -> None:
    id = (await practice.book(reminders=[])).appointment.id
    await practice.change(id, reminders=[TELL])
    assert await practice.coming(id) == ["Fri 13:00"]


async def test_a_visit_moved_out_of_the_past_gets_its_texts(practice: Practice) -> None:
    id = (await practice.book(starts_at="2026-02-20T15:00:00")).appointment.id
    await practice.change(id, starts_at="2026-03-06T15:00:00")
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]


async def test_two_relative_jobs_of_one_line_to_two_numbers_both_move(practice: Practice) -> None:
    id = (await practice.book(reminders=[])).appointment.id
    async with practice.database.write() as session:
        for to in (None, "+12125550177", "+12125550177"):
            written = JobFields(
                appointment_id=id, before="PT2H", message="See you at {{appointment.time}}.", to=to
            )
            await create_job(session, practice.account_id, Given(written), by=API)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert await practice.coming(id) == ["Thu 09:00", "Thu 09:00", "Thu 09:00"]
    assert sorted(job.to_number for job in await practice.reminders(id)) == [
        "+12125550123",
        "+12125550177",
        "+12125550177",
    ]


async def test_a_new_number_of_the_contact_does_not_reach_a_job_to_somebody_else(practice: Practice) -> None:
    booked = await practice.book(reminders=[TELL], contact={**ANA, "external_id": "p1"})
    id = booked.appointment.id
    written = JobFields(appointment_id=id, before="PT3H", message="Bring her.", to="+12125550177")
    async with practice.database.write() as session:
        await create_job(session, practice.account_id, Given(written), by=API)
    await practice.change(id, contact={**ANA, "external_id": "p1", "phone_number": "+12125550199"})
    assert [job.to_number for job in await practice.reminders(id)] == ["+12125550177", "+12125550199"]


async def test_a_one_off_job_about_a_visit_follows_its_contacts_new_number(practice: Practice) -> None:
    id = (await practice.book(reminders=[], contact={**ANA, "external_id": "p1"})).appointment.id
    async with practice.database.write() as session:
        for to in (None, "+12125550177"):
            written = JobFields(
                appointment_id=id, send_at="2026-03-05T15:00:00Z", message="Bring her card.", to=to
            )
            await create_job(session, practice.account_id, Given(written), by=API)
    await practice.change(id, contact={**ANA, "external_id": "p1", "phone_number": "+12125550199"})
    assert {job.to_number for job in await practice.reminders(id)} == {"+12125550177", "+12125550199"}
    await practice.change(id, contact={**ANA, "external_id": "p1", "phone_number": None})
    states = {job.to_number: job.state for job in await practice.reminders(id)}
    assert states == {"+12125550177": ReminderState.ACTIVE, "+12125550199": ReminderState.CANCELLED}


async def test_what_an_arrival_stopped_is_told_by_its_column_and_not_by_its_words(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    async with practice.database.write() as session:
        for job in await practice.reminders(id):
            stored = await session.get_one(Reminder, job.id)
            assert stored.stopped
            stored.why = "said in other words"
            session.add(stored)
    async with practice.database.write() as session:
        await reopen(session, practice.account_id, id, by=API)
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]
    assert not any(job.stopped for job in await practice.reminders(id))


async def test_where_a_text_moves_is_kept_when_its_visit_moves(practice: Practice) -> None:
    id = (await practice.book(reminders=[{**ASK, "before": "P1D", "move": "later"}])).appointment.id
    await practice.change(id, starts_at="2026-03-12T07:10:00")
    assert await practice.coming(id) == ["Wed 08:00"]
    assert (await practice.change(id, reminders=[{**ASK, "before": "P1D", "move": "later"}])).changed == ()
    changed = await practice.change(id, reminders=[{**ASK, "before": "P1D", "move": "skip"}])
    assert changed.changed == ("reminders",)
    assert await practice.coming(id) == []
    assert await practice.flags(id) == []
