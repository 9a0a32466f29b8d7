"""A clinic whose texts go through a real sandbox carrier over a real socket, with every room that texts people."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, func, select

from agent.builtin_agent import BuiltinAgent
from agent.reply import Replies
from appointments.booking import book
from appointments.fields import AppointmentFields, Asked, ContactFields, ReminderFields
from messaging.carriers.twilio import TwilioCarrier
from messaging.inbound import Arrival, receive
from messaging.missed import MissedTexts
from messaging.recipients import lock_recipient
from messaging.reconcile import Reconciler
from messaging.send import WayOut
from messaging.texts import queue_text
from models.account import Account
from models.agent import Agent
from models.appointment import Appointment
from models.attention import Attention, Reason
from models.database import Database
from models.event import Actor, Event
from models.message import Direction, Kind, Message, Status
from models.phone_number import Carrier, PhoneNumber
from models.recipient import Recipient
from models.reminder import Reminder, ReminderKind
from models.vault import Vault
from sandbox import Message as Taken
from sandbox import Pace, SandboxCarrier
from scheduler.firing import Firing

API = Actor("api", "key_1")
OURS = "+12125550100"
HERS = "+12125550123"
HIS = "+12125550124"
ANA: ContactFields = {"name": "Ana Ruiz", "phone_number": HERS}

# Monday 2 March 2026, 10:00 in New York.
NOW = "2026-03-02T15:00:00Z"
ASK: ReminderFields = {"before": "PT24H", "message": "See you {{appointment.date}}. Reply YES or NO."}
# How long the carrier's list may lack a text that it took.
TRUST_AFTER = timedelta(seconds=30)

_sids = count(1)


@dataclass
class Clinic:
    """The rooms under test, and short ways to use them and to look at what came of it."""

    database: Database
    vault: Vault
    sandbox: SandboxCarrier
    carrier: TwilioCarrier
    way_out: WayOut
    account: Account
    agent: Agent
    number: PhoneNumber

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(
            self.database,
            self.vault,
            lambda _: self.carrier,
            after=TRUST_AFTER,
            in_flight=lambda: self.way_out.in_flight,
        )
        self.replies = Replies(self.database, builtin=BuiltinAgent())
        self.firing = Firing(self.database)
        self.missed = MissedTexts(self.database, self.vault, lambda _: self.carrier)

    async def add_number(self, phone_number: str, **fields: Any) -> PhoneNumber:
        """Give the clinic another sender."""
        self.sandbox.register_number(self.number.twilio_sid, phone_number)
        given: dict[str, Any] = {
            "account_id": self.account.id,
            "agent_id": self.agent.id,
            "phone_number": phone_number,
            "carrier": Carrier.SANDBOX,
            "twilio_sid": self.number.twilio_sid,
            "twilio_token_encrypted": self.number.twilio_token_encrypted,
        }
        number = PhoneNumber(**given | fields)
        async with self.database.write() as session:
            session.add(number)
        return number

    async def set(
        self, row: Account | Agent | PhoneNumber | Appointment | Message | Reminder, **columns: Any
    ) -> None:
        """Change some columns of a stored row."""
        async with self.database.write() as session:
            stored = await session.get_one(type(row), row.id)
            for name, value in columns.items():
                setattr(stored, name, value)
            session.add(stored)

    async def queue(
        self,
        body: str = "Hello",
        to: str = HERS,
        *,
        kind: Kind = Kind.API,
        number: PhoneNumber | None = None,
        **more: Any,
    ) -> str:
        """Put a text on its way; return its id."""
        async with self.database.write() as session:
            recipient = await lock_recipient(session, self.account.id, to)
            message = await queue_text(session, number or self.number, recipient, body, kind=kind, **more)
        return message.id

    async def send(self) -> int:
        """Send what is due and wait for the carrier's answers; return how many texts were looked at."""
        looked_at = await self.way_out.send_due()
        await self.way_out.finish()
        return looked_at

    async def reconcile(self) -> None:
        """Find out what became of the texts that are due for it, then send what turned out not taken."""
        while await self.reconciler.run_due():
            pass
        await self.send()

    async def arrive(
        self,
        body: str,
        *,
        from_: str = HERS,
        number: PhoneNumber | None = None,
        sid: str | None = None,
        **more: Any,
    ) -> Message | None:
        """Let a text arrive, as the webhook does; return its row, or None for one that is known."""
        async with self.database.write() as session:
            arrival = Arrival(sid or f"SM{next(_sids):032x}", from_, body, **more)
            return await receive(session, number or self.number, arrival)

    async def reply(self, body: str, **more: Any) -> Message:
        """Let a text arrive, have it read, and let what follows leave; return its row."""
        message = await self.arrive(body, **more)
        assert message is not None
        await self.read()
        return await self.message(message.id)

    async def read(self) -> None:
        """Have what arrived read, and let the answers leave."""
        while await self.replies.run_due():
            pass
        await self.send()

    async def fire(self) -> None:
        """Turn due reminders into texts and send them."""
        while await self.firing.run_due():
            pass
        await self.send()

    async def book(self, **fields: Any) -> Appointment:
        """Book Ana for Tuesday 3 March at 10:30 in New York with a text 24 h before, unless told otherwise."""
        asked = AppointmentFields(contact=ANA, starts_at="2026-03-03T10:30:00", reminders=[ASK])
        asked.update(fields)  # type: ignore[typeddict-item]  # a test may leave out what it likes
        async with self.database.write() as session:
            return (await book(session, self.account.id, Asked(asked), by=API)).appointment

    async def ask(self, clock: FrozenDateTimeFactory, **fields: Any) -> Appointment:
        """Book a visit and let its text leave half an hour from now, which asks YES or NO; a minute passes."""
        visit = await self.book(**fields)
        clock.tick(timedelta(minutes=30))
        await self.fire()
        clock.tick(timedelta(minutes=1))
        assert self.texts(), "no reminder was due"
        return visit

    async def remind(self, **columns: Any) -> Reminder:
        """Store a reminder job of the clinic's number as it stands in the table."""
        given: dict[str, Any] = {
            "account_id": self.account.id,
            "kind": ReminderKind.ONCE,
            "agent_id": self.agent.id,
            "phone_number_id": self.number.id,
            "from_number": self.number.phone_number,
            "to_number": HERS,
            "message": "Time for your visit.",
            "timezone": "America/New_York",
            "next_run_at": columns.get("nominal_at"),
        }
        reminder = Reminder(**given | columns)
        async with self.database.write() as session:
            session.add(reminder)
        return reminder

    async def message(self, id: str) -> Message:
        """Read a message."""
        async with self.database.read() as session:
            return await session.get_one(Message, id)

    async def messages(self, *, to: str = HERS, kind: Kind | None = None) -> list[Message]:
        """Read our texts to a number, oldest first."""
        query = select(Message).where(Message.to_number == to, Message.direction == Direction.OUTBOUND)
        if kind is not None:
            query = query.where(Message.kind == kind)
        # While the clock stands still only the ledger of events tells which was first.
        first = select(func.min(Event.sequence)).where(Event.message_id == Message.id).scalar_subquery()
        async with self.database.read() as session:
            return list((await session.exec(query.order_by(first))).all())

    async def status(self, id: str) -> Status:
        """Read where a message stands."""
        return (await self.message(id)).status

    async def events(self, **columns: Any) -> list[Event]:
        """Read the events with these columns, oldest first."""
        query = select(Event).where(*(getattr(Event, name) == value for name, value in columns.items()))
        async with self.database.read() as session:
            return list((await session.exec(query.order_by(col(Event.sequence)))).all())

    async def statuses(self, id: str) -> list[str]:
        """Read the statuses that a message had, in their order."""
        return [event.type.removeprefix("message.") for event in await self.events(message_id=id)]

    async def appointment(self, id: str) -> Appointment:
        """Read an appointment."""
        async with self.database.read() as session:
            return await session.get_one(Appointment, id)

    async def reminder(self, id: str) -> Reminder:
        """Read a reminder job."""
        async with self.database.read() as session:
            return await session.get_one(Reminder, id)

    async def recipient(self, phone_number: str = HERS) -> Recipient:
        """Read the row that everybody locks."""
        query = select(Recipient).where(Recipient.phone_number == phone_number)
        async with self.database.read() as session:
            return (await session.exec(query)).one()

    async def number_row(self) -> PhoneNumber:
        """Read the clinic's number as it now stands."""
        async with self.database.read() as session:
            return await session.get_one(PhoneNumber, self.number.id)

    async def flags(self) -> list[Reason]:
        """Return why staff should look at something."""
        return sorted(item.reason for item in await self.items())

    async def items(self) -> Sequence[Attention]:
        """Read the open items of the needs-attention list."""
        query = select(Attention).where(col(Attention.resolved_at).is_(None)).order_by(col(Attention.opened_at))
        async with self.database.read() as session:
            return (await session.exec(query)).all()

    def taken(self, to: str = HERS) -> list[Taken]:
        """Return what the carrier took for a person, oldest first."""
        return [message for message in self.sandbox.messages.of_number(to) if message.direction == "outbound-api"]

    def texts(self, to: str = HERS) -> list[str]:
        """Return the words of what the carrier took for a person, oldest first."""
        return [message.body for message in self.taken(to)]


