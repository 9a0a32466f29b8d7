"""What is printed when the service has started: where it is, and how to look."""

import shutil
import sys
from pathlib import Path

import typer
from sqlmodel import func, select

from api.staff.sign_in import sign_in_address
from cli.demo import Demo, open_demo
from cli.wiring import House
from models.account import Account


async def welcome(house: House) -> None:
    """Print the address, and what to do where nothing is stored yet."""
    typer.echo(f"Showup is at {house.public_url}")
    async with house.database.read() as session:
        accounts = (await session.exec(select(func.count()).select_from(Account))).one()
    if not accounts:
        typer.echo(f"There is no account yet: {command()} accounts create NAME --timezone ZONE")


async def welcome_to_demo(house: House) -> None:
    """Make or find the demo practice, and print how to see it."""
    demo = await open_demo(house)
    if demo is None:
        await welcome(house)
        typer.echo(f"A link to its staff page: {command()} staff invite EMAIL --account ID")
        return
    typer.echo("\n".join(_lines(demo, house.public_url)))


def command() -> str:
    """Return how this program is called here: by its name where the PATH finds it, else by its place."""
    called = Path(sys.argv[0])
    if shutil.which(called.name) == str(called):
        return called.name
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)


def _lines(demo: Demo, url: str) -> list[str]:
    lines = [f"Showup is at {url}", "", f"  Staff page  {sign_in_address(url, demo.sign_in_token)}"]
    if demo.secret is not None:
        lines.append(f"  API key     {demo.key_id}:{demo.secret}")
    else:
        if demo.key_id is not None:
            lines.append(f"  API key     {demo.key_id}, whose secret was shown at the first start")
        lines.append(f"  A new key   {command()} keys create --account {demo.account_id}")
    lines += [f"  API         {url}/docs", ""]
    if demo.texted is not None:
        lines += [
            f"In half a minute {demo.texted} gets a text. Open the staff page, answer YES on the phone beside the",
            "list, and see her visit turn green. The link signs you in once; the next start prints another.",
        ]
    lines.append("Ctrl-C stops it.")
    return lines
