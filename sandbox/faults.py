"""Faults on demand: rules that say which request, outcome, callback or list goes wrong, and how."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, TypeVar, get_args

from sandbox.messages import Status

_Choice = TypeVar("_Choice", bound=StrEnum)


class Kind(StrEnum):
    """What goes wrong."""

    HANG = "hang"
    """A create is answered only after `seconds`; one that is not taken then loses its connection."""
    RESET = "reset"
    """The connection of a create is reset."""
    RATE_LIMITED = "rate_limited"
    """A create is refused with 429, code 20429, `Retry-After: seconds`."""
    SERVER_ERROR = "server_error"
    """A create is refused with 500 and Twilio's own JSON, code 20500 (or `code`)."""
    BAD_GATEWAY = "bad_gateway"
    """A create is answered with 502 and a page of HTML."""
    EMPTY_ANSWER = "empty_answer"
    """A create is answered with 201 and nothing in it."""
    REFUSED = "refused"
    """A create is refused with the Twilio error `code`."""

    UNDELIVERED = "undelivered"
    """A message is sent, then ends `undelivered` with `code`."""
    FAILED = "failed"
    """A message is never sent and ends `failed` with `code`."""
    UNREPORTED = "unreported"
    """A message never gets past `sent`, as with some carriers."""

    CALLBACK_LOST = "callback_lost"
    """A status callback is not posted."""
    CALLBACK_DOUBLED = "callback_doubled"
    """A status callback is posted twice."""
    CALLBACK_DELAYED = "callback_delayed"
    """A status callback is posted `seconds` late; later ones overtake it."""
    CALLBACKS_SHUFFLED = "callbacks_shuffled"
    """A message's callbacks are all posted when it is final, in random order."""
    CALLBACKS_REVERSED = "callbacks_reversed"
    """A message's callbacks are all posted when it is final, the last first."""

    LIST_FAILS = "list_fails"
    """A list of messages is answered with 500, code 20500."""
    LIST_LAGS = "list_lags"
    """A message shows in lists only `seconds` after it was taken."""


class Accept(StrEnum):
    """Whether and when a create that goes wrong is taken all the same."""

    NO = "no"
    AT_ONCE = "at_once"
    LATE = "late"


CREATE: Final = frozenset(
    {
        Kind.HANG,
        Kind.RESET,
        Kind.RATE_LIMITED,
        Kind.SERVER_ERROR,
        Kind.BAD_GATEWAY,
        Kind.EMPTY_ANSWER,
        Kind.REFUSED,
    }
)
OUTCOME: Final = frozenset({Kind.UNDELIVERED, Kind.FAILED, Kind.UNREPORTED})
CALLBACK: Final = frozenset({Kind.CALLBACK_LOST, Kind.CALLBACK_DOUBLED, Kind.CALLBACK_DELAYED})
CALLBACK_ORDER: Final = frozenset({Kind.CALLBACKS_SHUFFLED, Kind.CALLBACKS_REVERSED})

_NEED_SECONDS = frozenset({Kind.HANG, Kind.RATE_LIMITED, Kind.CALLBACK_DELAYED, Kind.LIST_LAGS})
_DEFAULT_CODE = {Kind.SERVER_ERROR: 20500, Kind.UNDELIVERED: 30003, Kind.FAILED: 30008}
_MAY_ACCEPT = frozenset({Kind.HANG, Kind.RESET, Kind.BAD_GATEWAY, Kind.EMPTY_ANSWER})


