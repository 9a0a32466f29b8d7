"""Checking the values of a reminder job's fields, each for itself; faults are noted under the field's name."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from appointments.faults import Wrongs
from appointments.lines import CONDITIONS
from messaging import phone_numbers, templates
from messaging.compose import LONGEST_TEXT
from messaging.local_time import Span, parse_time, shown, zone
from scheduler.job_fields import JobFields
from scheduler.recurrence import parse

MOST_OCCURRENCES = 1_000_000
MOST_METADATA = 50

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


def checked_place(fields: JobFields, account_timezone: str, wrongs: Wrongs) -> ZoneInfo | None:
    """Return the zone of the job's clock, or None for a name that is none."""
    named = fields.get("timezone")
    if named is None:
        return zone(account_timezone)
    return wrongs.tried("timezone", lambda: zone(named), "invalid_timezone")


def checked_phone_number(fields: JobFields, name: str, wrongs: Wrongs) -> str | None:
    """Return a number in E.164, or None where it is absent or wrong."""
    written: str | None = fields.get(name)  # type: ignore[assignment]  # to and from_number are both texts
    if written is None:
        return None
    return wrongs.tried(name, lambda: _e164(written), "invalid_phone_number")


@lru_cache(maxsize=1024)
def _e164(written: str) -> str:
    # A batch names the same sender ten thousand times.
    return phone_numbers.parse(written)


def checked_message(message: str | None, wrongs: Wrongs) -> str:
    """Return the text, empty where there is none."""
    if message is None or not message.strip():
        wrongs.add("message", f"is required: the text to send, 1 to {LONGEST_TEXT} characters")
        return ""
    if len(message) > LONGEST_TEXT:
        wrongs.add("message", f"has {len(message)} characters, the most is {LONGEST_TEXT}", "message_too_long")
    wrongs.tried("message", lambda: templates.check(message), "unknown_template_variable")
    return message


def checked_time(fields: JobFields, name: str, place: ZoneInfo | None, wrongs: Wrongs) -> datetime | None:
    """Return the instant (UTC) of a time that is an instant, or local in `place`."""
    written: str | None = fields.get(name)  # type: ignore[assignment]  # these fields are all texts
    if written is None or place is None:
        return None
    return wrongs.tried(name, lambda: parse_time(written, place))


def checked_cron(fields: JobFields, wrongs: Wrongs) -> str | None:
    """Return the cron expression."""
    written = fields.get("cron")
    if written is not None:
        wrongs.tried("cron", lambda: parse(written), "invalid_cron")
    return written


def checked_before(fields: JobFields, wrongs: Wrongs) -> str | None:
    """Return a duration in its shortest form."""
    written = fields.get("before")
    if written is None:
        return None
    span = wrongs.tried("before", lambda: Span.parse(written))
    if span is not None and span.length <= timedelta(0):
        wrongs.add("before", "must be longer than nothing, such as PT24H or P1D")
    return None if span is None else str(span)


def checked_at(fields: JobFields, wrongs: Wrongs) -> str | None:
    """Return a time of day, HH:MM."""
    written, before = fields.get("at"), fields.get("before")
    if written is None:
        return None
    if not _TIME_OF_DAY.fullmatch(written):
        wrongs.add("at", f"must be a time of day as HH:MM, such as 10:00, not {shown(written)}")
    elif before is not None and "T" in before:
        wrongs.add("at", "goes with a before in whole days, such as P1D", "invalid_schedule")
    return written


def checked_max_occurrences(fields: JobFields, occurred: int, wrongs: Wrongs) -> int | None:
    """Return the most texts a job may send; `occurred` were sent already."""
    most = fields.get("max_occurrences")
    if most is None:
        return None
    if not 1 <= most <= MOST_OCCURRENCES:
        wrongs.add("max_occurrences", f"must be from 1 to {MOST_OCCURRENCES}")
    elif most <= occurred:
        wrongs.add("max_occurrences", f"must be more than {occurred}, the texts sent so far", "invalid_schedule")
    return most


def checked_only_if(fields: JobFields, linked: bool, wrongs: Wrongs) -> tuple[str, ...]:
    """Return the conditions, each once; `linked` to an appointment."""
    conditions = tuple(sorted(set(fields.get("only_if") or ())))
    if not set(conditions) <= set(CONDITIONS):
        wrongs.add("only_if", f"may hold {' and '.join(CONDITIONS)}")
    elif conditions and not linked:
        wrongs.add("only_if", "goes with appointment_id, whose confirmation it asks about")
    return conditions


def checked_misfire_grace(fields: JobFields, wrongs: Wrongs) -> str | None:
    """Return a duration in its shortest form."""
    written = fields.get("misfire_grace")
    if written is None:
        return None
    span = wrongs.tried("misfire_grace", lambda: Span.parse(written))
    if span is not None and span.length < timedelta(seconds=1):
        wrongs.add("misfire_grace", "must be at least PT1S: no text leaves at its very instant")
    return None if span is None else str(span)


def checked_metadata(fields: JobFields, wrongs: Wrongs) -> dict[str, str]:
    """Return the metadata without the names that null takes away."""
    metadata: Mapping[str, str | None] = fields.get("metadata") or {}
    if len(metadata) > MOST_METADATA:
        wrongs.add("metadata", f"must have at most {MOST_METADATA} names")
    elif any(not 1 <= len(name) <= 64 or len(value or "") > 1000 for name, value in metadata.items()):
        wrongs.add("metadata", "must have names of 1 to 64 characters and values of at most 1000")
    return {name: value for name, value in metadata.items() if value is not None}
