"""How many texts a second the sandbox takes from Twilio's own async client in another process.

    python -m tests.sandbox.throughput [--messages 20000] [--in-flight 50] [--ledger FILE] [--callbacks]

Not a test: a figure to look at when the hot path was touched.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from aiohttp import ClientSession, TCPConnector, web
from twilio.base import values
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from sandbox import Pace, SandboxCarrier, run_forever

ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "token", "+19175550100"


def serve(pipe: Connection, ledger: Path | None, callbacks: bool) -> None:
    """The other process: a carrier with one account and one number."""

    def ready(carrier: SandboxCarrier) -> None:
        carrier.register_account(ACCOUNT, TOKEN)
        carrier.register_number(ACCOUNT, SENDER)
        pipe.send(carrier.url)

    asyncio.run(run_forever(ledger=ledger, pace=Pace(callbacks=callbacks), ready=ready))


async def measure(url: str, messages: int, in_flight: int, callbacks: bool) -> float:
    """Texts a second, at so many requests in flight; with callbacks, received by this process too."""
    received = 0
    all_reported = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        nonlocal received
        await request.read()
        received += 1
        if received == 2 * messages:
            all_reported.set()
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/status/{number}", take)
    receiver = web.AppRunner(application, access_log=None)
    await receiver.setup()
    await web.TCPSite(receiver, "127.0.0.1", 0).start()
    callback_url = f"http://127.0.0.1:{receiver.addresses[0][1]}/status" if callbacks else None

    http = AsyncTwilioHttpClient()
    assert isinstance(http.session, ClientSession)
    await http.session.close()
    http.session = ClientSession(connector=TCPConnector(limit=in_flight))
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.edge = client.region = None
    client.api.base_url = url
    numbers = iter(range(messages))

    async def send() -> None:
        for number in numbers:
            message = await client.messages.create_async(
                to=f"+1{201 + number // 100 % 700}5550{100 + number % 100}",
                from_=SENDER,
                body=f"Visit {number}. Reply YES or NO.",
                status_callback=f"{callback_url}/{number}" if callback_url else values.unset,
            )
            assert message.sid is not None

    started = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(in_flight)))
    taken = time.perf_counter() - started
    if callbacks:
        await asyncio.wait_for(all_reported.wait(), 120)
    await http.close()
    await receiver.cleanup()
    return messages / taken


def main() -> None:
    """Start the carrier's process, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=20_000)
    arguments.add_argument("--in-flight", type=int, default=50)
    arguments.add_argument("--ledger", type=Path)
    arguments.add_argument("--callbacks", action="store_true")
    wanted = arguments.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    carrier = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, wanted.ledger, wanted.callbacks)
    )
    carrier.start()
    try:
        url = ours.recv()
        cpu = psutil.Process(carrier.pid)
        before = sum(cpu.cpu_times()[:2])
        rate = asyncio.run(measure(url, wanted.messages, wanted.in_flight, wanted.callbacks))
        spent = sum(cpu.cpu_times()[:2]) - before
    finally:
        carrier.terminate()
        carrier.join()
    sys.stdout.write(
        f"{rate:,.0f} creates/s by Twilio's async client; "
        f"the carrier spent {spent / wanted.messages * 1e6:.0f} µs of processor time a text\n"
    )


if __name__ == "__main__":
    main()
