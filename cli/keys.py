"""`showup keys`: making, listing and revoking API keys."""

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="API keys.")


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    account: Annotated[str, typer.Option(metavar="ID", help="The account the key is for.")],
    name: Annotated[str, typer.Option(help="What the key is for, to know it again.")] = "",
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What the key may do; give it several times. Without it: all.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Make a key.

    Prints its id, and its secret, which is shown only now.
    """
    from cli.database import opened_database
    from cli.output import show
    from cli.running import run
    from cli.settings import read_settings

    async def work() -> dict[str, str | list[str]]:
        from api.accounts import create_key

        scopes = [str(one) for one in scope or Scope]
        async with opened_database(read_settings()) as database, database.write() as session:
            key, secret = await create_key(session, account, name=name, scopes=scopes)
            return {
                "account_id": key.account_id,
                "key_id": key.id,
                "key_secret": secret,
                "scopes": key.scopes,
            }

    show(run(work()), as_json=json)


@app.command("list")
def list_(
    account: Annotated[str | None, typer.Option(metavar="ID", help="Only this account's keys.")] = None,
    json: AsJson = False,
) -> None:
    """List the keys, oldest first, revoked ones too. Secrets are not stored."""
    from cli.database import opened_database
    from cli.output import show_table
    from cli.running import run
    from cli.settings import read_settings
    from models.base import rfc3339

    async def work() -> list[dict[str, str | list[str] | None]]:
        from api.accounts import list_keys

        async with opened_database(read_settings()) as database, database.read() as session:
            return [
                {
                    "key_id": key.id,
                    "account_id": key.account_id,
                    "name": key.name,
                    "scopes": key.scopes,
                    "created_at": rfc3339(key.created_at),
                    "revoked_at": rfc3339(key.revoked_at),
                }
                for key in await list_keys(session, account)
            ]

    show_table(run(work()), as_json=json)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The key to end.")]) -> None:
    """Make a key worthless; a running service notices within a second."""
    from cli.database import opened_database
    from cli.running import run
    from cli.settings import read_settings

    async def work() -> str:
        from api.accounts import revoke_key

        async with opened_database(read_settings()) as database, database.write() as session:
            return (await revoke_key(session, key_id)).id

    typer.echo(f"{run(work())} is revoked.")
