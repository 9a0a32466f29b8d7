"""`showup accounts`: making accounts, each with a first API key."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Practices that use this service.")


@app.callback()
def accounts() -> None:
    """Practices that use this service."""


def _zone(name: str) -> str:
    from messaging.local_time import UnknownZone, zone

    try:
        return zone(name).key
    except UnknownZone as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The practice's name, as its texts say it.")],
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="An IANA time zone, such as America/New_York.", callback=_zone)
    ] = "UTC",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an account with a first key.

    Prints the key's secret, which is shown only now.
    """
    from cli.database import opened_database
    from cli.output import show
    from cli.running import run
    from cli.settings import read_settings

    async def work() -> dict[str, str]:
        from api.accounts import create_account

        async with opened_database(read_settings()) as database, database.write() as session:
            account, key, secret = await create_account(session, name, timezone)
            return {"account_id": account.id, "key_id": key.id, "key_secret": secret}

    show(run(work()), as_json=json)
