"""A request's unit of work: one transaction, opened when it is first needed, kept or dropped as a whole.

A GET reads; every other method writes. The session of a write is committed by the route after the handler's
answer is built, in the same transaction as its idempotency key, and rolled back when the handler raises.
Talk to the network before the first `session()` or after `commit()`, never between: SQLite has one writer.
"""

from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Principal
from api.idempotency import Claim
from api.services import Services
from models.event import Actor


class Unit:
    """What a handler works with: who asks, the services, and the session."""

    def __init__(self, services: Services, principal: Principal, *, writes: bool, claim: Claim | None) -> None:
        self.services = services
        self.principal = principal
        self._writes = writes
        self._claim = claim
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None

    @property
    def account_id(self) -> str:
        """The account of the key."""
        return self.principal.account_id

    @property
    def actor(self) -> Actor:
        """The key, as events name it."""
        return self.principal.actor

    async def session(self) -> AsyncSession:
        """Return the request's session, opened at the first call and again at the first after `commit`.

        Raises what Claim.take raises.
        """
        if self._session is None:
            self._session = await self._open()
        return self._session

    async def commit(self, message_id: str | None = None) -> None:
        """Commit what was done so far, before the handler waits for the network.

        message_id: what was made, if anything (a message, or another object): a repeat whose first request died
        from here on is answered from it, by the function of `recovered_by`.
        """
        session = await self.session()
        if self._claim is not None and message_id is not None:
            self._claim.note(session, message_id)
        await self._commit(session)

    async def release(self) -> None:
        """Free the request's key again: what it had made is undone in this transaction."""
        if self._claim is not None:
            await self._claim.drop(await self.session())

    async def finish(self, response: Response, *, keep: bool) -> None:
        """Commit the rest, with the answer under the request's key if `keep`."""
        if self._claim is not None and keep:
            await self._claim.keep(await self.session(), response)
        if self._session is not None and self._writes:
            await self._commit(self._session)

    async def close(self) -> None:
        """Drop what was not committed."""
        self._session = None
        await self._stack.aclose()

    async def _open(self) -> AsyncSession:
        database = self.services.database
        if not self._writes:
            return await self._stack.enter_async_context(database.read())
        session = await self._stack.enter_async_context(database.open_write())
        if self._claim is not None:
            await self._claim.take(session)
        return session

    async def _commit(self, session: AsyncSession) -> None:
        await session.commit()
        self.services.database.announce(session)
        await self.close()


async def unit_of(request: Request) -> Unit:
    """Return the unit that the route made for a request."""
    unit = request.state.unit
    assert isinstance(unit, Unit)
    return unit


Work = Annotated[Unit, Depends(unit_of)]
