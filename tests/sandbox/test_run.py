"""The carrier alone in its process, and starting and stopping it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox import Pace, SandboxCarrier
from tests.sandbox.conftest import HERS, OURS

PROGRAM = """
import asyncio
from sandbox import run_forever
asyncio.run(run_forever(control_token="control", ready=lambda carrier: print(carrier.url, flush=True)))
print("stopped", flush=True)
"""


async def test_it_serves_until_it_is_asked_to_end() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        headers = {"Authorization": "Bearer control"}
        async with (
            aiohttp.ClientSession(url, headers=headers) as session,
            session.post("/sandbox/accounts", json={}) as response,
        ):
            assert response.status == 201
    finally:
        process.terminate()
        rest = (await process.communicate())[0].decode().strip()

    assert (rest, process.returncode) == ("stopped", 0)


async def test_a_taken_port_is_an_error(carrier: SandboxCarrier) -> None:
    second = SandboxCarrier(port=carrier.port)
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    await second.stop()


async def test_there_is_no_address_before_the_start() -> None:
    with pytest.raises(RuntimeError):
        _ = SandboxCarrier().url


async def test_stopping_waits_for_nobody_and_may_be_done_twice(tmp_path: Path) -> None:
    """Neither a hanging create nor a phone that waits for events holds the end up."""
    carrier = SandboxCarrier(ledger=tmp_path / "ledger.jsonl", pace=Pace(sent_after=3600))
    await carrier.start()
    account = carrier.register_account()
    carrier.register_number(account.sid, OURS)
    carrier.faults.add("hang", seconds=3600, accept="at_once")
    async with aiohttp.ClientSession(carrier.url) as session:
        hanging = asyncio.ensure_future(
            session.post(
                f"/2010-04-01/Accounts/{account.sid}/Messages.json",
                data={"To": HERS, "From": OURS, "Body": "Hello"},
                headers={"Authorization": account.authorization},
            )
        )
        assert await carrier.phones.events(0, wait=5)
        waiting = asyncio.ensure_future(
            session.get(
                "/sandbox/phones/events?after=1&wait=60",
                headers={"Authorization": f"Bearer {carrier.control_token}"},
            )
        )
        for _ in range(500):
            if carrier.phones._waiting:
                break
            await asyncio.sleep(0.01)

        await asyncio.wait_for(carrier.stop(), 10)
        await carrier.stop()

        with pytest.raises(aiohttp.ClientError):
            await hanging
        async with await waiting as response:
            assert (await response.json())["data"] == []
