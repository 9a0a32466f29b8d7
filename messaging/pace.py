"""How fast a sender may send, where its number has a `max_per_second`."""

from datetime import datetime, timedelta


class Pace:
    """Spaces the texts of each number evenly, in this process (the generic cell rate rule with no burst)."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}

    def take(self, phone_number_id: str, per_second: float, now: datetime, waiting: int) -> datetime | None:
        """Take the number's next place, or return the instant (UTC) to come back at.

        waiting: how many of the same number already have to come back in this pass; they are spread out, so that
        a long queue is not looked at again and again.
        """
        gap = timedelta(seconds=1 / per_second)
        free_at = self._free_at.get(phone_number_id, now)
        if free_at > now:
            return free_at + waiting * gap
        self._free_at[phone_number_id] = now + gap
        return None
