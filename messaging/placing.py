"""Placing a text within the sending hours of one person, from the columns that say who and where they are."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from messaging import phone_numbers, placement
from messaging.hours import RecipientHours, SendingHours
from messaging.local_time import zone
from messaging.placement import Move, Placement
from models import clock

# What `place` and `next_allowed` read of a row.
COLUMNS = ("to_number", "any_hour", "account_timezone", "sending_hours", "skip_holidays", "contact_timezone")


def place(row: Mapping[str, Any], nominal: datetime, *, move: Move = Move.LATER) -> Placement:
    """Return when a text asked for at `nominal` (UTC) may leave, and why it is moved; `at` None: not at all."""
    if row["any_hour"]:
        return Placement(nominal, None)
    return placement.place(nominal, hours_of(row), move, now=clock.now(), starts_at=row.get("visit_starts_at"))


def next_allowed(row: Mapping[str, Any], instant: datetime) -> datetime:
    """Return the first instant (UTC) from this one on at which a text of this row may leave.

    Where there is none for a month, the instant itself: nothing is held for ever.
    """
    if row["any_hour"]:
        return instant
    return hours_of(row).next_allowed(instant) or instant


def hours_of(row: Mapping[str, Any]) -> RecipientHours:
    """Return when texts may leave to a row's recipient: by the contact's zone, else by the number's zones."""
    own = row["contact_timezone"]
    return RecipientHours(
        hours=SendingHours.parse(row["sending_hours"]) if row["sending_hours"] is not None else None,
        places=(zone(own),) if own else _zones(row["to_number"]),
        account_place=zone(row["account_timezone"]),
        holidays=row["skip_holidays"],
    )


@lru_cache(maxsize=4096)
def _zones(number: str) -> tuple[ZoneInfo, ...]:
    return phone_numbers.zones(number)
