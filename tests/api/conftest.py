"""A running service over an empty database of each kind."""

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from tests.api.importing import Import, beside_a_carrier
from tests.api.service import Service, running


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged; the tracebacks are printed, for the test that finds a 500."""
    before, capture = structlog.get_config(), LogCapture()
    structlog.configure(processors=[structlog.processors.format_exc_info, capture])
    yield capture.entries
    structlog.configure(**before)
    for entry in capture.entries:
        sys.stdout.write(str(entry.get("exception", "")))


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


@pytest.fixture
async def ready(migrated_sqlite_url: str) -> AsyncIterator[Import]:
    """A service over SQLite beside a carrier whose account has a number to import."""
    async with beside_a_carrier(migrated_sqlite_url) as made:
        yield made


@pytest.fixture
async def stored_ready(migrated_url: str) -> AsyncIterator[Import]:
    """The same; the test runs once over SQLite and once over PostgreSQL."""
    async with beside_a_carrier(migrated_url) as made:
        yield made
