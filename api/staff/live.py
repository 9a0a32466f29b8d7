"""What keeps an open page true: a stream that says when the practice's events have changed."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar
from weakref import WeakKeyDictionary

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.services import Services
from api.staff.route import PageRoute
from api.staff.sign_in import staff_of
from api.staff.visitor import SignedIn, Visitor
from appointments.day import mark_of
from models.database import Database

router = APIRouter(route_class=PageRoute, include_in_schema=False)

# Commits of this process are told at once; those of others are seen within this many seconds.
LOOK_SECONDS = 1.0
# Something is said this often even when nothing happens, so that a dead connection is noticed.
HEARTBEAT_SECONDS = 15.0
# A burst of changes, such as many reminders at nine o'clock, makes the page read itself anew this seldom.
REST_SECONDS = 0.5


class Commits:
    """Wakes whoever waits for this process's next commit of events."""

    _all: ClassVar[WeakKeyDictionary[Database, "Commits"]] = WeakKeyDictionary()

    def __init__(self, database: Database) -> None:
        self._next = asyncio.Event()
        database.on_commit(self._committed)

    @classmethod
    def of(cls, database: Database) -> "Commits":
        """Return the one of a database."""
        if database not in cls._all:
            cls._all[database] = cls(database)
        return cls._all[database]

    def _committed(self, signals: frozenset[str]) -> None:
        if "events" in signals:
            woken, self._next = self._next, asyncio.Event()
            woken.set()

    def next(self) -> asyncio.Event:
        """Return what is set at the next commit."""
        return self._next


@router.get("/live")
async def live(request: Request, visitor: SignedIn) -> Response:
    """Stream `changed` events, each with a mark of what is stored, until the browser or the service goes."""
    return StreamingResponse(
        changes(visitor),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        media_type="text/event-stream",
    )


async def changes(visitor: Visitor) -> AsyncIterator[str]:
    """Yield the stream's lines; it ends when the service stops, or the visitor is no longer staff."""
    services = visitor.services
    loop = asyncio.get_running_loop()
    told: int | None = None
    spoken = loop.time()
    yield "retry: 2000\n\n"
    while not services.stopping.is_set():
        # Taken before the look: a commit after the look is then not missed.
        commit = Commits.of(services.database).next()
        mark = await _mark(visitor)
        if mark is None:
            return
        if mark != told:
            told, spoken = mark, loop.time()
            yield f"event: changed\ndata: {mark}\n\n"
            await _wait(services, services.stopping, REST_SECONDS)
        elif loop.time() - spoken >= HEARTBEAT_SECONDS:
            spoken = loop.time()
            yield ": still here\n\n"
        await _wait(services, commit, LOOK_SECONDS)


async def _mark(visitor: Visitor) -> int | None:
    """Return the mark of the practice's events, or None for a visitor who was removed from the staff."""
    async with visitor.services.database.read() as session:
        if await staff_of(session, visitor.member.id) is None:
            return None
        return await mark_of(session, visitor.account.id)


async def _wait(services: Services, event: asyncio.Event, seconds: float) -> None:
    """Wait for an event or for the service to stop, but not for longer than this."""
    waiting = [asyncio.create_task(one.wait()) for one in {event, services.stopping}]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
