"""The database of the settings, brought up to date before anything else is done with it."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from cli.problem import Problem
from cli.running import first_line
from cli.settings import Settings
from migrations.upgrade import NewerDatabase, current, is_current, upgrade
from models.database import Database

Answer = TypeVar("Answer")


async def prepare_database(settings: Settings) -> None:
    """Bring a SQLite database up to date; on PostgreSQL an older one stops the command. Raises Problem."""
    if settings.is_sqlite:
        await upgrade_database(settings)
    elif not await _asked(is_current(settings.database_url)):
        raise Problem("the database is empty or older than this version: run `showup db upgrade` first")


async def upgrade_database(settings: Settings) -> tuple[str | None, str | None]:
    """Bring a database up to date; return the revision it had and the one it has. Raises Problem."""
    before = await _asked(current(settings.database_url))
    await _asked(upgrade(settings.database_url))
    return before, await _asked(current(settings.database_url))


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of the settings, up to date, for one command. Raises Problem."""
    await prepare_database(settings)
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


async def _asked(question: Awaitable[Answer]) -> Answer:
    try:
        return await question
    except NewerDatabase as error:
        raise Problem(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        raise Problem(f"SHOWUP_DATABASE_URL: the database cannot be opened ({first_line(error)})") from None
