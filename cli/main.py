"""The `showup` command: exits 0, 1 with one line on standard error, or 2 on wrong usage.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

import logging
import sys
import traceback
from typing import Annotated, Literal

import typer

from cli import accounts, db, evaluate, keys, sandbox, staff
from cli.problem import Problem

# Without rich's boxes, which take longer to load than most commands to run.
app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Role = Literal["all", "api", "scheduler", "worker"]


@app.callback()
def showup() -> None:
    """Get people to their appointments by text message."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    role: Annotated[
        Role, typer.Option(help="What this process does: all of it, or one part beside others on PostgreSQL.")
    ] = "all",
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Make a practice with a sample day at the first start, and tell how to look."),
    ] = False,
) -> None:
    """Run the service."""
    from cli.logs import configure_logs
    from cli.running import run
    from cli.serve import serve as serve_until_stopped
    from cli.settings import read_settings
    from cli.welcome import welcome, welcome_to_demo

    if demo and role != "all":
        raise typer.BadParameter("--demo needs --role all")
    settings = read_settings()
    configure_logs(settings.log_format, level=logging.WARNING if demo else logging.INFO)
    on_start = welcome_to_demo if demo else welcome
    run(serve_until_stopped(settings, host=host, port=port, role=role, on_start=on_start), fast_loop=True)


app.command()(sandbox.sandbox)
app.command()(evaluate.evaluate)
app.add_typer(accounts.app, name="accounts")
app.add_typer(keys.app, name="keys")
app.add_typer(staff.app, name="staff")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the command; whatever goes wrong is one line on standard error."""
    try:
        app(prog_name="showup")
    except Problem as problem:
        _fail(str(problem))
    except BrokenPipeError:
        sys.exit(1)  # whoever read our output has gone
    except Exception as error:  # noqa: BLE001 - a defect: one line too, which says where it is
        where = traceback.extract_tb(error.__traceback__)[-1]
        _fail(f"a defect in Showup, please report it: {type(error).__name__} at {where.filename}:{where.lineno}")


def _fail(line: str) -> None:
    typer.echo(f"showup: {' '.join(line.split())}", err=True)
    sys.exit(1)
