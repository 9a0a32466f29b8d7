"""SQLite in the event loop: what takes microseconds runs in place, what may wait runs in a thread.

aiosqlite hands each call - cursor, execute, fetch, close - to a thread and back, some forty switches for a
transaction of ten statements, and the switches cost several times the work. Here a writing connection runs its
short statements in place; taking the lock (another process may hold it), the commit (it waits for the disk) and
long batches go to a thread. A reading connection makes one switch a statement, since a query may be long.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.url import URL
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+inloop"
# A batch of more rows than this takes milliseconds, which others would wait for.
LONG_BATCH = 200

Result = TypeVar("Result")
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sqlite")


def in_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread while the event loop goes on; for code under SQLAlchemy's asyncio."""
    return await_(_to_its_end(asyncio.get_running_loop().run_in_executor(_threads, work)))


async def _to_its_end(future: "asyncio.Future[Result]") -> Result:
    """Await a thread's work to its end, however often cancelled: a connection must not be used by two at once."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as again:  # a cancel scope of anyio cancels anew in every turn of the loop
            cancelled = again
    if cancelled is not None:
        future.exception()  # looked at, so that nobody complains that nobody did
        raise cancelled
    return future.result()


def _in_place() -> None:
    """Show SQLAlchemy an await: a call without any it takes for a blocking driver's mistake."""
    await_(_nothing())


async def _nothing() -> None:
    return None


class Cursor(sqlite3.Cursor):
    """A cursor whose waiting statements run in a thread, with their rows fetched in the same switch."""

    _rows: list[Any] | None = None

    def execute(self, sql: str, parameters: Any = ()) -> "Cursor":
        """Run a statement, in a thread where it may wait."""
        self._rows = None
        connection = self.connection
        assert isinstance(connection, Connection)
        if connection.reads:

            def run() -> list[Any]:
                super(Cursor, self).execute(sql, parameters)
                return super(Cursor, self).fetchall()

            self._rows = in_thread(run)
        elif sql.startswith("BEGIN"):
            in_thread(lambda: super(Cursor, self).execute(sql, parameters))
        else:
            super().execute(sql, parameters)
            _in_place()
        return self

    def executemany(self, sql: str, seq_of_parameters: Iterable[Any]) -> "Cursor":
        """Run a statement for many rows, a long batch in a thread."""
        self._rows = None
        rows: Sequence[Any] = list(seq_of_parameters)
        if len(rows) > LONG_BATCH:
            in_thread(lambda: super(Cursor, self).executemany(sql, rows))
        else:
            super().executemany(sql, rows)
            _in_place()
        return self

    async def _async_soft_close(self) -> None:
        """Nothing is left open: SQLAlchemy asks this of a cursor used under asyncio."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        if self._rows is None:
            return super().fetchone()
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """Return the next rows."""
        if self._rows is None:
            return super().fetchmany(size)
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        if self._rows is None:
            return super().fetchall()
        rows, self._rows = self._rows, []
        return rows


class Connection(sqlite3.Connection):
    """A connection whose commits wait for the disk in a thread. `reads`: every statement runs in one."""

    reads = False

    def cursor(self, factory: Any = Cursor) -> Any:
        """Return a cursor of ours."""
        return super().cursor(factory)

    def commit(self) -> None:
        """Commit, in a thread."""
        if self.in_transaction:
            in_thread(super().commit)


class InLoopDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's SQLite dialect for an asyncio engine, over the driver above."""

    driver = "inloop"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        """Return the pool that waits without blocking; one connection for all of a database in memory."""
        return pool.AsyncAdaptedQueuePool if cls._is_url_file_db(url) else pool.StaticPool

    def create_connect_args(self, url: URL) -> Any:
        """Return the driver's arguments: our connection, usable from the threads that do its waiting."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": Connection, "check_same_thread": False}


registry.register("sqlite.inloop", "models.sqlite_driver", "InLoopDialect")
