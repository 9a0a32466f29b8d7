"""A running service whose texts go through a real sandbox carrier, which calls it back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import col, select

from messaging.carriers.twilio import TwilioCarrier
from models.agent import Agent
from models.message import Message
from models.phone_number import Carrier, PhoneNumber
from sandbox import Account as Customer
from sandbox import Message as Taken
from sandbox import Pace, SandboxCarrier
from tests.api.service import Service, running

OURS = "+12125550100"
HERS = "+12125550123"


@dataclass
class Texting:
    """The service, its carrier, and a number with its agent."""

    service: Service
    sandbox: SandboxCarrier
    customer: Customer
    carrier: TwilioCarrier
    number: PhoneNumber

    @property
    def client(self) -> httpx.AsyncClient:
        """A client with a key of every scope."""
        return self.service.client

    def body(self, **fields: Any) -> dict[str, Any]:
        """Return the body of a right request, with these fields set; one that is None is left out."""
        asked = {"agent_id": self.number.agent_id, "to": HERS, "from_number": OURS, "message": "Hello"} | fields
        return {name: value for name, value in asked.items() if value is not None}

    async def post(self, *, key: str | None = None, **fields: Any) -> httpx.Response:
        """Ask for a text; `key` is an Idempotency-Key."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.client.post("/v1/sms", json=self.body(**fields), headers=headers)

    async def get(self, id: str) -> dict[str, Any]:
        """Return a message as the API shows it."""
        answer = await self.client.get(f"/v1/sms/{id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def set(self, row: PhoneNumber | Agent | Message, **columns: Any) -> None:
        """Change some columns of a stored row."""
        async with self.service.database.write() as session:
            stored = await session.get_one(type(row), row.id)
            for name, value in columns.items():
                setattr(stored, name, value)
            session.add(stored)

    async def messages(self) -> list[Message]:
        """Read every message, oldest first."""
        async with self.service.database.read() as session:
            query = select(Message).order_by(col(Message.created_at), col(Message.id))
            return list((await session.exec(query)).all())

    def taken(self) -> list[Taken]:
        """Return what the carrier took from us, oldest first."""
        return [message for message in self.sandbox.messages if message.direction == "outbound-api"]


@asynccontextmanager
async def texting(
    database_url: str, *, answer_seconds: float = 5, pace: Pace | None = None, **settings: Any
) -> AsyncIterator[Texting]:
    """Run a service with a sandbox number; by default the carrier posts no callbacks."""
    async with SandboxCarrier(pace=pace or Pace(0, 0, callbacks=False), seed=7) as sandbox:
        customer = sandbox.register_account()
        carrier = TwilioCarrier(sandbox.url, answer_seconds=answer_seconds)
        async with running(database_url, carrier=carrier, **settings) as service:
            agent = Agent(account_id=service.account.id, name="Front desk")
            number = PhoneNumber(
                account_id=service.account.id,
                agent_id=agent.id,
                phone_number=OURS,
                carrier=Carrier.SANDBOX,
                twilio_sid=customer.sid,
                twilio_token_encrypted=service.services.vault.encrypt(customer.token),
            )
            async with service.database.write() as session:
                session.add(agent)
                await session.flush()
                session.add(number)
            sandbox.register_number(customer.sid, OURS, None, f"{service.url}/webhooks/twilio/sms/{number.id}")
            yield Texting(service, sandbox, customer, carrier, number)
