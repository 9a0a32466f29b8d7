"""Settings: each wrong one is named in one line, and nothing starts."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command

WRONG = {
    "SHOWUP_DATABASE_URL": "mysql://localhost/showup",
    "SHOWUP_PUBLIC_URL": "showup.example.com",
    "SHOWUP_SECRET_KEY": "one,,two",
    "SHOWUP_TWILIO_API_URL": "ftp://twilio.example",
    "OPENAI_BASE_URL": "http://",
    "SHOWUP_SEND_CONCURRENCY": "many",
    "SHOWUP_RECONCILE_AFTER": "-1",
    "SHOWUP_RATE_LIMIT": "0",
    "SHOWUP_SANDBOX_PORT": "99999",
    "SHOWUP_WEBHOOK_ALLOW_PRIVATE": "perhaps",
    "SHOWUP_LOG_FORMAT": "xml",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    showup: Command, folder: Path, name: str
) -> None:
    ended = showup("serve", "--port", "0", **{name: WRONG[name]})
    assert ended.code == 1
    assert ended.err.startswith(f"showup: {name} must ")
    assert ended.err.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_settings_are_read_from_a_file_too_and_the_environment_wins(showup: Command, folder: Path) -> None:
    (folder / ".env").write_text("SHOWUP_DATABASE_URL=sqlite:///from_the_file.db\nSHOWUP_LOG_FORMAT=xml\n")
    assert showup("db", "upgrade").err.startswith("showup: SHOWUP_LOG_FORMAT must ")
    assert showup("db", "upgrade", SHOWUP_LOG_FORMAT="json").code == 0
    assert (folder / "from_the_file.db").exists()


def test_an_empty_setting_is_its_default(showup: Command, folder: Path) -> None:
    assert showup("db", "upgrade", SHOWUP_DATABASE_URL="", SHOWUP_RATE_LIMIT="").code == 0
    assert (folder / "showup.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(showup: Command, url: str) -> None:
    ended = showup("accounts", "create", "Riverside", SHOWUP_DATABASE_URL=url)
    assert (ended.code, ended.err) == (
        1,
        "showup: SHOWUP_DATABASE_URL must name a file, as in sqlite:///./showup.db\n",
    )


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///missing/folder/showup.db",
        "postgresql://showup:secret@127.0.0.1:9/showup",
    ],
)
def test_a_database_out_of_reach_is_one_line_without_its_password(showup: Command, url: str) -> None:
    ended = showup("accounts", "create", "Riverside", SHOWUP_DATABASE_URL=url)
    assert ended.code == 1
    assert ended.err.startswith("showup: SHOWUP_DATABASE_URL: the database cannot be opened (")
    assert ended.err.count("\n") == 1
    assert "secret" not in ended.err


def test_what_is_no_database_is_one_line(showup: Command, folder: Path) -> None:
    (folder / "showup.db").write_text("Dear diary, " * 1000)
    ended = showup("db", "check")
    assert ended.code == 1
    assert ended.err == "showup: SHOWUP_DATABASE_URL: the database cannot be opened (file is not a database)\n"


@pytest.mark.postgresql
def test_postgresql_not_yet_upgraded_names_the_command(showup: Command, postgres_url: str) -> None:
    settings = {"SHOWUP_DATABASE_URL": postgres_url, "SHOWUP_SECRET_KEY": "a key of a test"}
    line = "showup: the database is empty or older than this version: run `showup db upgrade` first\n"
    for command in (("serve", "--port", "0"), ("accounts", "create", "Riverside")):
        ended = showup(*command, **settings)
        assert (ended.code, ended.err) == (1, line)
    assert showup("db", "upgrade", **settings).code == 0
    assert showup("accounts", "create", "Riverside", **settings).code == 0


@pytest.mark.postgresql
def test_postgresql_needs_a_secret_key(showup: Command, migrated_postgres_url: str) -> None:
    ended = showup("serve", "--port", "0", SHOWUP_DATABASE_URL=migrated_postgres_url)
    assert ended.code == 1
    assert ended.err.startswith("showup: SHOWUP_SECRET_KEY is required with PostgreSQL")


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(showup: Command, folder: Path) -> None:
    assert showup("db", "check").code == 0
    key = folder / "showup.db.key"
    first = key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert showup("db", "check").code == 0
    assert key.read_text() == first
    key.write_text("")
    assert showup("db", "check").err.startswith("showup: showup.db.key is empty")
