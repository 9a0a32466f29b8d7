"""What every test may ask for: a clean environment, empty databases of both kinds, a browser."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import freezegun
import pytest
from hypothesis import settings

from migrations.upgrade import upgrade
from tests.postgres import PostgresServer, fresh_database

# A frozen clock is for us: pytest still measures how long a test took.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

# No test depends on how fast it runs, and CI sees the same examples each time.
settings.register_profile("showup", deadline=None, max_examples=50, print_blob=True)
settings.register_profile("ci", settings.get_profile("showup"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "showup")

_TEST_SERVER = "SHOWUP_TEST_DATABASE_URL"
KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgresql))
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_configure() -> None:
    """Forget the developer's own settings: no test may reach their database, their Twilio or their OpenAI."""
    # Services that tests start as processes of their own must not compile every module anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in list(os.environ):
        if name.startswith(("SHOWUP_", "TWILIO_", "OPENAI_")) and name != _TEST_SERVER:
            del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser; in CI that is a failure."""
    if item.get_closest_marker("browser") is None or _browser() is not None:
        return
    reason = "needs chromium on the PATH (Debian: apt-get install chromium)"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, for tests marked `browser`."""
    path = _browser()
    assert path is not None, "mark this test with @pytest.mark.browser"
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be made; one for each test worker.

    SHOWUP_TEST_DATABASE_URL names another server to use instead of the embedded one.
    """
    if url := os.environ.get(_TEST_SERVER):
        yield url
        return
    with PostgresServer() as server:
        yield server.url()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, gone after the test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'showup.db'}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, first SQLite, then PostgreSQL: the test runs once on each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the newest schema, to copy: ten times faster than migrating."""
    with fresh_database(postgres_server) as url:
        asyncio.run(upgrade(url))
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "showup.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
def migrated_postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database with the newest schema and no rows."""
    with fresh_database(postgres_server, template=postgres_template) as url:
        yield url


@pytest.fixture
def migrated_sqlite_url(sqlite_url: str, sqlite_template: Path) -> str:
    """The address of a SQLite database with the newest schema and no rows."""
    shutil.copyfile(sqlite_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture(params=KINDS)
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with the newest schema: the test runs once on SQLite, once on PostgreSQL."""
    url: str = request.getfixturevalue(f"migrated_{request.param}_url")
    return url


def _browser() -> str | None:
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)
