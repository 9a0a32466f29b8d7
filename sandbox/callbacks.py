"""Status callbacks: signed posts to a message's StatusCallback, in order unless a fault says otherwise."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from sandbox import faults
from sandbox.faults import Faults, Kind
from sandbox.messages import FINAL, Message, Status
from sandbox.shapes import VERSION
from sandbox.webhook import Webhooks

TokenOf = Callable[[str], str]
"""Gives the auth token of an account SID."""


class Callback(NamedTuple):
    """What a status callback reports: the status as it was then, not as it is when it leaves."""

    message: Message
    status: Status
    error_code: int | None

    def fields(self) -> dict[str, str]:
        """The form, as Twilio posts it."""
        fields = {
            "AccountSid": self.message.account_sid,
            "ApiVersion": VERSION,
            "From": self.message.from_,
            "MessageSid": self.message.sid,
            "MessageStatus": self.status,
            "SmsSid": self.message.sid,
            "SmsStatus": self.status,
            "To": self.message.to,
        }
        if self.error_code is not None:
            fields["ErrorCode"] = str(self.error_code)
        return fields


class Callbacks:
    """Posts status callbacks, several messages at a time, each message's one after the other.

    A callback is posted only when the one before was answered, so that order is kept; the faults
    shuffle, reverse, delay, double and lose them.
    """

    def __init__(self, webhooks: Webhooks, faults: Faults, token_of: TokenOf, concurrency: int) -> None:
        self._webhooks = webhooks
        self._faults = faults
        self._token_of = token_of
        self._lines: dict[str, deque[Callback]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._held: dict[str, tuple[Kind, list[Callback]]] = {}
        self._concurrency = concurrency
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to post, in the running event loop."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]

    async def close(self) -> None:
        """Stop; what was not posted yet is lost, as with a carrier that goes down."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def report(self, message: Message) -> None:
        """Have a message's present status posted, if it has a callback address."""
        if not message.callback_url:
            return
        callback = Callback(message, message.status, message.error_code)
        if not self._faults and not self._held:
            self._line_up(callback)
        elif not self._hold(callback):
            self._disturb(callback)

    def release(self, message: Message) -> None:
        """Post what was held back to be reordered; called when no further status will come."""
        kind, held = self._held.pop(message.sid, (None, []))
        if kind is Kind.CALLBACKS_REVERSED:
            held.reverse()
        elif kind is Kind.CALLBACKS_SHUFFLED:
            self._faults.random.shuffle(held)
        for callback in held:
            self._disturb(callback)

    def _hold(self, callback: Callback) -> bool:
        message = callback.message
        if message.sid not in self._held:
            rule = self._faults.strike(faults.CALLBACK_ORDER, to=message.to, from_=message.from_)
            if rule is None:
                return False
            self._held[message.sid] = (rule.kind, [])
        self._held[message.sid][1].append(callback)
        if callback.status in FINAL:
            self.release(message)
        return True

    def _disturb(self, callback: Callback) -> None:
        message = callback.message
        rule = self._faults.strike(faults.CALLBACK, to=message.to, from_=message.from_, status=callback.status)
        if rule is None:
            self._line_up(callback)
        elif rule.kind is Kind.CALLBACK_DOUBLED:
            self._line_up(callback)
            self._line_up(callback)
        elif rule.kind is Kind.CALLBACK_DELAYED:
            asyncio.get_running_loop().call_later(rule.seconds, self._line_up, callback)

    def _line_up(self, callback: Callback) -> None:
        sid = callback.message.sid
        line = self._lines.get(sid)
        if line is None:
            self._lines[sid] = deque((callback,))
            self._ready.put_nowait(sid)
        else:
            line.append(callback)

    async def _work(self) -> None:
        while True:
            sid = await self._ready.get()
            line = self._lines[sid]
            await self._post(line.popleft())
            if line:
                self._ready.put_nowait(sid)
            else:
                del self._lines[sid]

    async def _post(self, callback: Callback) -> None:
        token = self._token_of(callback.message.account_sid)
        await self._webhooks.send(callback.message.callback_url, callback.fields(), token)
