"""What becomes of a text after it was taken: sent, then delivered, or what a fault makes of it."""

from dataclasses import dataclass
from functools import partial

from sandbox import faults
from sandbox.agenda import Agenda
from sandbox.callbacks import Callbacks
from sandbox.clock import Clock, rfc3339
from sandbox.faults import Faults, Kind
from sandbox.ledger import Finished, Ledger
from sandbox.messages import Message, Status
from sandbox.phones import Phones


@dataclass(slots=True)
class Pace:
    """How a text moves on, and what of it is reported.

    sent_after, delivered_after: seconds from the creation to `sent`, and from there to the end.
    callbacks: whether status callbacks are posted at all.
    report_queued: whether also `queued` is reported, which Twilio leaves out since the answer said it.
    """

    sent_after: float = 0.1
    delivered_after: float = 0.4
    callbacks: bool = True
    report_queued: bool = False

    def check(self) -> None:
        """Raises ValueError, naming the field, for a delay that is negative or over a day."""
        for name in ("sent_after", "delivered_after"):
            if not 0 <= getattr(self, name) <= 86_400:
                raise ValueError(f"{name}: must be between 0 and 86400 seconds")


class Lifecycle:
    """Moves every text through its statuses and tells whoever must know."""

    def __init__(
        self,
        *,
        pace: Pace,
        faults: Faults,
        callbacks: Callbacks,
        ledger: Ledger | None,
        clock: Clock,
        phones: Phones,
    ) -> None:
        self._pace = pace
        self._faults = faults
        self._callbacks = callbacks
        self._ledger = ledger
        self._clock = clock
        self._phones = phones
        self._agenda = Agenda()

    def close(self) -> None:
        """Let every text stay as it is."""
        self._agenda.close()

    def begin(self, message: Message) -> None:
        """Set a text that was just taken on its way."""
        if self._pace.callbacks and self._pace.report_queued:
            self._callbacks.report(message)
        self.resume(message)

    def resume(self, message: Message) -> None:
        """Set a queued text on its way, also one of an earlier run."""
        if message.validity is not None and message.validity < self._pace.sent_after:
            self._agenda.add(message.validity, partial(self._end, message, "failed", 30036))
        else:
            self._agenda.add(self._pace.sent_after, partial(self._send, message))

    def _send(self, message: Message) -> None:
        outcome = None
        if self._faults:
            outcome = self._faults.strike(faults.OUTCOME, to=message.to, from_=message.from_)
        if outcome is not None and outcome.kind is Kind.FAILED:
            self._end(message, "failed", outcome.error)
            return
        message.sent = self._clock()
        self._become(message, "sent", None)
        if outcome is None:
            self._agenda.add(self._pace.delivered_after, partial(self._end, message, "delivered", None))
        elif outcome.kind is Kind.UNDELIVERED:
            self._agenda.add(self._pace.delivered_after, partial(self._end, message, "undelivered", outcome.error))
        else:
            self._callbacks.release(message)

    def _end(self, message: Message, status: Status, error_code: int | None) -> None:
        if self._ledger is not None:
            sent_at = None if message.sent is None else rfc3339(message.sent)
            at = rfc3339(self._clock())
            self._ledger.write(Finished(message.sid, status, error_code, sent_at, at))
        self._become(message, status, error_code)

    def _become(self, message: Message, status: Status, error_code: int | None) -> None:
        message.status = status
        message.error_code = error_code
        message.updated = self._clock()
        self._phones.tell("status", message)
        if self._pace.callbacks:
            self._callbacks.report(message)
