"""Firing: due reminders become texts, each occurrence once, and none is unaccounted for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from appointments.cancelling import cancel
from models import clock as wall
from models.appointment import Confirmation
from models.attention import Reason
from models.message import Kind, Status
from models.reminder import ReminderKind, ReminderState
from scheduler.firing import Firing
from tests.messaging.clinic import API, HIS, NOW, Clinic, open_clinic, people

START = datetime.fromisoformat(NOW)


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """The clock stands at `NOW` until the test moves it."""
    with freeze_time(NOW, real_asyncio=True) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture
async def clinic(migrated_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Clinic]:
    """A clinic; the test runs once on SQLite and once on PostgreSQL."""
    async with open_clinic(migrated_url) as clinic:
        yield clinic


async def test_a_one_off_reminder_is_sent_at_its_instant_and_is_finished(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    reminder = await clinic.remind(nominal_at=START + timedelta(minutes=5))
    assert await clinic.firing.earliest() == START + timedelta(minutes=5)
    await clinic.fire()
    assert clinic.texts() == []
    clock.tick(timedelta(minutes=5))
    await clinic.fire()
    await clinic.fire()
    assert clinic.texts() == ["Time for your visit."]
    [message] = await clinic.messages()
    assert (message.reminder_id, message.occurrence, message.kind) == (reminder.id, wall.now(), Kind.REMINDER)
    ended = await clinic.reminder(reminder.id)
    assert (ended.state, ended.next_run_at, ended.occurrences) == (ReminderState.FINISHED, None, 1)
    assert await clinic.firing.earliest() is None
    assert await clinic.statuses(message.id) == ["queued", "sending", "sent"]


async def test_a_cron_job_sends_each_occurrence_once_and_goes_on(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    reminder = await clinic.remind(
        kind=ReminderKind.CRON, cron="*/5 * * * *", nominal_at=START, max_occurrences=3, message="Drink water"
    )
    for _ in range(5):
        await clinic.fire()
        await clinic.fire()
        clock.tick(timedelta(minutes=5))
    assert clinic.texts() == ["Drink water"] * 3
    assert [message.occurrence for message in await clinic.messages()] == [
        START + timedelta(minutes=minutes) for minutes in (0, 5, 10)
    ]
    assert (await clinic.reminder(reminder.id)).state is ReminderState.FINISHED


async def test_a_cron_job_keeps_the_wall_clock_over_a_clock_change_and_the_sending_hours(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    # The clocks in New York go forward on Sunday 8 March. 07:00 is before the hours begin, so it leaves at 08:00.
    reminder = await clinic.remind(
        kind=ReminderKind.CRON,
        cron="0 7 * * *",
        nominal_at=datetime.fromisoformat("2026-03-07T12:00:00Z"),
        next_run_at=datetime.fromisoformat("2026-03-07T13:00:00Z"),
    )
    clock.move_to("2026-03-07T13:00:00Z")
    await clinic.fire()
    moved = await clinic.reminder(reminder.id)
    assert (moved.nominal_at, moved.next_run_at) == (
        datetime.fromisoformat("2026-03-08T11:00:00Z"),
        datetime.fromisoformat("2026-03-08T12:00:00Z"),
    )
    assert "08:00" in str(moved.why)
    assert len(clinic.texts()) == 1


async def test_a_reminder_of_a_visit_says_what_is_true_and_belongs_to_it(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    [message] = await clinic.messages()
    assert clinic.texts() == ["See you Tuesday, March 3. Reply YES or NO."]
    assert (message.appointment_id, message.contact_id) == (visit.id, visit.contact_id)
    assert (message.named_start, message.expires_at) == (visit.starts_at, visit.starts_at)


async def test_what_is_too_late_is_missed_recorded_and_flagged_and_not_sent(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.book()
    clock.tick(timedelta(hours=1, minutes=31))
    await clinic.fire()
    assert clinic.texts() == []
    [event] = await clinic.events(type="reminder.missed")
    assert event.appointment_id == visit.id
    assert await clinic.flags() == [Reason.REMINDER_SKIPPED]
    reminder = await clinic.reminder(event.reminder_id or "")
    assert reminder.state is ReminderState.FINISHED
    assert "late" in str(reminder.why)


async def test_what_may_be_late_is_sent_late_also_when_it_is_very_late(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.remind(nominal_at=START, misfire_grace="P1D")
    clock.tick(timedelta(hours=7))
    await clinic.fire()
    assert clinic.texts() == ["Time for your visit."]


async def test_several_missed_occurrences_become_one_text_that_is_still_useful(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.remind(kind=ReminderKind.CRON, cron="*/5 * * * *", nominal_at=START)
    clock.tick(timedelta(hours=6, minutes=1))
    await clinic.fire()
    assert len(clinic.texts()) == 1
    [message] = await clinic.messages()
    assert message.occurrence == START + timedelta(hours=6)
    [event] = await clinic.events(type="reminder.missed")
    assert event.payload is not None
    assert event.payload["count"] == 72


async def test_an_outage_into_the_night_makes_one_text_in_the_morning(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.remind(
        kind=ReminderKind.CRON, cron="0 * * * *", nominal_at=datetime.fromisoformat("2026-03-03T01:00:00Z")
    )
    for at in ("2026-03-03T04:05:00Z", "2026-03-03T12:59:00Z", "2026-03-03T13:00:00Z", "2026-03-03T13:30:00Z"):
        clock.move_to(at)
        await clinic.fire()
    assert len(clinic.texts()) == 1


@pytest.mark.parametrize("confirmation", [Confirmation.DECLINED, Confirmation.RESCHEDULE_REQUESTED])
async def test_a_text_is_held_while_the_answer_is_no(
    clinic: Clinic, clock: FrozenDateTimeFactory, confirmation: Confirmation
) -> None:
    visit = await clinic.book()
    await clinic.set(visit, confirmation=confirmation)
    clock.tick(timedelta(minutes=30))
    await clinic.fire()
    assert clinic.texts() == []
    [event] = await clinic.events(type="reminder.skipped")
    assert "the person answered" in str(event.note)


async def test_an_occurrence_that_has_its_text_makes_no_second_and_holds_up_no_other(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    reminder = await clinic.remind(nominal_at=START)
    await clinic.fire()
    await clinic.set(await clinic.reminder(reminder.id), state=ReminderState.ACTIVE, next_run_at=START)
    await clinic.remind(nominal_at=START, to_number=HIS)
    await clinic.fire()
    assert (len(clinic.texts()), len(clinic.texts(HIS))) == (1, 1)
    assert (await clinic.reminder(reminder.id)).state is ReminderState.FINISHED


async def test_two_schedulers_fire_each_reminder_once(clinic: Clinic) -> None:
    for person in people(60):
        await clinic.remind(nominal_at=START, to_number=person, any_hour=True)
    other = Firing(clinic.database)
    await asyncio.gather(*(firing.run_due() for firing in (clinic.firing, other) * 3))
    await clinic.fire()
    assert [len(clinic.taken(person)) for person in people(60)] == [1] * 60


async def test_a_cancel_while_it_fires_leaves_nothing_to_send(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visits = [
        await clinic.book(contact={"name": "Ana", "phone_number": person}, starts_at="2026-03-03T10:30:00")
        for person in people(30)
    ]
    clock.tick(timedelta(minutes=30))

    async def call_off(id: str) -> None:
        async with clinic.database.write() as session:
            await cancel(session, clinic.account.id, id, by=API)

    await asyncio.gather(
        *(call_off(visit.id) for visit in visits[:15]),
        clinic.firing.run_due(),
        *(call_off(visit.id) for visit in visits[15:]),
    )
    await clinic.fire()
    assert len(clinic.sandbox.messages) == 0
    statuses = [message.status for person in people(30) for message in await clinic.messages(to=person)]
    assert set(statuses) <= {Status.CANCELLED}
    assert len(statuses) == len(await clinic.events(type="message.cancelled"))


async def test_texts_for_people_who_stopped_are_blocked_when_due(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.arrive("STOP", opt_out_type="STOP")
    await clinic.remind(nominal_at=START)
    await clinic.fire()
    [message] = await clinic.messages()
    assert message.status == Status.BLOCKED
