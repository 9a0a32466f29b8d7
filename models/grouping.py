"""Grouped commits: small transactions that arrive together share one commit, and none waits for a turn of its own.

SQLite has one writer, and each commit waits for the disk. Callbacks come by the hundred a second; those that
arrive while a commit runs go into the next one together, each in a savepoint of its own, so that one that fails
takes no other with it. Nobody is answered before the shared commit is done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

MOST_TOGETHER = 100

Result = TypeVar("Result")
Work = Callable[[AsyncSession], Awaitable[Any]]


class GroupedCommits:
    """Runs pieces of work, several to a transaction."""

    def __init__(self, write: Callable[[], AbstractAsyncContextManager[AsyncSession]]) -> None:
        """write: opens a transaction that commits at its end."""
        self._write = write
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._running: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Do `work` in a shared transaction; return its result once that is committed, or raise what it raised."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                await self._commit([pair for pair in group if not pair[1].cancelled()])
        finally:
            self._running = None

    async def _commit(self, group: list[tuple[Work, asyncio.Future[Any]]]) -> None:
        results: list[Any] = []
        try:
            async with self._write() as session:
                for work, _ in group:
                    results.append(await _try(session, work))
        except Exception as error:  # noqa: BLE001 - whatever kept the commit from being done is told to all of them
            results = [error] * len(group)
        for (_, done), result in zip(group, results, strict=True):
            if done.cancelled():
                continue
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)


async def _try(session: AsyncSession, work: Work) -> Any:
    """Do one piece of work, or undo it alone and return what it raised."""
    try:
        async with session.begin_nested():
            result = await work(session)
            await session.flush()
    except Exception as error:  # noqa: BLE001 - handed to the one who asked
        return error
    return result
