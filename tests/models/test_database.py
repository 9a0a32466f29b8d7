"""Sessions: nothing is lost, nothing half done is seen, and who waits for work is told after the commit."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.account import Account, ApiKey
from models.database import Database, is_unavailable, signal


async def make_account(database: Database) -> str:
    async with database.write() as session:
        account = Account(name="Clinic")
        session.add(account)
    return account.id


async def read_account(database: Database, account_id: str) -> Account:
    async with database.read() as session:
        account = await session.get(Account, account_id)
    assert account is not None
    return account


async def test_two_that_read_and_write_at_once_lose_no_update(database: Database) -> None:
    account_id = await make_account(database)

    async def add_one() -> None:
        async with database.write() as session:
            query = select(Account).where(Account.id == account_id).with_for_update()
            account = (await session.exec(query)).one()
            await asyncio.sleep(0)  # lets the others in, where they are not kept out
            account.version += 1
            session.add(account)

    await asyncio.gather(*(add_one() for _ in range(8)))
    assert (await read_account(database, account_id)).version == 9


async def test_two_sqlite_databases_on_one_file_lose_no_update(sqlite: Database) -> None:
    account_id = await make_account(sqlite)
    other = Database(sqlite.url)  # another process, as far as SQLite can tell

    async def add_one(database: Database) -> None:
        async with database.write() as session:
            account = await session.get_one(Account, account_id)
            await asyncio.sleep(0)
            account.version += 1
            session.add(account)

    await asyncio.gather(*(add_one(database) for _ in range(4) for database in (sqlite, other)))
    await other.close()
    assert (await read_account(sqlite, account_id)).version == 9


async def test_what_raises_is_rolled_back(database: Database) -> None:
    account_id = await make_account(database)

    async def change_and_fail() -> None:
        async with database.write() as session:
            account = await session.get_one(Account, account_id)
            account.name = "Changed"
            session.add(account)
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    assert (await read_account(database, account_id)).name == "Clinic"


async def test_a_reader_sees_nothing_uncommitted_and_does_not_wait(database: Database) -> None:
    account_id = await make_account(database)
    async with database.write() as session:
        account = await session.get_one(Account, account_id)
        account.name = "Changed"
        session.add(account)
        await session.flush()
        assert (await read_account(database, account_id)).name == "Clinic"
    assert (await read_account(database, account_id)).name == "Changed"


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(ApiKey(account_id="acct_nobody", secret_hash="x"))


async def test_an_instant_given_in_any_zone_is_read_in_utc(database: Database) -> None:
    local = datetime(2026, 3, 12, 15, tzinfo=timezone(timedelta(hours=-4)))
    async with database.write() as session:
        account = Account(name="Clinic", created_at=local)
        session.add(account)
    found = (await read_account(database, account.id)).created_at
    assert found == local
    assert found.tzinfo == UTC


async def test_listeners_hear_what_a_commit_made_due_and_never_a_rollback(database: Database) -> None:
    heard: list[frozenset[str]] = []
    database.on_commit(heard.append)

    async def signal_and_fail() -> None:
        async with database.write() as session:
            signal(session, "messages")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await signal_and_fail()
    assert heard == []
    async with database.write() as session:
        signal(session, "messages", "events")
        signal(session, "messages")
        assert heard == []
    assert heard == [frozenset({"messages", "events"})]
    async with database.write() as session:
        assert await scalar(session, "SELECT 1") == 1
    assert len(heard) == 1


async def test_every_sqlite_connection_is_durable_and_checks_foreign_keys(sqlite: Database) -> None:
    async with sqlite.write() as session:
        found = {name: await scalar(session, f"PRAGMA {name}") for name in PRAGMAS}
    assert found == PRAGMAS
    async with sqlite.read() as session:
        assert await scalar(session, "PRAGMA query_only") == 1
        assert await scalar(session, "PRAGMA foreign_keys") == 1


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "busy_timeout": 10_000,
    "query_only": 0,
}


async def test_a_sqlite_reader_cannot_write(sqlite: Database) -> None:
    async with sqlite.read() as session:
        session.add(Account(name="Clinic"))
        with pytest.raises(OperationalError, match="readonly"):
            await session.flush()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "oracle://localhost/x"])
def test_another_kind_of_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match=url.partition(":")[0]):
        Database(url)


async def test_a_wrong_statement_does_not_pass_for_a_database_that_is_away(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(DBAPIError) as raised:
            await scalar(session, "SELECT nothing FROM nowhere")
    assert not is_unavailable(raised.value)


@pytest.mark.postgresql
async def test_a_server_that_is_away_is_told_apart() -> None:
    database = Database("postgresql://postgres@/nowhere?host=/nonexistent")
    async with database.read() as session:
        with pytest.raises(DBAPIError) as raised:
            await scalar(session, "SELECT 1")
    await database.close()
    assert is_unavailable(raised.value)


async def test_a_locked_sqlite_file_is_told_apart(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database.BUSY_TIMEOUT_MS", 0)
    other = Database(sqlite.url)
    async with sqlite.write() as session, other.open_write() as waiting:
        await scalar(session, "SELECT 1")
        with pytest.raises(DBAPIError) as raised:
            await scalar(waiting, "SELECT 1")
    await other.close()
    assert is_unavailable(raised.value)


async def scalar(session: AsyncSession, sql: str) -> object:
    return (await (await session.connection()).execute(text(sql))).scalar_one()
