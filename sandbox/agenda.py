"""Things to do later, thousands of them: one timer of the event loop for all."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

Act = Callable[[], None]


class Agenda:
    """Calls things at their time, in order of time, and of entry where times are equal.

    The event loop's own timers do the same at several times the cost, which a carrier that sets two a
    text would feel.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Act]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._closed = False

    def add(self, seconds: float, act: Act) -> None:
        """Call `act` in so many seconds, in the running event loop."""
        loop = asyncio.get_running_loop()
        entry = (loop.time() + seconds, next(self._order), act)
        heapq.heappush(self._entries, entry)
        if self._entries[0] is entry and not self._running:
            self._set_timer()

    def close(self) -> None:
        """Drop everything, and call nothing any more."""
        self._closed = True
        self._entries.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._entries and not self._closed:
            self._timer = asyncio.get_running_loop().call_at(self._entries[0][0], self._run)

    def _run(self) -> None:
        now = asyncio.get_running_loop().time()
        self._running = True
        try:
            while self._entries and self._entries[0][0] <= now:
                heapq.heappop(self._entries)[2]()
        finally:  # one that fails is reported by the event loop, and must not stop the others
            self._running = False
            self._set_timer()
