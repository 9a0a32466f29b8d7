"""The database: one writer and several readers on SQLite, a pool on PostgreSQL, the same sessions on both.

SQLite tells the truth only if asked to: every writing transaction begins with BEGIN IMMEDIATE, so none reads
what another is about to change, and synchronous is FULL, so a pulled plug loses nothing that was committed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from models.grouping import GroupedCommits
from models.sqlite_driver import DRIVER

BUSY_TIMEOUT_MS = 10_000
NOTIFY_CHANNEL = "showup"
_SIGNALS = "signals"

Result = TypeVar("Result")
Listener = Callable[[frozenset[str]], None]


class _SignallingSession(Session):
    """A session whose commit tells other processes, on PostgreSQL, what it made due."""


@event.listens_for(_SignallingSession, "before_commit")
def _notify(session: Session) -> None:
    signals = session.info.get(_SIGNALS)
    if signals and session.get_bind().dialect.name == "postgresql":
        names = ",".join(sorted(signals))
        session.execute(text("SELECT pg_notify(:channel, :names)"), {"channel": NOTIFY_CHANNEL, "names": names})


class Database:
    """Sessions for reading and for writing. `url` is a SQLite or PostgreSQL address."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """url: `sqlite:///file.db` or `postgresql://…`; raises ValueError for anything else."""
        self.url = url
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        self._listeners: list[Listener] = []
        if self.dialect == "sqlite":
            address = parsed.set(drivername=DRIVER)
            options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
            self.writer = create_async_engine(address, pool_size=1, max_overflow=0, pool_timeout=60, **options)
            self.reader = create_async_engine(address, pool_size=4, max_overflow=0, pool_timeout=60, **options)
            _prepare_sqlite(self.writer, begin="BEGIN IMMEDIATE", query_only=False)
            _prepare_sqlite(self.reader, begin="BEGIN", query_only=True)
        elif self.dialect == "postgresql":
            address = parsed.set(drivername="postgresql+psycopg")
            self.writer = create_async_engine(
                address, pool_size=pool_size, max_overflow=pool_size, pool_timeout=30, pool_pre_ping=True
            )
            self.reader = self.writer
        else:
            raise ValueError(
                f"the database address must start with sqlite:// or postgresql://, not {self.dialect}://"
            )
        self._write = async_sessionmaker(
            self.writer,
            class_=AsyncSession,
            sync_session_class=_SignallingSession,
            expire_on_commit=False,
            autoflush=False,
        )
        self._read = async_sessionmaker(self.reader, class_=AsyncSession, expire_on_commit=False, autoflush=False)

        self._together = GroupedCommits(self.write)

    @property
    def is_postgresql(self) -> bool:
        """Tell whether rows can be locked one by one."""
        return self.dialect == "postgresql"

    def on_commit(self, listener: Listener) -> None:
        """Call `listener` with the signals of each transaction, after it committed."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits at the end, or rolls back when the block raises."""
        async with self._write() as session:
            async with session.begin():
                yield session
            self.announce(session)

    async def write_together(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Do a small piece of writing, on SQLite in one commit with others that come at the same time.

        PostgreSQL commits them side by side; there a shared transaction would only hold locks for longer.
        """
        if self.is_postgresql:
            async with self.write() as session:
                return await work(session)
        return await self._together.run(work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session that sees one moment of the database and writes nothing."""
        async with self._read() as session, session.begin():
            yield session

    def open_write(self) -> AsyncSession:
        """Return a writing session whose owner begins, commits and announces it."""
        return self._write()

    def announce(self, session: AsyncSession) -> None:
        """Tell the listeners what a committed transaction signalled."""
        signals = session.info.pop(_SIGNALS, None)
        if signals:
            for listener in self._listeners:
                listener(frozenset(signals))

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def signal(session: AsyncSession, *names: str) -> None:
    """Note what a transaction made due (`messages`, `reminders`, `inbound`, `events`), told once it committed."""
    session.info.setdefault(_SIGNALS, set()).update(names)


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether an error means the database is away, locked or full, and not that a statement was wrong."""
    if error.connection_invalidated:
        return True
    words = str(error.orig).lower()
    return any(word in words for word in ("locked", "busy", "disk", "full", "connect", "closed", "shutting down"))


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, query_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, record: ConnectionPoolEntry) -> None:
        # The driver's own transactions begin late and without a lock; ours begin in the hook below.
        connection.isolation_level = None
        connection.reads = False
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.reads = query_only

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
