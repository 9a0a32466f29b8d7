"""The stream that keeps an open page true."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.staff import live
from models.database import Database
from models.event import SYSTEM, record
from tests.api.staff.practice import Desk, Practice
from tests.api.staff.test_sign_in import remove


@asynccontextmanager
async def stream(practice: Practice, desk: Desk) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the live stream, each awaited for as long as a broken one would take to be noticed."""
    async with asyncio.timeout(30), desk.browser.stream("GET", "/live") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = (line async for line in answer.aiter_lines() if line)
        try:
            yield lines
        finally:
            practice.service.services.stopping.set()


async def mark(lines: AsyncIterator[str]) -> str:
    """The next mark that the stream tells."""
    async for line in lines:
        if line.startswith("data: "):
            return line
    raise AssertionError("the stream ended")


async def test_a_change_is_told_when_it_is_committed(stored_practice: Practice) -> None:
    async with stored_practice.desk() as desk, stream(stored_practice, desk) as lines:
        before = await mark(lines)
        await stored_practice.book("Maria Lopez")
        assert await mark(lines) != before


async def test_the_commit_of_another_process_is_seen(stored_practice: Practice) -> None:
    another = Database(stored_practice.service.database.url)
    async with stored_practice.desk() as desk, stream(stored_practice, desk) as lines:
        before = await mark(lines)
        async with another.write() as session:
            record(session, "appointment.updated", account_id=stored_practice.service.account.id, by=SYSTEM)
        assert await mark(lines) != before
    await another.close()


async def test_what_happens_at_another_practice_is_not_told(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    async with practice.desk() as desk, stream(practice, desk) as lines:
        await mark(lines)
        async with practice.service.database.write() as session:
            record(session, "appointment.updated", account_id="acct_other", by=SYSTEM)
        for _ in range(3):
            assert await anext(lines) == ": still here"


async def test_a_silent_stream_says_that_it_is_still_there(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    async with practice.desk() as desk, stream(practice, desk) as lines:
        await mark(lines)
        assert await anext(lines) == ": still here"


async def test_a_stream_ends_when_the_service_stops(practice: Practice) -> None:
    async with practice.desk() as desk, stream(practice, desk) as lines:
        await mark(lines)
        practice.service.services.stopping.set()
        assert [line async for line in lines] == []


async def test_a_stream_ends_for_somebody_who_was_removed(practice: Practice) -> None:
    async with practice.desk() as desk, stream(practice, desk) as lines:
        await mark(lines)
        await remove(practice)
        assert [line async for line in lines] == []


async def test_a_stream_needs_a_session(practice: Practice) -> None:
    async with httpx.AsyncClient(base_url=practice.service.url) as browser:
        assert (await browser.get("/live")).status_code == 401
