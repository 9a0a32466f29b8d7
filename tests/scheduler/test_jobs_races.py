"""Two who change one reminder job at the same time: each waits for the other, and none is overwritten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from appointments.booking import book
from appointments.fields import AppointmentFields, Asked
from appointments.moving import reschedule
from messaging.gate import claim_due
from messaging.pace import Pace
from models import clock
from models.account import Account
from models.agent import Agent
from models.base import rfc3339
from models.database import Database
from models.errors import Fault, Overtaken
from models.event import SYSTEM
from models.message import Message, Status
from models.phone_number import Carrier, PhoneNumber
from models.reminder import Reminder, ReminderState
from scheduler.firing import fire_due
from scheduler.job_changes import change_job
from scheduler.job_fields import JobFields
from scheduler.job_steps import cancel_job, pause_job
from scheduler.jobs import create_job

pytestmark = pytest.mark.postgresql
ANA = "+12125550123"


@dataclass
class Given:
    """The fields of a request, all of them well formed."""

    fields: JobFields
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Practice:
    """An account with a number on PostgreSQL, where two can write at once."""

    database: Database
    account_id: str
    agent_id: str

    def given(self, **fields: Any) -> Given:
        """The fields of a job for Ana, unless told otherwise."""
        job = JobFields(agent_id=self.agent_id, to=ANA, from_number="+12125550100", message="Hello", any_hour=True)
        job.update(fields)  # type: ignore[typeddict-item]  # names of fields, written by the tests below
        return Given(job)

    async def queued(self) -> tuple[str, str]:
        """Make a job whose text is queued; return the ids of both."""
        async with self.database.write() as session:
            given = self.given(cron="* * * * *")
            made = await create_job(session, self.account_id, given, by=SYSTEM)
            reminder = await session.get_one(Reminder, made["id"])
            reminder.nominal_at = reminder.next_run_at = clock.now()
            session.add(reminder)
            await session.flush()
            await fire_due(session, limit=10, postgresql=True)
            message = (await session.exec(select(Message))).one()
        return reminder.id, message.id

    async def message(self, id: str) -> Message:
        """Read a message."""
        async with self.database.read() as session:
            return await session.get_one(Message, id)

    async def reminder(self, id: str) -> Reminder:
        """Read a job."""
        async with self.database.read() as session:
            return await session.get_one(Reminder, id)


@pytest.fixture
async def practice(migrated_postgres_url: str) -> AsyncIterator[Practice]:
    """A practice on PostgreSQL."""
    database = Database(migrated_postgres_url)
    account = Account(name="Dr. Lee", timezone="America/New_York")
    agent = Agent(account_id=account.id, name="Front desk")
    number = PhoneNumber(
        account_id=account.id,
        agent_id=agent.id,
        phone_number="+12125550100",
        carrier=Carrier.SANDBOX,
        twilio_sid="AC" + "0" * 32,
        twilio_token_encrypted="",
    )
    async with database.write() as session:
        for stored in (account, agent, number):
            session.add(stored)
            await session.flush()
    yield Practice(database, account.id, agent.id)
    await database.close()


async def waits(task: "asyncio.Task[Any]") -> None:
    """Make sure that a task waits for a lock: it is not done after a while in which it could have been."""
    await asyncio.sleep(0.3)
    assert not task.done()


async def test_a_pause_that_is_committed_first_lets_nothing_leave(practice: Practice) -> None:
    reminder_id, message_id = await practice.queued()
    async with practice.database.write() as pausing:
        await pause_job(pausing, practice.account_id, reminder_id, by=SYSTEM)
        async with practice.database.write() as sending:
            departures, _ = await claim_due(sending, limit=10, pace=Pace(), postgresql=True)
        assert departures == []
    async with practice.database.write() as sending:
        assert (await claim_due(sending, limit=10, pace=Pace(), postgresql=True))[0] == []
    assert (await practice.message(message_id)).status == Status.CANCELLED


@pytest.mark.parametrize("step", [pause_job, cancel_job])
async def test_what_was_marked_sending_first_leaves_and_the_job_stops_after_it(
    practice: Practice, step: Any
) -> None:
    reminder_id, message_id = await practice.queued()

    async def stop() -> None:
        async with practice.database.write() as session:
            await step(session, practice.account_id, reminder_id, by=SYSTEM)

    async with practice.database.write() as sending:
        departures, _ = await claim_due(sending, limit=10, pace=Pace(), postgresql=True)
        stopping = asyncio.create_task(stop())
        await waits(stopping)
    await stopping
    assert [departure.message_id for departure in departures] == [message_id]
    assert (await practice.message(message_id)).status == Status.SENDING
    assert (await practice.reminder(reminder_id)).state in (ReminderState.PAUSED, ReminderState.CANCELLED)


async def test_a_reminder_made_while_its_visit_moves_comes_before_the_new_time(practice: Practice) -> None:
    old, new = (clock.now().replace(microsecond=0) + timedelta(days=days) for days in (3, 5))
    async with practice.database.write() as session:
        fields = AppointmentFields(
            contact={"name": "Ana", "phone_number": ANA}, starts_at=rfc3339(old), reminders=[]
        )
        visit = (await book(session, practice.account_id, Asked(fields), by=SYSTEM)).appointment

    async def make() -> dict[str, Any]:
        async with practice.database.write() as session:
            given = practice.given(appointment_id=visit.id, before="PT24H")
            return await create_job(session, practice.account_id, given, by=SYSTEM)

    async with practice.database.write() as moving:
        await reschedule(moving, practice.account_id, visit.id, new, by=SYSTEM)
        making = asyncio.create_task(make())
        await waits(making)
    assert (await making)["nominal_at"] == rfc3339(new - timedelta(hours=24))


async def test_two_changes_at_once_are_both_kept(practice: Practice) -> None:
    reminder_id, _ = await practice.queued()

    async def change(**fields: Any) -> dict[str, Any]:
        given = Given(JobFields(**fields))  # type: ignore[typeddict-item]  # names of fields, written below
        async with practice.database.write() as session:
            return await change_job(session, practice.account_id, reminder_id, given, by=SYSTEM)

    async with practice.database.write() as first:
        words = Given(JobFields(message="New words"))
        await change_job(first, practice.account_id, reminder_id, words, by=SYSTEM)
        second = asyncio.create_task(change(misfire_grace="PT2H"))
        await waits(second)
    shown = await second
    assert (shown["message"], shown["misfire_grace"]) == ("New words", "PT2H")
    stored = await practice.reminder(reminder_id)
    assert (stored.message, stored.misfire_grace, stored.version) == ("New words", "PT2H", shown["version"])


async def test_of_two_changes_meant_for_one_version_one_is_overtaken(practice: Practice) -> None:
    reminder_id, _ = await practice.queued()
    version = (await practice.reminder(reminder_id)).version

    async def change(message: str) -> dict[str, Any]:
        async with practice.database.write() as session:
            return await change_job(
                session,
                practice.account_id,
                reminder_id,
                Given(JobFields(message=message)),
                by=SYSTEM,
                expected_version=version,
            )

    outcomes = await asyncio.gather(change("One"), change("Two"), return_exceptions=True)
    assert sorted(isinstance(outcome, Overtaken) for outcome in outcomes) == [False, True]


async def test_a_job_whose_number_changes_is_locked_by_the_new_one_too(practice: Practice) -> None:
    reminder_id, message_id = await practice.queued()
    async with practice.database.write() as changing:
        await change_job(
            changing, practice.account_id, reminder_id, Given(JobFields(to="+12125550124")), by=SYSTEM
        )
        async with practice.database.write() as sending:
            assert (await claim_due(sending, limit=10, pace=Pace(), postgresql=True))[0] == []
    async with practice.database.write() as sending:
        departures, _ = await claim_due(sending, limit=10, pace=Pace(), postgresql=True)
    assert [(departure.message_id, departure.to_number) for departure in departures] == [
        (message_id, "+12125550124")
    ]
