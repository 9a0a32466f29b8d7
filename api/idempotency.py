"""Idempotency keys: the first answer is written in the transaction of its effect and given again for 24 hours.

A request with a key is one of: running in this process (`Running`), running in another (an advisory lock of its
transaction on PostgreSQL), answered (a row with an answer), begun and cut off after it committed (a row without
an answer, whose route tells what became of it), or new.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import orjson
from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.answers import JSON
from models import clock
from models.database import Database
from models.errors import Conflict, Invalid
from models.idempotency import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = timedelta(hours=24)
_TAKEN = re.compile(r"[\x20-\x7e\xa0-\xff]{1,255}")
_NEVER_KEPT = (401, 415, 429)

Recover = Callable[[AsyncSession, str], Awaitable[Response | None]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class KeyConflict(Conflict):
    """A key that cannot be used now; this answer itself is never kept under the key."""


class AlreadyAnswered(Exception):
    """Another process finished the same request meanwhile; `row` holds its answer."""

    def __init__(self, row: IdempotencyKey) -> None:
        super().__init__(row.key)
        self.row = row


def recovered_by(recover: Recover) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint that commits before it is done with the function that answers a repeat after a crash.

    `recover(session, message_id)` returns the answer that the message's present state amounts to, or None
    while its request may still be running.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.recover = recover  # type: ignore[attr-defined]  # functions take attributes, Callable hides it
        return endpoint

    return mark


class Claim:
    """One request's hold on its key."""

    def __init__(self, account_id: str, key: str, fingerprint: str) -> None:
        self.account_id = account_id
        self.key = key
        self.fingerprint = fingerprint
        self._row: IdempotencyKey | None = None

    async def stored(self, session: AsyncSession) -> IdempotencyKey | None:
        """Return the unexpired row of this key. Raises KeyConflict where it belongs to another request."""
        row = await session.get(IdempotencyKey, (self.account_id, self.key), populate_existing=True)
        if row is None or row.created_at <= clock.now() - KEPT_FOR:
            return None
        if row.fingerprint != self.fingerprint:
            raise reused()
        return row

    async def take(self, session: AsyncSession) -> None:
        """Make sure, inside a writing transaction, that nobody else answers this key until it ends.

        Raises KeyConflict and AlreadyAnswered.
        """
        if session.get_bind().dialect.name == "postgresql":
            name = f"{self.account_id} {self.key}"
            lock = select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))
            if not (await session.exec(lock)).one():
                raise still_running()
        row = await self.stored(session)
        if row is not None and self._row is None:
            raise AlreadyAnswered(row)
        if row is None:
            await self.drop(session)

    async def drop(self, session: AsyncSession) -> None:
        """Delete the key's row: an expired one, or our own where its effect was undone."""
        self._row = None
        await session.exec(
            delete(IdempotencyKey).where(
                col(IdempotencyKey.account_id) == self.account_id, col(IdempotencyKey.key) == self.key
            )
        )

    def note(self, session: AsyncSession, message_id: str) -> None:
        """Write down, in the request's first transaction, what it made before it goes on."""
        if self._row is not None:
            return
        self._row = IdempotencyKey(
            account_id=self.account_id, key=self.key, fingerprint=self.fingerprint, message_id=message_id
        )
        session.add(self._row)

    async def keep(self, session: AsyncSession, response: Response) -> None:
        """Write the answer down, in the transaction of its effect."""
        row = self._row or IdempotencyKey(account_id=self.account_id, key=self.key, fingerprint=self.fingerprint)
        row.response_status = response.status_code
        row.response_body = bytes(response.body).decode()
        session.add(await session.merge(row) if self._row is not None else row)


class Running:
    """The requests with a key that this process is answering."""

    def __init__(self) -> None:
        self._fingerprints: dict[tuple[str, str], str] = {}

    @asynccontextmanager
    async def hold(self, claim: Claim) -> AsyncIterator[None]:
        """Hold a key while its request runs. Raises KeyConflict where another holds it."""
        name = (claim.account_id, claim.key)
        standing = self._fingerprints.get(name)
        if standing is not None:
            raise still_running() if standing == claim.fingerprint else reused()
        self._fingerprints[name] = claim.fingerprint
        try:
            yield
        finally:
            del self._fingerprints[name]


def checked_key(header: str) -> str:
    """Return a usable `Idempotency-Key`. Raises Invalid."""
    if not _TAKEN.fullmatch(header):
        raise Invalid("invalid_parameter", "Idempotency-Key must be 1 to 255 printable characters.", param=HEADER)
    return header


def fingerprint(method: str, path: str, payload: Any) -> str:
    """Return what tells two requests apart: method, address and the body, whatever the order of its fields."""
    canonical = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(f"{method} {path}\n".encode() + canonical).hexdigest()


def is_kept(response: Response) -> bool:
    """Tell whether an answer is given again to a repeat: successes, and what the request itself did wrong."""
    return response.status_code < 500 and response.status_code not in _NEVER_KEPT


def replay(row: IdempotencyKey) -> Response:
    """Return the stored answer again."""
    assert row.response_status is not None
    return Response(row.response_body, row.response_status, {REPLAYED: "true"}, media_type=JSON)


def still_running() -> KeyConflict:
    """The fault of a repeat that came while the first is being answered."""
    return KeyConflict(
        "idempotency_key_in_progress", "The first request with this Idempotency-Key is still running: try again."
    )


def reused() -> KeyConflict:
    """The fault of a key that came with another request before."""
    return KeyConflict(
        "idempotency_key_reused", "This Idempotency-Key came with another request before: use a new one."
    )


async def purge_expired(database: Database) -> int:
    """Delete the keys older than 24 hours and return how many there were."""
    async with database.write() as session:
        gone = await session.exec(
            delete(IdempotencyKey).where(col(IdempotencyKey.created_at) <= clock.now() - KEPT_FOR)
        )
        return gone.rowcount
