"""The lines of an appointment's plan: what is to be sent, how long before the start, to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from appointments.asking import asks
from messaging.local_time import Span
from messaging.open_days import open_days_before
from messaging.placement import Move
from models.reminder import Reminder

FALLBACK_LANGUAGE = "en"
PENDING_WORD = "unconfirmed"
CONDITIONS = (PENDING_WORD, "confirmed")


@dataclass(frozen=True, slots=True)
class Line:
    """One text: `before` the start, an ISO 8601 duration; or `business_days` before it; or `at_booking`.

    at: a local time of that day, as HH:MM. only_if: empty means always. texts: the wordings by language, of which
    `message` is one; empty: there is but one. move: what becomes of it where it may not leave at its instant;
    None: earlier if it asks, else later.
    """

    before: str | None
    message: str
    only_if: tuple[str, ...] = ()
    any_hour: bool = False
    at: str | None = None
    move: Move | None = None
    texts: tuple[tuple[str, str], ...] = ()
    business_days: int | None = None
    at_booking: bool = False

    @property
    def asks(self) -> bool:
        """Whether the text asks for an answer."""
        return asks(self.message)

    @property
    def moves(self) -> Move:
        """Where the text goes that may not leave at its instant."""
        return self.move or (Move.EARLIER if self.asks else Move.LATER)

    def nominal(
        self, starts_at: datetime, place: ZoneInfo, *, holidays: str | None, booked_at: datetime | None = None
    ) -> datetime:
        """The instant (UTC) it is asked for: hours are elapsed time, days are calendar days in `place`.

        holidays: the country on whose holidays nobody works. booked_at: when the visit was booked (UTC).
        """
        if self.at_booking:
            assert booked_at is not None, "such a text is asked for when its visit is booked"
            return booked_at.astimezone(UTC)
        at = None if self.at is None else time.fromisoformat(self.at)
        if self.business_days is not None:
            return open_days_before(starts_at, self.business_days, place, at, holidays)
        assert self.before is not None, "checked: a line has before, business_days or on"
        return Span.parse(self.before).before(starts_at, place, at)

    def in_language(self, language: str | None) -> "Line":
        """Return the line in a language such as `es-MX`, as near as its texts come; None: the fallback."""
        return replace(self, message=text_in(dict(self.texts), language)) if self.texts else self

    def excludes(self, other: "Line") -> bool:
        """Tell whether never both of them are sent, since each is for another answer."""
        return bool(self.only_if and other.only_if) and not set(self.only_if) & set(other.only_if)

    @classmethod
    def of(cls, reminder: Reminder) -> "Line":
        """The line that a relative reminder stands for."""
        return cls(
            before=reminder.before,
            message=reminder.message,
            texts=tuple((reminder.texts or {}).items()),
            business_days=reminder.business_days,
            at_booking=reminder.at_booking,
            only_if=tuple(reminder.only_if),
            any_hour=reminder.any_hour,
            at=reminder.at_local,
            move=Move(reminder.move) if reminder.move is not None else None,
        )


def text_in(texts: Mapping[str, str], language: str | None) -> str:
    """Return the text in a language, else in one of the same root, else the one for everybody else."""
    if language is not None:
        wanted = language.replace("_", "-").lower()
        known = {name.lower(): text for name, text in texts.items()}
        root = wanted.split("-")[0]
        of_root = (text for name, text in known.items() if name.split("-")[0] == root)
        found = known.get(wanted) or known.get(root) or next(of_root, None)
        if found is not None:
            return found
    return texts[fallback_of(texts)]


def fallback_of(texts: Mapping[str, str]) -> str:
    """Return the language of the text for whoever reads none of the others: English, else the first."""
    return FALLBACK_LANGUAGE if FALLBACK_LANGUAGE in texts else next(iter(texts))