@dataclass(slots=True, eq=False)
class Fault:
    """A rule. It strikes where all that it names matches: `to` and `from_` (`*` stands for any
    digits), `status` (of a callback), `probability`; at most `times` times (None: until cleared).
    """

    kind: Kind
    times: int | None = None
    to: str | None = None
    from_: str | None = None
    probability: float = 1.0
    seconds: float = 0.0
    accept: Accept = Accept.NO
    code: int | None = None
    status: str | None = None
    id: int = 0
    hits: int = 0

    def check(self) -> None:
        """Raises ValueError, naming the field, for a rule that could not mean anything."""
        if self.times is not None and self.times < 1:
            raise ValueError("times: must be 1 or more")
        if not 0 < self.probability <= 1:
            raise ValueError("probability: must be above 0 and at most 1")
        if not 0 <= self.seconds <= 86_400:
            raise ValueError("seconds: must be between 0 and 86400")
        if self.seconds == 0 and self.kind in _NEED_SECONDS:
            raise ValueError(f"seconds: {self.kind} needs it")
        if self.accept is not Accept.NO and self.kind not in _MAY_ACCEPT:
            raise ValueError(f"accept: {self.kind} is never taken")
        if self.accept is Accept.LATE and self.kind is not Kind.HANG:
            raise ValueError("accept: only hang can take late")
        if self.kind is Kind.REFUSED and self.code is None:
            raise ValueError("code: refused needs the Twilio error to refuse with")
        if self.status is not None and (self.kind not in CALLBACK or self.status not in get_args(Status)):
            raise ValueError("status: only for callback_lost, _doubled and _delayed, and a message status")

    @property
    def error(self) -> int:
        """The Twilio error code that the rule answers or ends with."""
        return self.code if self.code is not None else _DEFAULT_CODE.get(self.kind, 20500)


class Faults:
    """The rules in force, tried oldest first. seed: makes probability and shuffling repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 - chooses faults, guards nothing
        self._rules: list[Fault] = []
        self._spent: deque[Fault] = deque(maxlen=100)
        self._last_id = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._rules)

    @property
    def spent(self) -> list[Fault]:
        """The last rules that struck as often as they should."""
        return list(self._spent)

    def add(
        self,
        kind: Kind | str,
        *,
        times: int | None = None,
        to: str | None = None,
        from_: str | None = None,
        probability: float = 1.0,
        seconds: float = 0.0,
        accept: Accept | str | None = None,
        code: int | None = None,
        status: str | None = None,
    ) -> Fault:
        """Put a rule in force. An empty_answer is taken at once unless `accept` says otherwise, the
        others are not. Raises ValueError, naming the field, if the rule could not mean anything.
        """
        kind = _choice(Kind, kind, "kind")
        if accept is None:
            accept = Accept.AT_ONCE if kind is Kind.EMPTY_ANSWER else Accept.NO
        fault = Fault(
            kind=kind,
            times=times,
            to=to,
            from_=from_,
            probability=probability,
            seconds=seconds,
            accept=_choice(Accept, accept, "accept"),
            code=code,
            status=status,
        )
        fault.check()
        self._last_id += 1
        fault.id = self._last_id
        self._rules.append(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        """Lift one rule; whether there was one."""
        before = len(self._rules)
        self._rules = [rule for rule in self._rules if rule.id != fault_id]
        return len(self._rules) < before

    def clear(self) -> None:
        """Lift every rule."""
        self._rules = []

    def strike(
        self, kinds: frozenset[Kind], *, to: str | None, from_: str | None, status: str | None = None
    ) -> Fault | None:
        """The first rule of these kinds that strikes here; it is counted, and lifted after its last time."""
        for rule in self._rules:
            if rule.kind in kinds and self._matches(rule, to, from_, status):
                rule.hits += 1
                if rule.times is not None and rule.hits >= rule.times:
                    self.remove(rule.id)
                    self._spent.append(rule)
                return rule
        return None

    def _matches(self, rule: Fault, to: str | None, from_: str | None, status: str | None) -> bool:
        return (
            (rule.to is None or (to is not None and fnmatchcase(to, rule.to)))
            and (rule.from_ is None or (from_ is not None and fnmatchcase(from_, rule.from_)))
            and (rule.status is None or rule.status == status)
            and (rule.probability == 1.0 or self.random.random() < rule.probability)
        )


def _choice(kind: type[_Choice], value: str, field: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{field}: {value!r} is none of {', '.join(kind)}") from None
