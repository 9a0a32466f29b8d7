"""The `showup` command: exits 0, 1 with one line on standard error, or 2 on wrong usage."""

import asyncio
import sys
from typing import Annotated, Literal

import typer

from cli.problem import Problem
from cli.settings import read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Role = Literal["all", "api", "scheduler", "worker"]


@app.callback()
def showup() -> None:
    """Get people to their appointments by text message."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8000,
    role: Annotated[Role, typer.Option(help="What this process does.")] = "all",
) -> None:
    """Run the service."""
    from cli.serve import serve as run

    asyncio.run(run(read_settings(), host=host, port=port, role=role))


def main() -> None:
    """Run the command; what the user can mend is one line on standard error."""
    try:
        app()
    except Problem as problem:
        typer.echo(f"showup: {problem}", err=True)
        sys.exit(1)
