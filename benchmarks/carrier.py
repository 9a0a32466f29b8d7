"""The sandbox carrier in a process of its own, as the other side of every measurement."""

import asyncio
import logging
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from sandbox import Pace, SandboxCarrier, run_forever

ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "benchmark-token", "+19175559999"


@contextmanager
def carrier_process(*, callbacks: bool) -> Iterator[str]:
    """Run a carrier with one account and one number; gives its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, callbacks), daemon=True)
    process.start()
    try:
        yield str(ours.recv())
    finally:
        process.terminate()
        process.join(10)


def _serve(pipe: Connection, callbacks: bool) -> None:
    def ready(carrier: SandboxCarrier) -> None:
        carrier.register_account(ACCOUNT, TOKEN)
        carrier.register_number(ACCOUNT, SENDER)
        pipe.send(carrier.url)

    # The other side of a measurement may be gone before its last callback.
    logging.disable()
    asyncio.run(run_forever(pace=Pace(callbacks=callbacks), ready=ready))


def number_of(index: int) -> str:
    """Return one of 70,000 numbers that are nobody's."""
    return f"+1{201 + index // 100 % 700}5550{100 + index % 100}"
