"""A running service over an empty database of each kind."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.api.service import Service, running


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged."""
    with capture_logs() as logged:
        yield logged


@pytest.fixture
async def service(migrated_sqlite_url: str) -> AsyncIterator[Service]:
    """A service over SQLite."""
    async with running(migrated_sqlite_url) as service:
        yield service


@pytest.fixture
async def stored_service(migrated_url: str) -> AsyncIterator[Service]:
    """A service; the test runs once over SQLite and once over PostgreSQL."""
    async with running(migrated_url) as service:
        yield service


@pytest.fixture
def client(service: Service) -> httpx.AsyncClient:
    """A client of the service over SQLite, with a key of every scope."""
    return service.client
