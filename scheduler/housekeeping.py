"""Housekeeping: what grows without end is cut back, once an hour."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from messaging.numbers import forget_tokens
from models import clock
from models.database import Database
from models.idempotency import IdempotencyKey
from models.staff import SignInLink

EVERY = timedelta(hours=1)
# Keys hold for 24 hours; the hour beside them lets a request that began in time end.
KEYS_KEPT = timedelta(hours=25)


class Housekeeping:
    """The source of hourly cleaning."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due = clock.now()

    async def earliest(self) -> datetime | None:
        """Return when it is next due (UTC)."""
        return self._due

    async def run_due(self) -> int:
        """Clean if it is due; return whether it did."""
        if self._due > clock.now():
            return 0
        self._due = clock.now() + EVERY
        async with self._database.write() as session:
            await session.execute(
                delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < clock.now() - KEYS_KEPT)
            )
            await session.execute(delete(SignInLink).where(col(SignInLink.expires_at) < clock.now()))
        await forget_tokens(self._database)
        return 1
