"""A circuit breaker: after repeated failures a service is left alone for a while, then tried once."""

from datetime import datetime, timedelta

from models import clock


class Breaker:
    """Opens after `threshold` failures in a row and lets one trial through after `rest`."""

    def __init__(self, threshold: int = 5, rest: timedelta = timedelta(seconds=60)) -> None:
        self._threshold = threshold
        self._rest = rest
        self._failures = 0
        self._opened_at: datetime | None = None
        self._trial = False

    @property
    def is_open(self) -> bool:
        """Whether the service is being left alone."""
        return self._opened_at is not None

    def admits(self) -> bool:
        """Whether a call may be made now; while open, one trial once the rest is over."""
        if self._opened_at is None:
            return True
        if self._trial or clock.now() - self._opened_at < self._rest:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """Note a good answer: the breaker closes."""
        self._failures, self._opened_at, self._trial = 0, None, False

    def failed(self) -> None:
        """Note a failure; enough of them in a row, or one of a trial, open the breaker."""
        self._failures += 1
        if self._trial or self._failures >= self._threshold:
            self._opened_at, self._trial = clock.now(), False

    def abandoned(self) -> None:
        """Note that a call was given up by us: it says nothing of the service."""
        self._trial = False
