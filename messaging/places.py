"""Places at the carrier: how many requests may be on the way at once."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# A claim is worth its commit when it takes several texts; waiting this long for more places costs nobody anything.
GATHER_SECONDS = 0.01
# With so large a part of the places free, there is nothing to wait for.
ENOUGH = 0.9


class Places:
    """A counted set of places, given out first come, first served."""

    def __init__(self, number: int) -> None:
        """number: how many there are in all."""
        self.number = number
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """How many are in use."""
        return self.number - self._free

    async def take(self) -> None:
        """Wait for one place and take it."""
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give_back(1)
            raise

    async def take_several(self) -> int:
        """Wait for a place, then take every place that is free or becomes free in the next milliseconds."""
        await self.take()
        if self._free < self.number * ENOUGH and self.taken > 1:
            await asyncio.sleep(GATHER_SECONDS)
        taken = 1 + self._free
        self._free = 0
        return taken

    def give_back(self, number: int) -> None:
        """Give places back; those who wait get them first."""
        for _ in range(number):
            while self._waiting:
                place = self._waiting.popleft()
                if not place.done():
                    place.set_result(None)
                    break
            else:
                self._free += 1

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold one place for the length of the block."""
        await self.take()
        try:
            yield
        finally:
            self.give_back(1)
