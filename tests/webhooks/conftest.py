"""An office on a database of each kind, a receiver, and a clock that stands until the test moves it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from structlog.testing import capture_logs

from models.account import Account
from models.database import Database
from tests.webhooks.office import NOW, Office
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged."""
    with capture_logs() as logged:
        yield logged


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """The clock stands at `NOW`; the event loop's own runs on."""
    with freeze_time(NOW, real_asyncio=True) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


async def _open(url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Office]:
    database = Database(url)
    async with database.write() as session:
        account = Account(name="Riverside Dental")
        session.add(account)
    office = Office(database, account, clock)
    try:
        yield office
    finally:
        await office.close()


@pytest.fixture
async def office(migrated_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Office]:
    """An office; the test runs once on SQLite and once on PostgreSQL."""
    async for office in _open(migrated_url, clock):
        yield office


@pytest.fixture
async def postgres_office(migrated_postgres_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Office]:
    """An office on PostgreSQL, for what only several writers at once can show."""
    async for office in _open(migrated_postgres_url, clock):
        yield office


@pytest.fixture
async def small_office(migrated_sqlite_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Office]:
    """An office on SQLite, for what does not depend on the database."""
    async for office in _open(migrated_sqlite_url, clock):
        yield office


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything."""
    async with receiving() as receiver:
        yield receiver
