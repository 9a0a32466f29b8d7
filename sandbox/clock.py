"""The carrier's own clock: another company's server, so it does not ask Showup's."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

Clock = Callable[[], float]
"""Tells the instant as seconds since 1970-01-01 UTC."""


def now() -> float:
    """The present instant, in seconds since 1970-01-01 UTC."""
    return time.time()


@lru_cache(maxsize=1024)
def _rfc2822(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def rfc2822(instant: float | None) -> str | None:
    """An instant the way Twilio writes it: `Tue, 24 Nov 2026 11:08:16 +0000`, to the second."""
    return None if instant is None else _rfc2822(int(instant))


def rfc3339(instant: float) -> str:
    """An instant in UTC to the microsecond: `2026-11-24T11:08:16.123456Z`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_rfc3339(text: str) -> float:
    """The instant that `rfc3339` wrote. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()
