"""Migrations: what they make is what the models say, and running them again changes nothing."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

import models
from migrations.upgrade import NewerDatabase, configuration, current, is_current, newest, transaction, upgrade
from tests.postgres import fresh_database

assert models.__all__


async def test_an_empty_database_is_brought_to_the_newest_schema(database_url: str) -> None:
    assert await current(database_url) is None
    assert not await is_current(database_url)
    await upgrade(database_url)
    assert await current(database_url) == newest()
    assert await is_current(database_url)


async def test_alembic_finds_no_difference_from_the_models(database_url: str) -> None:
    await upgrade(database_url)
    with transaction(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


async def test_sqlite_gets_the_tables_and_partial_indexes_that_the_models_make(tmp_path: Path) -> None:
    migrated, modelled = f"sqlite:///{tmp_path}/migrated.db", f"sqlite:///{tmp_path}/modelled.db"
    await upgrade(migrated)
    make_from_models(modelled)
    query = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version' ORDER BY type, name"
    assert rows(migrated, query) == rows(modelled, query)


@pytest.mark.postgresql
async def test_postgresql_gets_the_tables_and_partial_indexes_that_the_models_make(postgres_server: str) -> None:
    with fresh_database(postgres_server) as migrated, fresh_database(postgres_server) as modelled:
        await upgrade(migrated)
        make_from_models(modelled)
        for query in (
            "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
            "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
        ):
            assert without_alembic(rows(migrated, query)) == without_alembic(rows(modelled, query))


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    await upgrade(database_url)
    with transaction(database_url) as connection:
        connection.execute(
            text(
                "INSERT INTO accounts (id, name, timezone, settle, opt_out_scope, first_text_footer, created_at, "
                "updated_at, version) VALUES ('acct_1', 'Clinic', 'UTC', 'PT2M', 'account', true, "
                "'2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)"
            )
        )
    await upgrade(database_url)
    assert rows(database_url, "SELECT name FROM accounts") == [("Clinic",)]


async def test_every_step_can_be_taken_back(database_url: str) -> None:
    await upgrade(database_url)
    config = configuration()
    with transaction(database_url) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert await current(database_url) is None
    await upgrade(database_url)
    assert await is_current(database_url)


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    await upgrade(database_url)
    with transaction(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not await is_current(database_url)
    with pytest.raises(NewerDatabase, match="9999"):
        await upgrade(database_url)


async def test_a_failed_upgrade_leaves_the_old_schema(sqlite_url: str) -> None:
    with sqlite3.connect(str(make_url(sqlite_url).database)) as connection:
        connection.execute("CREATE TABLE messages (id TEXT)")
    with pytest.raises(Exception, match="messages already exists"):
        await upgrade(sqlite_url)
    tables = rows(sqlite_url, "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert tables == [("messages",)]


async def test_asking_for_the_revision_makes_no_file(sqlite_url: str) -> None:
    assert await current(sqlite_url) is None
    assert not Path(str(make_url(sqlite_url).database)).exists()


def make_from_models(url: str) -> None:
    with transaction(url) as connection:
        SQLModel.metadata.create_all(connection)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with transaction(url) as connection:
        return [tuple(in_one_style(part) for part in row) for row in connection.execute(text(query))]


def in_one_style(value: object) -> object:
    """Two ways of making the same table differ in spaces, in needless quotes and in the order of constraints."""
    if not isinstance(value, str):
        return value
    plain = " ".join(value.replace('"', "").removesuffix(")").split())
    return sorted(plain.split(", ")) if plain.startswith("CREATE TABLE") else plain


def without_alembic(found: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [row for row in found if not any("alembic_version" in str(part) for part in row)]
