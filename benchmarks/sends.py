"""Sends a second, from the claim to the carrier's answer committed, against the bare Twilio async client."""

import asyncio
import time

from aiohttp import web

from benchmarks.bare import IN_FLIGHT, bare_client, send
from benchmarks.carrier import carrier_process
from benchmarks.house import bench_house, queue_messages
from benchmarks.table import Figure, best

ROUNDS = 3


async def _bare(url: str, count: int) -> float:
    async with bare_client(url) as client:
        numbers = iter(range(count))

        async def send_some() -> None:
            for index in numbers:
                await send(client, index)

        began = time.perf_counter()
        await asyncio.gather(*(send_some() for _ in range(IN_FLIGHT)))
        return count / (time.perf_counter() - began)


async def _way_out(url: str, count: int, public_url: str) -> float:
    async with bench_house(url, public_url) as bench:
        await queue_messages(bench, count)
        began = time.perf_counter()
        await bench.way_out.send_due()
        await bench.way_out.finish()
        return count / (time.perf_counter() - began)


async def _with_callbacks(url: str, count: int) -> tuple[float, float]:
    """Return the rates of both with every text's callbacks taken, and thrown away, by this process."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/{path:.*}", take)
    receiver = web.AppRunner(application, access_log=None)
    await receiver.setup()
    await web.TCPSite(receiver, "127.0.0.1", 0).start()
    try:
        rates = [
            (await _bare(url, count), await _way_out(url, count, f"http://127.0.0.1:{receiver.addresses[0][1]}"))
            for _ in range(ROUNDS)
        ]
    finally:
        await receiver.cleanup()
    return best(rates)


async def _without(url: str, count: int) -> tuple[float, float]:
    return best(
        [(await _bare(url, count), await _way_out(url, count, "http://127.0.0.1:9")) for _ in range(ROUNDS)]
    )


def figures(count: int) -> list[Figure]:
    """Measure both rows, alternating, so that both sides see the same machine."""
    with carrier_process(callbacks=False) as url:
        bare, ours = asyncio.run(_without(url, count))
    with carrier_process(callbacks=True) as url:
        bare_told, ours_told = asyncio.run(_with_callbacks(url, count))
    return [
        Figure("sends/s, callbacks off", ours, "bare Twilio client", bare, ">= 0.70"),
        Figure("sends/s, callbacks on", ours_told, "bare Twilio client", bare_told, ""),
    ]