@asynccontextmanager
async def open_clinic(database_url: str, *, answer_seconds: float = 5, **way_out: Any) -> AsyncIterator[Clinic]:
    """Open a clinic over a migrated database, with a carrier that posts no callbacks.

    answer_seconds: how long the carrier's answer is waited for.
    """
    database, vault = Database(database_url), Vault("the key of a test")
    async with SandboxCarrier(pace=Pace(sent_after=0, delivered_after=0, callbacks=False)) as sandbox:
        carrier = TwilioCarrier(sandbox.url, answer_seconds=answer_seconds)
        customer = sandbox.register_account()
        sandbox.register_number(customer.sid, OURS)
        # What a first text bears is the matter of test_first_text.py.
        account = Account(name="Dr. Lee", timezone="America/New_York", first_text_footer=False)
        agent = Agent(account_id=account.id, name="Front desk")
        number = PhoneNumber(
            account_id=account.id,
            agent_id=agent.id,
            phone_number=OURS,
            carrier=Carrier.SANDBOX,
            twilio_sid=customer.sid,
            twilio_token_encrypted=vault.encrypt(customer.token),
        )
        async with database.write() as session:
            for row in (account, agent, number):
                session.add(row)
                await session.flush()
        out = WayOut(database, vault, lambda _: carrier, public_url="http://127.0.0.1:9", **way_out)
        try:
            yield Clinic(database, vault, sandbox, carrier, out, account, agent, number)
        finally:
            await carrier.close()
            await database.close()


def people(number: int) -> list[str]:
    """Return so many numbers of people, all kept for examples."""
    areas = ("212", "213", "312", "415", "617")
    return [f"+1{area}55501{last:02}" for last in range(10, 100) for area in areas][:number]
