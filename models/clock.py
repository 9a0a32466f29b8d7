"""The only file that asks the time, so that a frozen or simulated clock is believed everywhere."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
