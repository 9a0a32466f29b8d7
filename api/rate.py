"""The rate limit: so many requests a minute for each key, counted in this process."""

import math

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import RateLimited
from models import clock


class Rate:
    """Counts the requests of each key. Without a limit it counts nothing."""

    def __init__(self, per_minute: int | None) -> None:
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage()) if per_minute else None

    def spend(self, key_id: str) -> None:
        """Count one request of a key. Raises RateLimited."""
        if self._item is None or self._limiter is None or self._limiter.hit(self._item, key_id):
            return
        free_at = self._limiter.get_window_stats(self._item, key_id).reset_time
        raise RateLimited(max(1, math.ceil(free_at - clock.now().timestamp())))
