"""`showup sandbox`: the sandbox carrier alone."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sandbox.carrier import SandboxCarrier


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", dir_okay=False, help="Keep what happens in this file, and go on from what it says."
        ),
    ] = None,
) -> None:
    """Run the sandbox carrier alone.

    It speaks Twilio's protocol and texts nobody: for trying things out, and for tests.
    """
    from cli.logs import configure_logs
    from cli.problem import Problem
    from cli.running import run
    from cli.settings import read_settings
    from sandbox.ledger import LedgerUnreadable
    from sandbox.run import run_forever

    configure_logs(read_settings().log_format)
    try:
        run(run_forever(port=port, ledger=ledger, ready=_tell), fast_loop=True)
    except LedgerUnreadable as error:
        raise Problem(f"--ledger {ledger}: {error}") from None
    except OSError as error:
        what = f"--ledger {ledger}" if error.filename else f"--port {port}"
        raise Problem(f"{what}: {os.strerror(error.errno) if error.errno else error}") from None


def _tell(carrier: "SandboxCarrier") -> None:
    typer.echo(f"sandbox: {carrier.url}")
    typer.echo(f"control_token: {carrier.control_token}")
