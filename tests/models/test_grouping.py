"""Grouped commits: small transactions share one, and one that fails takes no other with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.account import Account
from models.database import Database, signal
from models.grouping import GroupedCommits


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A database of each kind."""
    database = Database(migrated_url)
    yield database
    await database.close()


async def names(database: Database) -> set[str]:
    """Read the names of the accounts."""
    async with database.read() as session:
        return set((await session.exec(select(Account.name))).all())


async def add(session: AsyncSession, name: str) -> str:
    """Store an account; an empty name is a defect."""
    session.add(Account(name=name))
    await session.flush()
    if not name:
        raise RuntimeError("no name")
    signal(session, "events")
    return name


async def test_pieces_of_work_that_come_together_are_all_done_and_one_that_fails_undoes_itself_only(
    database: Database,
) -> None:
    heard: list[frozenset[str]] = []
    database.on_commit(heard.append)
    wanted = [*(f"Practice {number}" for number in range(30)), "", "The last"]
    done = await asyncio.gather(
        *(database.write_together(partial(add, name=name)) for name in wanted),
        return_exceptions=True,
    )
    assert [str(result) for result in done] == [*wanted[:30], "no name", "The last"]
    assert await names(database) == {*wanted[:30], "The last"}
    assert set().union(*heard) == {"events"}


async def test_what_comes_together_shares_a_commit_and_is_answered_after_it(migrated_sqlite_url: str) -> None:
    database, commits = Database(migrated_sqlite_url), 0

    @asynccontextmanager
    async def write() -> AsyncIterator[AsyncSession]:
        nonlocal commits
        async with database.write() as session:
            yield session
        commits += 1

    grouped = GroupedCommits(write)

    async def work(name: str) -> set[str]:
        await grouped.run(lambda session: add(session, name))
        return await names(database)

    seen = await asyncio.gather(*(work(f"Practice {number}") for number in range(50)))
    assert all(f"Practice {number}" in found for number, found in enumerate(seen))
    assert commits < 10
    await database.close()


async def test_a_commit_that_fails_is_told_to_all_and_the_next_goes_on(migrated_sqlite_url: str) -> None:
    database, away = Database(migrated_sqlite_url), True

    @asynccontextmanager
    async def write() -> AsyncIterator[AsyncSession]:
        if away:
            raise OSError("the disk is away")
        async with database.write() as session:
            yield session

    grouped = GroupedCommits(write)
    failed = await asyncio.gather(
        *(grouped.run(lambda session: add(session, "Never")) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in failed] == [OSError] * 3
    away = False
    assert await grouped.run(lambda session: add(session, "Riverside")) == "Riverside"
    assert await names(database) == {"Riverside"}
    await database.close()


async def test_one_who_no_longer_waits_keeps_nobody_from_being_answered(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    leaving = asyncio.create_task(database.write_together(lambda session: add(session, "Leaving")))
    staying = asyncio.create_task(database.write_together(lambda session: add(session, "Staying")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "Staying"
    assert "Staying" in await names(database)
    await database.close()
