"""`showup db`: migrations, a check of what is stored, backups."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The database.")


@app.command()
def upgrade() -> None:
    """Bring the database to the schema of this version."""
    from cli.database import upgrade_database
    from cli.running import run
    from cli.settings import read_settings

    before, after = run(upgrade_database(read_settings()))
    if before == after:
        typer.echo(f"The database is at revision {after} already.")
    else:
        typer.echo(f"The database was {before or 'empty'} and is at revision {after} now.")


@app.command()
def check() -> None:
    """Check what is stored: whole, no text twice or after an opt-out, every reminder accounted for."""
    from cli.database import opened_database
    from cli.problem import Problem
    from cli.running import run
    from cli.settings import read_settings

    settings = read_settings()

    async def work() -> list[str]:
        from cli.integrity import failures
        from models.vault import Vault

        async with opened_database(settings) as database:
            return await failures(database, Vault(settings.vault_key()))

    found = run(work())
    for line in found:
        typer.echo(line)
    if found:
        raise Problem(f"{len(found)} {'thing is' if len(found) == 1 else 'things are'} wrong with what is stored")
    typer.echo("What is stored is sound.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]) -> None:
    """Copy the database while the service runs. Keep SHOWUP_SECRET_KEY, or showup.db.key, with it."""
    from cli.backup import back_up
    from cli.settings import read_settings

    back_up(read_settings(), file)
    typer.echo(f"Wrote {file}.")
