"""/v1/changes and /v1/events: the events, for systems that cannot receive webhooks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.answers import answer, encode
from api.errors import InvalidKey
from api.openapi import errors
from api.route import Route
from api.services import Services
from api.unit import Unit, Work
from models.errors import CursorExpired, Invalid
from webhooks.event_types import EVENT_TYPES
from webhooks.feed import NewChanges, Portion, end_of_feed, read_cursor, read_feed

router = APIRouter(prefix="/v1", tags=["Changes"], route_class=Route)

LONGEST_WAIT = 60
PORTION = 100
# Growth that nobody tells of, as of another process on SQLite, is seen within this many seconds.
LOOK_SECONDS = 1.0
# Something is said this often even when nothing happens, so that a dead connection is noticed.
HEARTBEAT_SECONDS = 15.0


class ChangesQuery(BaseModel):
    """Which events to read, and from where."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(
        default=None, max_length=64, description="The `next` of the answer before; without it, from the oldest."
    )
    types: str | None = Field(
        default=None,
        max_length=1000,
        description="Types of events, with commas between them.",
        examples=["appointment.confirmed,appointment.declined"],
    )
    limit: int = Field(default=PORTION, ge=1, le=PORTION, description="How many at most.")
    wait: int = Field(
        default=0, ge=0, le=LONGEST_WAIT, description="For how many seconds to wait while there is none."
    )


class StreamQuery(BaseModel):
    """Which events to stream, and from where."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(default=None, max_length=64, description="As `Last-Event-ID`, which comes first.")
    types: str | None = Field(
        default=None, max_length=1000, description="Types of events, with commas between them."
    )


class EventActor(BaseModel):
    """Who did it: `reply`, `api` (`id`: the key), `staff` (`id`: the address), `agent`, `carrier` or `system`."""

    type: str
    id: str | None


class EventSubject(BaseModel):
    """What it happened to, and the changed fields as they were."""

    object: dict[str, Any]
    previous: dict[str, Any]


class EventObject(BaseModel):
    """An event, as webhooks carry it. `sequence` grows per appointment."""

    id: str
    type: str
    created_at: str
    sequence: int
    actor: EventActor
    data: EventSubject


class Changes(BaseModel):
    """A part of the feed, oldest first."""

    data: list[EventObject]
    next: str = Field(description="Where to go on: `after` of the next request.")
    has_more: bool = Field(description="Whether there is more already.")


@router.get("/changes", response_model=Changes, responses=errors(410))
async def list_changes(work: Work, asked: Annotated[ChangesQuery, Query()]) -> Response:
    """Read the events of the last 30 days, oldest first; with `wait`, hold the request until there is one."""
    types = _types(asked.types)
    loop = asyncio.get_running_loop()
    until = loop.time() + asked.wait
    after = asked.after
    while True:
        # Taken before the look: what is numbered after the look is then not missed.
        growth = NewChanges.of(work.services.database).next()
        portion = await _read(work, after, types, asked.limit)
        left = until - loop.time()
        if portion.entries or left <= 0 or work.services.stopping.is_set():
            break
        after = portion.next
        await _wait(work.services, growth, min(left, LOOK_SECONDS))
    shown = {
        "data": [entry.body for entry in portion.entries],
        "next": portion.next,
        "has_more": portion.has_more,
    }
    return answer(shown)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}}},
)
async def stream_events(
    request: Request,
    work: Work,
    asked: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str | None, Header(max_length=64, description="Resumes behind this one.")] = None,
) -> Response:
    """Stream the events of the last 30 days and those to come; `reset` says that some were no longer there."""
    after = last_event_id or asked.after
    if after is not None:
        read_cursor(after)
    stream = _stream(work, after, _types(asked.types), request.headers.get("authorization"))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(
    work: Unit, after: str | None, types: list[str] | None, credentials: str | None
) -> AsyncIterator[bytes]:
    """Yield the stream's lines; it ends when the service stops, or the key is no longer valid."""
    services = work.services
    loop = asyncio.get_running_loop()
    spoken = loop.time()
    yield b"retry: 2000\n\n"
    while not services.stopping.is_set():
        growth = NewChanges.of(services.database).next()
        try:
            portion = await _read(work, after, types, PORTION)
        except CursorExpired:
            async with services.database.read() as session:
                after = await end_of_feed(session)
            yield _line("reset", after, {"code": "cursor_expired"})
            continue
        after = portion.next
        for entry in portion.entries:
            yield _line(entry.body["type"], entry.cursor, entry.body)
            spoken = loop.time()
        if portion.has_more:
            continue
        if loop.time() - spoken >= HEARTBEAT_SECONDS:
            if not await _is_valid(services, credentials):
                return
            # An id without data is remembered by the client and starts nothing: it keeps its place fresh.
            yield f": still here\nid: {after}\n\n".encode()
            spoken = loop.time()
        await _wait(services, growth, LOOK_SECONDS)


async def _read(work: Unit, after: str | None, types: list[str] | None, limit: int) -> Portion:
    # A session of its own for each look: none is held while there is nothing to do but wait.
    async with work.services.database.read() as session:
        return await read_feed(session, work.account_id, after=after, types=types, limit=limit)


async def _is_valid(services: Services, credentials: str | None) -> bool:
    try:
        await services.keys.authenticate(credentials)
    except InvalidKey:
        return False
    return True


def _types(text: str | None) -> list[str] | None:
    if text is None:
        return None
    types = [one.strip() for one in text.split(",")]
    if not all(one in EVENT_TYPES for one in types):
        message = f"types must be types of events with commas between them, such as {','.join(EVENT_TYPES[:2])}."
        raise Invalid("invalid_parameter", message, param="types")
    return types


def _line(event: str, id: str, data: dict[str, Any]) -> bytes:
    return f"id: {id}\nevent: {event}\ndata: ".encode() + encode(data) + b"\n\n"


async def _wait(services: Services, event: asyncio.Event, seconds: float) -> None:
    """Wait for an event or for the service to stop, but not for longer than this."""
    waiting = [asyncio.create_task(one.wait()) for one in {event, services.stopping}]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
