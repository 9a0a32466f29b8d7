"""A clinic on a database of each kind, and a clock that stands still until the test moves it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from structlog.testing import capture_logs

from tests.messaging.clinic import NOW, Clinic, open_clinic


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


@pytest.fixture
async def clinic(migrated_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Clinic]:
    """A clinic; the test runs once on SQLite and once on PostgreSQL."""
    async with open_clinic(migrated_url) as clinic:
        yield clinic


@pytest.fixture
async def small_clinic(migrated_sqlite_url: str, clock: FrozenDateTimeFactory) -> AsyncIterator[Clinic]:
    """A clinic on SQLite, for what does not depend on the database."""
    async with open_clinic(migrated_sqlite_url) as clinic:
        yield clinic
