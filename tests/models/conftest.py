"""A migrated database of each kind."""

from collections.abc import AsyncIterator

import pytest

from models.database import Database


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema; the test runs once on SQLite and once on PostgreSQL."""
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    """A SQLite database with the newest schema."""
    database = Database(migrated_sqlite_url)
    yield database
    await database.close()
