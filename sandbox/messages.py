"""The messages this carrier took or received, and the lists it answers with."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Final, Literal

from sandbox.optouts import OptOutType

Direction = Literal["outbound-api", "outbound-reply", "inbound"]
Status = Literal["queued", "sent", "delivered", "undelivered", "failed", "received"]

FINAL: Final = frozenset({"delivered", "undelivered", "failed", "received"})
_by_sequence = attrgetter("sequence")


class Message:
    """One text. Slots and plain values, since a benchmark makes a million of them.

    sequence: the order in which the carrier took them; created, sent, updated: seconds, UTC.
    opt_out_type: what its webhook says under that name.
    """

    __slots__ = (
        "account_sid",
        "body",
        "callback_url",
        "created",
        "direction",
        "error_code",
        "from_",
        "media",
        "opt_out_type",
        "segments",
        "sent",
        "sequence",
        "sid",
        "status",
        "to",
        "updated",
        "validity",
    )

    def __init__(
        self,
        *,
        sid: str,
        account_sid: str,
        direction: Direction,
        from_: str,
        to: str,
        body: str,
        segments: int,
        created: float,
        status: Status,
        media: tuple[str, ...] = (),
        callback_url: str = "",
        validity: int | None = None,
    ) -> None:
        self.sequence = 0
        self.sid = sid
        self.account_sid = account_sid
        self.direction = direction
        self.from_ = from_
        self.to = to
        self.body = body
        self.segments = segments
        self.media = media
        self.status: Status = status
        self.error_code: int | None = None
        self.created = created
        self.updated = created
        self.sent: float | None = created if direction == "inbound" else None
        self.callback_url = callback_url
        self.validity = validity
        self.opt_out_type: OptOutType | None = None

    @property
    def person(self) -> str:
        """The number of the person texted or texting: the end that is no customer of the carrier."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def sender(self) -> str:
        """The number of the carrier's customer."""
        return self.to if self.direction == "inbound" else self.from_


class Messages:
    """All messages by SID, by account and by the numbers at both ends, each list in order of taking.

    keep: how many stay in memory; past it the oldest tenth is forgotten (a ledger file keeps all).
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._sequence = 0
        self._by_sid: dict[str, Message] = {}
        self._by_account: dict[str, list[Message]] = {}
        self._by_end: dict[str, list[Message]] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._by_sid.values())

    def add(self, message: Message) -> None:
        """Store a message as the newest."""
        self._sequence += 1
        message.sequence = self._sequence
        self._by_sid[message.sid] = message
        self._by_account.setdefault(message.account_sid, []).append(message)
        self._by_end.setdefault(message.to, []).append(message)
        if message.from_ != message.to:
            self._by_end.setdefault(message.from_, []).append(message)
        if len(self._by_sid) > self._keep:
            self._forget(self._keep // 10 + 1)

    def get(self, sid: str) -> Message | None:
        """The message with this SID."""
        return self._by_sid.get(sid)

    def of_number(self, phone_number: str) -> list[Message]:
        """Every message to or from a number, oldest first. Not to be changed."""
        return self._by_end.get(phone_number, [])

    def ends(self) -> Iterator[tuple[str, Message]]:
        """Every number that ever sent or got a text, with its newest message."""
        return ((number, messages[-1]) for number, messages in self._by_end.items())

    def after(self, sequence: int, limit: int) -> list[Message]:
        """The first messages taken after a sequence number, oldest first."""
        gone = self._sequence - len(self._by_sid)
        return list(islice(self._by_sid.values(), max(sequence - gone, 0), None))[:limit]

    def newest(
        self,
        account_sid: str,
        *,
        to: str | None,
        from_: str | None,
        wanted: Callable[[Message], bool],
        older_than: int | None = None,
        newer_than: int | None = None,
        offset: int = 0,
        limit: int,
    ) -> list[Message]:
        """A stretch of an account's messages, newest first.

        older_than: only those before this sequence number. newer_than: the `limit` ones next after
        this one (a page backwards); of the two, give one.
        """
        source = self._by_account.get(account_sid, [])
        for end in (to, from_):
            if end is not None:
                source = min(source, self._by_end.get(end, []), key=len)
        if newer_than is not None:
            start = bisect_right(source, newer_than, key=_by_sequence)
            walk = map(source.__getitem__, range(start, len(source)))
        else:
            stop = len(source) if older_than is None else bisect_left(source, older_than, key=_by_sequence)
            walk = map(source.__getitem__, range(stop - 1, -1, -1))
        matching = (
            message
            for message in walk
            if message.account_sid == account_sid
            and (to is None or message.to == to)
            and (from_ is None or message.from_ == from_)
            and wanted(message)
        )
        found = list(islice(matching, offset, offset + limit))
        return found[::-1] if newer_than is not None else found

    def _forget(self, count: int) -> None:
        oldest = list(islice(self._by_sid.values(), count))
        last = oldest[-1].sequence
        # A new dict: one whose oldest keys were deleted walks over their empty places at each look.
        self._by_sid = dict(islice(self._by_sid.items(), count, None))
        for index in (self._by_account, self._by_end):
            for key in [key for key, messages in index.items() if messages[0].sequence <= last]:
                del index[key][: bisect_right(index[key], last, key=_by_sequence)]
                if not index[key]:
                    del index[key]
