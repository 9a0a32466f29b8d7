"""A practice with a number, over each kind of database, on a Tuesday morning at ten."""

from collections.abc import Iterator

import pytest
from freezegun import freeze_time

from tests.api.service import Service
from tests.api.staff.practice import Practice


@pytest.fixture(autouse=True, scope="module")
def tuesday_at_ten() -> Iterator[None]:
    """Let it be ten at the practice: what may be done with a visit hangs on whether it has begun."""
    with freeze_time("2026-03-10T14:00:00Z", tick=True, real_asyncio=True):
        yield


@pytest.fixture
async def practice(tuesday_at_ten: None, service: Service) -> Practice:
    """A practice over SQLite."""
    return await Practice.open(service)


@pytest.fixture
async def stored_practice(tuesday_at_ten: None, stored_service: Service) -> Practice:
    """A practice; the test runs once over SQLite and once over PostgreSQL."""
    return await Practice.open(stored_service)
