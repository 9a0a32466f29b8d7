"""The SDK's async client alone: what every other figure is held against."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, TCPConnector
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from benchmarks.carrier import ACCOUNT, SENDER, TOKEN, number_of

IN_FLIGHT = 50


@asynccontextmanager
async def bare_client(url: str) -> AsyncIterator[Client]:
    """Give the SDK's client at a carrier's address, on one session of `IN_FLIGHT` connections."""
    http = AsyncTwilioHttpClient(pool_connections=False)
    http.session = ClientSession(connector=TCPConnector(limit=IN_FLIGHT))
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.edge = client.region = None
    client.api.base_url = url
    try:
        yield client
    finally:
        await http.close()


async def send(client: Client, index: int) -> None:
    """Hand one text over."""
    await client.messages.create_async(
        to=number_of(index),
        from_=SENDER,
        body=f"Visit {index}. Reply YES or NO.",
        status_callback=f"http://127.0.0.1:9/webhooks/twilio/status/msg_{index:020}",
    )
