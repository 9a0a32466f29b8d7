"""A carrier with one account and one number, Twilio's own client for it, and an application to call back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from sandbox import Account, Message, Pace, SandboxCarrier
from sandbox.messages import FINAL
from tests.sandbox.application import Application

OURS = "+12125550100"
HERS = "+12125550123"
HIS = "+12125550124"


@asynccontextmanager
async def twilio_client(carrier: SandboxCarrier, sid: str, token: str) -> AsyncIterator[Client]:
    """Twilio's async client for an account. It waits for ever: it overrides even its session's timeout."""
    http = AsyncTwilioHttpClient()
    client = Client(sid, token, http_client=http)
    client.edge = client.region = None
    client.api.base_url = carrier.url
    try:
        yield client
    finally:
        await http.close()


async def until_final(carrier: SandboxCarrier, sid: str | None) -> Message:
    """A message once its status will not change any more."""
    message = carrier.messages.get(sid or "")
    assert message is not None
    while message.status not in FINAL:
        assert await carrier.phones.events(carrier.phones.last_event, wait=5), "it does not move on"
    return message


@pytest.fixture
async def carrier() -> AsyncIterator[SandboxCarrier]:
    async with SandboxCarrier(pace=Pace(sent_after=0, delivered_after=0), seed=7) as carrier:
        yield carrier


@pytest.fixture
def account(carrier: SandboxCarrier) -> Account:
    account = carrier.register_account()
    carrier.register_number(account.sid, OURS)
    return account


@pytest.fixture
async def client(carrier: SandboxCarrier, account: Account) -> AsyncIterator[Client]:
    async with twilio_client(carrier, account.sid, account.token) as client:
        yield client


@pytest.fixture
async def application(carrier: SandboxCarrier, account: Account) -> AsyncIterator[Application]:
    """Where texts to our number go, and where tests send status callbacks."""
    async with Application(account.token) as application:
        carrier.register_number(account.sid, OURS, sms_url=f"{application.url}/sms")
        yield application


class Operator:
    """Uses the control API over HTTP."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """The status and the JSON of an answer."""
        async with self._session.request(method, path, json=body) as response:
            content = await response.json()
            assert isinstance(content, dict)
            return response.status, content

    async def ok(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """The JSON of an answer that must be one of success."""
        status, content = await self.call(method, path, body)
        assert status in (200, 201), content
        return content


@pytest.fixture
async def operator(carrier: SandboxCarrier) -> AsyncIterator[Operator]:
    headers = {"Authorization": f"Bearer {carrier.control_token}"}
    async with aiohttp.ClientSession(carrier.url, headers=headers) as session:
        yield Operator(session)
