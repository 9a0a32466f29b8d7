"""How a visit's facts are said in a text: its day and time in a person's language, its values for templates."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from messaging.local_time import to_local

_ENGLISH = Locale("en", "US")
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", re.ASCII)
# Date patterns with month and weekday, without the year, from the most to the least spelled out (CLDR).
_SKELETONS = ("MMMMEEEEd", "MMMMEd", "MMMEd")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sr", "sra", "srta"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "do", "phd", "dds", "dmd", "rn", "np", "esq"})


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Return the locale of a language tag such as `en`, `es-MX` or `pt_BR`; English for what is none."""
    if not _TAG.fullmatch(language):
        return _ENGLISH
    for tag in (language, re.split("[-_]", language)[0]):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
    return _ENGLISH


# Many visits start at the same times, and saying one costs more than all else in a text.
@lru_cache(maxsize=4096)
def say_date(local: datetime, language: str) -> str:
    """Say a naive local time's day: "Thursday, March 12"."""
    locale = locale_of(language)
    return _plain(format_date(local, _day_pattern(locale), locale=locale))


@lru_cache(maxsize=4096)
def say_weekday(local: datetime, language: str) -> str:
    """Say a naive local time's day of the week: "Thursday"."""
    return _plain(format_date(local, "EEEE", locale=locale_of(language)))


@lru_cache(maxsize=4096)
def say_time(local: datetime, language: str) -> str:
    """Say a naive local time of day by 12 or 24 hours, as its language does: "3:00 PM", "15:00"."""
    return _plain(format_time(local, "short", locale=locale_of(language)))


def zone_abbreviation(instant: datetime, place: ZoneInfo) -> str:
    """Return what the zone is called for short at an instant: "EST"; "UTC-3" where it has no letters."""
    there = instant.astimezone(place)
    name = there.tzname() or ""
    if name.isalpha():
        return name
    offset = there.utcoffset()
    assert offset is not None
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def visit_values(
    *,
    account_name: str,
    contact_name: str | None,
    patient_name: str | None = None,
    starts_at: datetime | None = None,
    place: ZoneInfo | None = None,
    contact_place: ZoneInfo | None = None,
    language: str = "en",
    service: str | None = None,
    provider: str | None = None,
    location: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return what a template's variables stand for; one without a value is left out.

    starts_at: an aware instant, said on the clock of `place`, the visit's zone; with the zone's abbreviation where
    the clock of `contact_place`, the zone set for the contact, shows another time then. The patient is the contact
    where none is named.
    """
    patient = patient_name or contact_name
    values = {
        "contact.name": contact_name,
        "contact.first_name": first_name(contact_name or ""),
        "patient.name": patient,
        "patient.first_name": first_name(patient or ""),
        "appointment.service": service,
        "appointment.provider": provider,
        "appointment.location": location,
        "account.name": account_name,
    }
    values |= {f"metadata.{key.strip()}": value for key, value in (metadata or {}).items()}
    if starts_at is not None and place is not None:
        local = to_local(starts_at, place)
        time = say_time(local, language)
        if contact_place is not None and to_local(starts_at, contact_place) != local:
            time = f"{time} {zone_abbreviation(starts_at, place)}"
        values["appointment.date"] = say_date(local, language)
        values["appointment.time"] = time
        values["appointment.weekday"] = say_weekday(local, language)
    return {name: value for name, value in values.items() if value}


def first_name(name: str) -> str:
    """Return what a person is called in a text: the first name, or the whole where only a title is beside one."""
    front, _, back = name.partition(",")
    given = [word for word in back.replace(",", " ").split() if _folded(word) not in _SUFFIXES]
    words = given or front.split()  # "Díaz, Ana" is turned round, "Ana Lee, MD" is not
    called = [word for word in words if _folded(word) not in _TITLES]
    if len(called) < len(words) and len(called) < 2:
        return " ".join(words)
    return called[0] if called else ""


def _folded(word: str) -> str:
    return word.replace(".", "").lower()


@lru_cache(maxsize=256)
def _day_pattern(locale: Locale) -> str:
    """Return the locale's pattern of weekday, day and month, both spelled out."""
    skeletons = locale.datetime_skeletons
    pattern = next(str(skeletons[name].pattern) for name in _SKELETONS if name in skeletons)
    # Quoted text, such as Spanish 'de', is not part of the fields.
    quoted_apart = re.split("('[^']*')", pattern)
    return "".join(
        part if part.startswith("'") else re.sub("E+|c+", "EEEE", re.sub("MMM+", "MMMM", part))
        for part in quoted_apart
    )


def _plain(said: str) -> str:
    # Babel's narrow spaces would turn a 160-character text into a 70-character one.
    return " ".join(said.split())
