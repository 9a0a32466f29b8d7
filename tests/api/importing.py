"""Importing a number, against a carrier that speaks Twilio's protocol over real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from messaging.carriers.twilio import TwilioCarrier
from models.phone_number import PhoneNumber
from sandbox import Account, SandboxCarrier
from tests.api.service import Service, running

NUMBERS = "/v1/phone-numbers"
OURS, OTHERS = "+12125550100", "+12125550101"


class Import:
    """A service, the carrier beside it, and the fields of an import that is right."""

    def __init__(self, service: Service, carrier: SandboxCarrier, account: Account, agent_id: str) -> None:
        self.service = service
        self.client = service.client
        self.carrier = carrier
        self.account = account
        self.fields: dict[str, Any] = {
            "phone_number": OURS,
            "twilio_sid": account.sid,
            "twilio_token": account.token,
            "agent_id": agent_id,
        }

    async def post(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        """Import the number, with some fields otherwise; None leaves one out."""
        body = {name: value for name, value in (self.fields | changes).items() if value is not None}
        return await self.client.post(NUMBERS, json=body, headers=headers)

    def sms_url(self) -> str:
        """Where the carrier sends texts to our number."""
        number = self.carrier.accounts.number(OURS)
        assert number is not None
        return number.sms_url

    async def stored(self, number_id: str) -> PhoneNumber:
        """Return the number as it is stored."""
        async with self.service.database.read() as session:
            return await session.get_one(PhoneNumber, number_id)


@asynccontextmanager
async def beside_a_carrier(url: str) -> AsyncIterator[Import]:
    """Run a service and a carrier whose account has our number, and another's has another."""
    async with SandboxCarrier() as carrier, running(url, carrier=TwilioCarrier(carrier.url)) as service:
        account, stranger = carrier.register_account(), carrier.register_account()
        carrier.register_number(account.sid, OURS)
        carrier.register_number(stranger.sid, OTHERS)
        agent = (await service.client.post("/v1/agents", json={"name": "A"})).json()
        yield Import(service, carrier, account, agent["id"])


def fault(response: httpx.Response) -> tuple[int, str, str | None]:
    """Return the status, code and param of an error."""
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("param")
