"""`showup staff`: letting people at the practice sign in to its page."""

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="People who sign in to the staff page.")


class Role(StrEnum):
    """What a member of staff may do."""

    RECEPTION = "reception"
    ADMIN = "admin"


@app.callback()
def staff() -> None:
    """People who sign in to the staff page."""


@app.command()
def invite(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose link it is.")],
    account: Annotated[str, typer.Option(metavar="ID", help="The account whose page it opens.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.RECEPTION,
) -> None:
    """Print a sign-in link that works once, within three days. Somebody known gets the role given here."""
    from cli.database import opened_database
    from cli.output import note
    from cli.running import run
    from cli.settings import DEFAULT_PUBLIC_URL, read_settings

    settings = read_settings()

    async def work() -> str:
        from api.staff.sign_in import invite, sign_in_address
        from models.staff import StaffRole

        async with opened_database(settings) as database, database.write() as session:
            token = await invite(session, account, email, StaffRole(role))
        return sign_in_address(settings.public_url or DEFAULT_PUBLIC_URL, token)

    typer.echo(run(work()))
    if settings.public_url is None:
        note(f"For a service at {DEFAULT_PUBLIC_URL}; set SHOWUP_PUBLIC_URL where it is reached elsewhere.")
