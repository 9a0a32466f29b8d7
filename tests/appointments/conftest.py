"""A practice in New York with a number and an agent, on a database of each kind, and a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, select

from appointments.booking import book
from appointments.changing import Outcome, change_appointment
from appointments.fields import AppointmentFields, Asked, ContactFields, ReminderFields
from models.account import Account
from models.agent import Agent
from models.appointment import Appointment
from models.attention import Attention, Reason
from models.database import Database
from models.event import Actor, Event
from models.message import Kind, Message, Status
from models.phone_number import Carrier, PhoneNumber
from models.reminder import Reminder, ReminderState

API = Actor("api", "key_1")
STAFF = Actor("staff", "dana@example.com")

# Monday 2 March 2026, 10:00 in New York, six days before the clocks there go forward.
NOW = "2026-03-02T15:00:00Z"
ANA: ContactFields = {"name": "Ana Ruiz", "phone_number": "+12125550123"}
ASK: ReminderFields = {"before": "PT24H", "message": "See you on {{appointment.date}}. Reply YES or NO."}
TELL: ReminderFields = {"before": "PT2H", "message": "See you at {{appointment.time}}."}


@dataclass
class Practice:
    """The practice under test: short ways to book, change and look."""

    database: Database
    account_id: str
    agent_id: str
    number_id: str

    async def book(self, **fields: object) -> Outcome:
        """Book Ana for Friday at 15:00 with the two reminders above, unless told otherwise."""
        asked = AppointmentFields(contact=ANA, starts_at="2026-03-06T15:00:00", reminders=[ASK, TELL])
        asked.update(fields)  # type: ignore[typeddict-item]  # a test may give wrong fields on purpose
        async with self.database.write() as session:
            return await book(session, self.account_id, Asked(asked), by=API)

    async def change(self, id: str, *, by: Actor = API, **fields: object) -> Outcome:
        """Change an appointment as PATCH does."""
        asked = AppointmentFields()
        asked.update(fields)  # type: ignore[typeddict-item]  # a test may give wrong fields on purpose
        async with self.database.write() as session:
            return await change_appointment(session, self.account_id, id, Asked(asked), by=by)

    async def appointment(self, id: str) -> Appointment:
        """Read an appointment."""
        async with self.database.read() as session:
            return await session.get_one(Appointment, id)

    async def reminders(self, id: str) -> list[Reminder]:
        """Read the reminder jobs of an appointment, by the instant they were asked for."""
        query = select(Reminder).where(Reminder.appointment_id == id)
        async with self.database.read() as session:
            found = (await session.exec(query.order_by(col(Reminder.nominal_at), col(Reminder.created_at)))).all()
        return list(found)

    async def coming(self, id: str) -> list[str]:
        """Return when the texts of an appointment leave, in New York, such as `Thu 15:00`."""
        return [
            local(reminder.next_run_at)
            for reminder in await self.reminders(id)
            if reminder.state is ReminderState.ACTIVE and reminder.next_run_at is not None
        ]

    async def events(self, id: str) -> list[Event]:
        """Read what happened to an appointment itself, oldest first."""
        query = select(Event).where(Event.appointment_id == id, col(Event.type).startswith("appointment."))
        async with self.database.read() as session:
            return list((await session.exec(query.order_by(col(Event.sequence)))).all())

    async def happened(self, id: str) -> list[str]:
        """Return the types of the events of an appointment itself, oldest first, without `appointment.`."""
        return [event.type.removeprefix("appointment.") for event in await self.events(id)]

    async def flags(self, id: str) -> list[Reason]:
        """Return why staff should look at an appointment."""
        query = select(Attention).where(Attention.appointment_id == id, col(Attention.resolved_at).is_(None))
        async with self.database.read() as session:
            return sorted(item.reason for item in (await session.exec(query)).all())

    async def text(self, reminder: Reminder, status: Status, *, named_start: datetime | None = None) -> Message:
        """Store a text that a reminder job made, and end the job, as firing does."""
        async with self.database.write() as session:
            from messaging.recipients import lock_recipient

            recipient = await lock_recipient(session, self.account_id, reminder.to_number)
            appointment = await session.get_one(Appointment, reminder.appointment_id)
            message = Message(
                account_id=self.account_id,
                kind=Kind.REMINDER,
                status=status,
                phone_number_id=self.number_id,
                recipient_id=recipient.id,
                from_number=reminder.from_number,
                to_number=reminder.to_number,
                body=reminder.message,
                template=reminder.message,
                appointment_id=appointment.id,
                contact_id=appointment.contact_id,
                reminder_id=reminder.id,
                occurrence=reminder.nominal_at,
                named_start=named_start or appointment.starts_at,
            )
            job = await session.get_one(Reminder, reminder.id)
            job.state, job.next_run_at = ReminderState.FINISHED, None
            session.add_all([message, job])
        return message

    async def message(self, id: str) -> Message:
        """Read a message."""
        async with self.database.read() as session:
            return await session.get_one(Message, id)


@pytest.fixture
async def practice(migrated_url: str) -> AsyncIterator[Practice]:
    """A practice; the test runs once on SQLite and once on PostgreSQL."""
    database = Database(migrated_url)
    account = Account(name="Dr. Lee", timezone="America/New_York", first_text_footer=False)
    agent = Agent(account_id=account.id, name="Front desk")
    number = PhoneNumber(
        account_id=account.id,
        agent_id=agent.id,
        phone_number="+12125550100",
        carrier=Carrier.SANDBOX,
        twilio_sid="AC00000000000000000000000000000000",
        twilio_token_encrypted="",
    )
    async with database.write() as session:
        session.add(account)
        await session.flush()
        session.add(agent)
        await session.flush()
        session.add(number)
    yield Practice(database, account.id, agent.id, number.id)
    await database.close()


@pytest.fixture(autouse=True)
def clock() -> Iterator[FrozenDateTimeFactory]:
    """The clock stands at `NOW` until the test moves it."""
    with freeze_time(NOW, real_asyncio=True) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


def local(instant: datetime | None) -> str:
    """Say an instant on a clock in New York, such as `Thu 15:00`."""
    from messaging.local_time import to_local, zone

    assert instant is not None
    return f"{to_local(instant, zone('America/New_York')):%a %H:%M}"
