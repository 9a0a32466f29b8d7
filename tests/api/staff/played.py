"""A practice whose number is on a sandbox carrier, so that people can be played."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent.builtin_agent import BuiltinAgent
from agent.reply import Replies
from messaging.carriers.twilio import TwilioCarrier
from messaging.recipients import lock_recipient
from messaging.texts import queue_text
from models.appointment import Appointment
from models.message import Kind
from sandbox import SandboxCarrier
from tests.api.service import running
from tests.api.staff.practice import Practice

PERSON = "+12125550123"
TOKEN = "0" * 32


@dataclass(frozen=True)
class Place:
    """Where a sandbox carrier is controlled, and with which token."""

    url: str
    control_token: str


@dataclass
class Played:
    """A practice and the carrier of its number."""

    practice: Practice
    carrier: SandboxCarrier

    async def remind(self, visit: Appointment, body: str = "Reply YES or NO") -> None:
        """Send a reminder of a visit by the way out."""
        await self.send(body, PERSON, visit)

    async def send(self, body: str, to: str, visit: Appointment | None = None) -> None:
        """Send a text by the way out."""
        service = self.practice.service
        async with service.database.write() as session:
            recipient = await lock_recipient(session, service.account.id, to)
            await queue_text(
                session,
                self.practice.number,
                recipient,
                body,
                kind=Kind.REMINDER,
                appointment_id=visit.id if visit else None,
                contact_id=visit.contact_id if visit else None,
                named_start=visit.starts_at if visit else None,
            )
        assert await service.services.way_out.send_due() == 1

    async def read_replies(self) -> int:
        """Let the built-in agent read what arrived; return how many texts it read."""
        return await Replies(self.practice.service.database, builtin=BuiltinAgent()).run_due()


@asynccontextmanager
async def playing(database_url: str) -> AsyncIterator[Played]:
    """Run a practice and the carrier of its number, which posts what people write to the practice's service."""
    async with SandboxCarrier() as carrier:
        place = Place(carrier.url, carrier.control_token)
        client = TwilioCarrier(carrier.url)
        async with running(database_url, carrier=client, sandbox=place) as service:
            practice = await Practice.open(service)
            number = practice.number
            carrier.register_account(number.twilio_sid, TOKEN)
            webhook = f"{service.url}/webhooks/twilio/sms/{number.id}"
            carrier.register_number(number.twilio_sid, number.phone_number, sms_url=webhook)
            yield Played(practice, carrier)
