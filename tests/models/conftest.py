"""A migrated database of each kind."""

from collections.abc import AsyncIterator

import pytest

from migrations.upgrade import upgrade
from models.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema; the test runs once on SQLite and once on PostgreSQL."""
    await upgrade(database_url)
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """A SQLite database with the newest schema."""
    await upgrade(sqlite_url)
    database = Database(sqlite_url)
    yield database
    await database.close()
