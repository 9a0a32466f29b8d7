"""A clinic, a person and their visits, for the tests of the agent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.situation import Situation, Visit
from models.appointment import Confirmation
from models.appointment import Visit as VisitStatus

NOW = datetime(2026, 6, 8, 14, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

CLEANING = Visit(
    id="appt_cleaning",
    starts_at=datetime(2026, 6, 9, 19, 0, tzinfo=UTC),
    timezone="America/New_York",
    duration_minutes=45,
    service="Cleaning",
    provider="Dr. Okafor",
    location="12 Elm Street",
    patient_name="Tom Reyes",
)
"""Tuesday, June 9 at 3:00 PM."""

CHECKUP = replace(
    CLEANING,
    id="appt_checkup",
    starts_at=datetime(2026, 6, 11, 14, 30, tzinfo=UTC),
    service="Checkup",
    provider="Dr. Lindqvist",
    patient_name="Ana Reyes",
)
"""Thursday, June 11 at 10:30 AM."""


def answering(text: str, **given: Any) -> Situation:
    """A text that answers a reminder of the cleaning, the person's only visit."""
    facts: dict[str, Any] = {
        "now": NOW,
        "text": text,
        "contact_name": "Maria Reyes",
        "account_name": "Elm Dental",
        "region": "US",
        "visits": (CLEANING,),
        "about": CLEANING.id,
    }
    return Situation(**(facts | given))


def standing(confirmation: str) -> Visit:
    """The cleaning with this confirmation, or "cancelled", "started", "released"."""
    if confirmation == "cancelled":
        return replace(CLEANING, status=VisitStatus.CANCELLED)
    if confirmation == "released":
        return replace(CLEANING, status=VisitStatus.CANCELLED, released=True)
    if confirmation == "started":
        return replace(CLEANING, starts_at=NOW - timedelta(minutes=5))
    return replace(CLEANING, confirmation=Confirmation(confirmation))
