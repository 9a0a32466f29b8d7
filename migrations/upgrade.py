"""Bringing a database to the schema that this version of Showup needs.

One upgrade is one transaction, on SQLite too: a killed one leaves the old schema. Two processes that upgrade at
once wait for each other, by SQLite's lock or an advisory lock on PostgreSQL, and the second finds nothing to do.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

_LOCK = 0x73686F777570  # "showup": any number will do, as long as it is always the same


class NewerDatabase(Exception):
    """A database that a newer version of Showup has upgraded."""


async def upgrade(url: str) -> None:
    """Bring the database to the newest schema; one that is there already stays untouched.

    url: `sqlite:///…` or `postgresql://…`. Raises NewerDatabase, and SQLAlchemy's errors where it is out of reach.
    """
    await asyncio.to_thread(_upgrade, url)


async def current(url: str) -> str | None:
    """Return the revision the database is at, or None for an empty one."""
    return await asyncio.to_thread(_current, url)


async def is_current(url: str) -> bool:
    """Tell whether the database has exactly the schema that this version needs."""
    return await current(url) == newest()


def newest() -> str:
    """Return the newest revision."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


def configuration() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """Open a transaction that holds off every other writer (SQLite) or upgrade (PostgreSQL)."""
    with _connection(url) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection
        connection.commit()


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    parsed = make_url(url)
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(parsed.set(drivername=driver), poolclass=NullPool)
    if driver == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
    with engine.connect() as connection:
        yield connection


def _upgrade(url: str) -> None:
    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with transaction(url) as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        if at is not None and at not in known:
            raise NewerDatabase(
                f"the database is at revision {at}, which this version does not know: update Showup"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _current(url: str) -> str | None:
    file = make_url(url).database if url.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        return None  # connecting would make the file
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _leave_transactions_to_us(connection: Any, record: ConnectionPoolEntry) -> None:
    # The driver would commit before each statement that changes the schema.
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=10000")
