"""Running the sandbox carrier alone, for the command line."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from sandbox.carrier import SandboxCarrier
from sandbox.lifecycle import Pace


async def run_forever(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    ledger: Path | None = None,
    control_token: str | None = None,
    pace: Pace | None = None,
    seed: int | None = None,
    ready: Callable[[SandboxCarrier], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. ready: is called once it serves, to print its address and token.

    Raises OSError if the port is taken or the ledger cannot be opened, LedgerUnreadable if it is none.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with SandboxCarrier(port, host, ledger, control_token=control_token, pace=pace, seed=seed) as carrier:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        if ready is not None:
            ready(carrier)
        await stopping.wait()
