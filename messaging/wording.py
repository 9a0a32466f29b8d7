"""The words of a text at the instant it leaves: its template filled with what is true then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from messaging.local_time import zone
from messaging.templates import render
from messaging.visit_words import visit_values


@dataclass(frozen=True, slots=True)
class Wording:
    """A rendered text, and the variables that had no value."""

    text: str
    missing: tuple[str, ...]


def word(row: Mapping[str, Any]) -> Wording:
    """Fill a message's template; `row` has the message and, beside it, its visit, contact and account.

    Dates and times are in the visit's zone and the contact's language.
    """
    starts_at = row["starts_at"]
    contact_zone = row["contact_timezone"]
    values = visit_values(
        account_name=row["account_name"],
        contact_name=row["contact_name"],
        patient_name=row["patient_name"],
        starts_at=starts_at,
        place=zone(row["visit_timezone"]) if starts_at is not None else None,
        contact_place=zone(contact_zone) if contact_zone else None,
        language=row["language"] or "en",
        service=row["service"],
        provider=row["provider"],
        location=row["location"],
        metadata={**(row["visit_metadata"] or {}), **(row["metadata"] or {})},
    )
    rendered = render(row["template"], values)
    return Wording(rendered.text, rendered.missing)


def fill(template: str, *, account_name: str, contact_name: str | None) -> str:
    """Fill a text that concerns no visit, such as the help text."""
    return render(template, visit_values(account_name=account_name, contact_name=contact_name)).text
