"""Fixtures: the office that makes reminder jobs, and its clock."""

from collections.abc import Iterator

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.api.numbers import make_number
from tests.api.reminders.desk import NOW, Desk
from tests.api.service import Service


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """The clock stands at `NOW` until the test moves it."""
    with freeze_time(NOW, real_asyncio=True) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture
async def desk(clock: FrozenDateTimeFactory, service: Service) -> Desk:
    """An office over SQLite."""
    return Desk(service, await make_number(service))


@pytest.fixture
async def stored_desk(clock: FrozenDateTimeFactory, stored_service: Service) -> Desk:
    """An office; the test runs once over SQLite and once over PostgreSQL."""
    return Desk(stored_service, await make_number(stored_service))
