"""The phones at the far end: their threads, and a feed of what happens to them."""

import asyncio
import heapq
from collections import deque
from typing import Final, Literal, NamedTuple

from sandbox.accounts import Accounts
from sandbox.messages import Message, Messages

What = Literal["message", "status"]
_KEPT: Final = 1000


class Event(NamedTuple):
    """Something a phone's screen shows: a new message, or a message's new status."""

    number: int
    what: What
    message: Message


class Thread(NamedTuple):
    """A person's number, its newest message, and how many it has in all."""

    phone_number: str
    newest: Message
    total: int


class Phones:
    """Every person's phone that was ever texted or that texted, by its number.

    The feed keeps the last 1,000 events; `number` grows by one an event.
    """

    def __init__(self, messages: Messages, accounts: Accounts) -> None:
        self._messages = messages
        self._accounts = accounts
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._last = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._closed = False

    @property
    def last_event(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self._last

    def tell(self, what: What, message: Message) -> None:
        """Add an event to the feed and wake who waits for it."""
        self._last += 1
        self._events.append(Event(self._last, what, message))
        if self._waiting:
            self._wake()

    def threads(self, limit: int) -> list[Thread]:
        """The phones with the newest messages, newest first."""
        people = (
            (number, newest) for number, newest in self._messages.ends() if not self._accounts.number(number)
        )
        found = heapq.nlargest(limit, people, key=lambda person: person[1].sequence)
        return [Thread(number, newest, len(self._messages.of_number(number))) for number, newest in found]

    def thread(self, phone_number: str, limit: int) -> list[Message]:
        """A phone's last messages in both directions, oldest first."""
        return self._messages.of_number(phone_number)[-limit:]

    def missed(self, after: int) -> bool:
        """Whether events after this one are no longer kept, or it is none of this run's."""
        return after > self._last or after < self._last - len(self._events)

    async def events(self, after: int, wait: float) -> list[Event]:
        """The events after a number, oldest first; waits up to `wait` seconds for the first one."""
        if after == self._last and wait > 0 and not self._closed:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait_for(future, wait)
            except TimeoutError:
                pass
            finally:
                self._waiting.discard(future)
        return [event for event in self._events if event.number > after]

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
