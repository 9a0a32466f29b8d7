"""When a cron job comes next, and when that occurrence may leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from messaging.local_time import zone
from messaging.placing import place
from scheduler.recurrence import parse

# A job whose every occurrence is forbidden by its account's hours would be looked for in vain for ever.
MOST_FORBIDDEN = 400


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence: when it was asked for and when it will leave, both UTC, and why they differ if they do."""

    nominal_at: datetime
    at: datetime
    why: str | None = None


def next_planned(row: Mapping[str, Any], *, after: datetime) -> Planned | None:
    """Return the first occurrence of a cron job strictly after an instant (UTC), or None where it has ended.

    row: a row of `reminders` with the columns that messaging.placing reads beside it.
    """
    cron, clock_zone = parse(row["cron"]), zone(row["timezone"])
    starts_at, ends_at = row["starts_at"], row["ends_at"]
    if starts_at is not None and starts_at > after:
        after = starts_at - timedelta(microseconds=1)
    for _ in range(MOST_FORBIDDEN):
        occurrence = cron.next_after(after, clock_zone)
        if ends_at is not None and occurrence.at > ends_at:
            return None
        placement = place(row, occurrence.at)
        if placement.at is not None:
            return Planned(occurrence.at, placement.at, placement.why)
        after = occurrence.at
    return None
