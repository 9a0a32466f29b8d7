"""The lines of an appointment's plan: what is to be sent, how long before the start, to whom."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from appointments.asking import asks
from messaging.local_time import Span
from messaging.placement import Move
from models.reminder import Reminder

PENDING_WORD = "unconfirmed"
CONDITIONS = (PENDING_WORD, "confirmed")


@dataclass(frozen=True, slots=True)
class Line:
    """One text. `before` is an ISO 8601 duration, `at` a local time as HH:MM; `only_if` empty means always.

    move: what becomes of it where it may not leave at its instant; None: earlier if it asks, else later.
    """

    before: str
    message: str
    only_if: tuple[str, ...] = ()
    any_hour: bool = False
    at: str | None = None
    move: Move | None = None

    @property
    def asks(self) -> bool:
        """Whether the text asks for an answer."""
        return asks(self.message)

    @property
    def moves(self) -> Move:
        """Where the text goes that may not leave at its instant."""
        return self.move or (Move.EARLIER if self.asks else Move.LATER)

    def nominal(self, starts_at: datetime, place: ZoneInfo) -> datetime:
        """The instant (UTC) it is asked for: hours are elapsed time, days are calendar days in `place`."""
        at = None if self.at is None else time.fromisoformat(self.at)
        return Span.parse(self.before).before(starts_at, place, at)

    def excludes(self, other: "Line") -> bool:
        """Tell whether never both of them are sent, since each is for another answer."""
        return bool(self.only_if and other.only_if) and not set(self.only_if) & set(other.only_if)

    @classmethod
    def of(cls, reminder: Reminder) -> "Line":
        """The line that a relative reminder stands for."""
        assert reminder.before is not None
        return cls(
            before=reminder.before,
            message=reminder.message,
            only_if=tuple(reminder.only_if),
            any_hour=reminder.any_hour,
            at=reminder.at_local,
            move=Move(reminder.move) if reminder.move is not None else None,
        )
