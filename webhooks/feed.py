"""Reading the feed: an account's events from a place on, oldest first, and waiting for the next.

A cursor is a place in the feed. It is opaque to clients and holds nothing secret. One that is answered is never
older than the answer, so that a client which asks now and then does not fall out of what is kept, however quiet
its account is.
"""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import table_of
from models.change import THE_FEED, Change, Feed
from models.database import Database
from models.errors import CursorExpired, Invalid
from webhooks.body import bodies_of

_changes, _feed = table_of(Change), table_of(Feed)
_PREFIX = "c1."
_MOST = 2**62


@dataclass(frozen=True)
class Entry:
    """An event in the feed: the cursor behind it, and its body."""

    cursor: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Portion:
    """A part of the feed. `next` is where to go on; `has_more` tells that there is more already."""

    entries: Sequence[Entry]
    next: str
    has_more: bool


async def read_feed(
    session: AsyncSession, account_id: str, *, after: str | None, types: Sequence[str] | None, limit: int
) -> Portion:
    """Return the events of an account behind a cursor, oldest first; without one, from the oldest that is kept.

    Raises Invalid for a cursor that is not ours, and CursorExpired for one older than what is kept.
    """
    # The end is read before the events: what is numbered in between is then read now or the next time.
    end, removed_through = await _ends(session)
    position = 0 if after is None else read_cursor(after)
    if after is not None and position < removed_through:
        raise CursorExpired(
            "cursor_expired",
            "after is older than the events that are kept: read the objects anew, then the changes without it.",
            param="after",
        )
    query = select(_changes.c.position, _changes.c.sequence).where(
        _changes.c.account_id == account_id, _changes.c.position > position
    )
    if types is not None:
        query = query.where(_changes.c.type.in_(types))
    found = (await session.execute(query.order_by(_changes.c.position).limit(limit + 1))).all()
    rows, has_more = found[:limit], len(found) > limit
    bodies = await bodies_of(session, [row.sequence for row in rows])
    entries = [Entry(cursor_at(row.position), bodies[row.sequence]) for row in rows]
    last = rows[-1].position if rows else position
    return Portion(entries, cursor_at(last if has_more else max(last, end)), has_more)


async def end_of_feed(session: AsyncSession) -> str:
    """Return the cursor behind everything that is numbered."""
    return cursor_at((await _ends(session))[0])


def cursor_at(position: int) -> str:
    """Return the cursor of a place."""
    return base64.urlsafe_b64encode(f"{_PREFIX}{position}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int:
    """Return the place that a cursor names. Raises Invalid."""
    try:
        named = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        position = int(named.removeprefix(_PREFIX))
    except ValueError:
        raise _not_ours() from None
    if not 0 <= position <= _MOST or cursor_at(position) != text:
        raise _not_ours()
    return position


def _not_ours() -> Invalid:
    return Invalid("invalid_parameter", "after must be the `next` of an earlier answer.", param="after")


async def _ends(session: AsyncSession) -> tuple[int, int]:
    """Return the last place given and the last one removed."""
    query = select(_feed.c.position, _feed.c.removed_through).where(_feed.c.id == THE_FEED)
    row = (await session.execute(query)).first()
    return (row.position, row.removed_through) if row is not None else (0, 0)


class NewChanges:
    """Wakes whoever waits for the feed to grow."""

    _all: ClassVar[WeakKeyDictionary[Database, "NewChanges"]] = WeakKeyDictionary()

    def __init__(self, database: Database) -> None:
        self._next = asyncio.Event()
        database.on_commit(self.heard)

    @classmethod
    def of(cls, database: Database) -> "NewChanges":
        """Return the one of a database."""
        if database not in cls._all:
            cls._all[database] = cls(database)
        return cls._all[database]

    def next(self) -> asyncio.Event:
        """Return what is set when the feed next grows. Take it before you look, or you miss what comes between."""
        return self._next

    def heard(self, signals: frozenset[str]) -> None:
        """Wake those who wait, if these signals of a commit, ours or another process's, tell of growth."""
        if "changes" in signals:
            grown, self._next = self._next, asyncio.Event()
            grown.set()
