"""Sends a second, from the claim to the carrier's answer committed, against the bare Twilio async client."""

import asyncio
import time

from aiohttp import ClientSession, TCPConnector
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from benchmarks.carrier import ACCOUNT, SENDER, TOKEN, carrier_process, number_of
from benchmarks.house import bench_house, queue_messages

IN_FLIGHT = 50


async def bare_client(url: str, count: int) -> float:
    """Return how many texts a second the SDK's async client alone hands over."""
    http = AsyncTwilioHttpClient(pool_connections=False)
    http.session = ClientSession(connector=TCPConnector(limit=IN_FLIGHT))
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.edge = client.region = None
    client.api.base_url = url
    numbers = iter(range(count))

    async def send() -> None:
        for index in numbers:
            await client.messages.create_async(
                to=number_of(index),
                from_=SENDER,
                body=f"Visit {index}. Reply YES or NO.",
                status_callback=f"http://127.0.0.1:9/webhooks/twilio/status/msg_{index:020}",
            )

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    rate = count / (time.perf_counter() - began)
    await http.close()
    return rate


async def way_out(url: str, count: int) -> float:
    """Return how many texts a second leave by the way out, stored before and after."""
    async with bench_house(url) as bench:
        await queue_messages(bench, count)
        began = time.perf_counter()
        await bench.way_out.send_due()
        await bench.way_out.finish()
        return count / (time.perf_counter() - began)


def run(count: int = 10_000) -> tuple[float, float]:
    """Return texts a second of the bare client and of the way out, callbacks off."""
    with carrier_process(callbacks=False) as url:
        bare = asyncio.run(bare_client(url, count))
        ours = asyncio.run(way_out(url, count))
    return bare, ours


if __name__ == "__main__":
    bare, ours = run()
    print(f"bare {bare:.0f}/s  way out {ours:.0f}/s  ratio {ours / bare:.2f}")
