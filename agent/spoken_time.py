"""Dates and times as the person reads them: the visit's own clock, the person's language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name

from agent.language import language_written
from agent.situation import Situation, Visit

LANGUAGES = ("en", "es", "fr", "de", "pt")
_DATE_PATTERNS = {
    "en": "EEEE, MMMM d",
    "es": "EEEE d 'de' MMMM",
    "fr": "EEEE d MMMM",
    "de": "EEEE, d. MMMM",
    "pt": "EEEE, d 'de' MMMM",
}
_AT = {"en": "{} at {}", "es": "{} a las {}", "fr": "{} à {}", "de": "{} um {}", "pt": "{} às {}"}


def language_of(situation: Situation) -> str:
    """The language to answer in: the one the person clearly writes, else their own, else English."""
    language = situation.language.replace("_", "-").split("-")[0].lower()
    return language_written(situation.text) or (language if language in LANGUAGES else "en")


def locale_of(situation: Situation) -> Locale:
    """The person's locale with its region ("en-GB"), else that of the plain language answered in."""
    language = language_of(situation)
    try:
        locale = Locale.parse(situation.language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale(language)
    return locale if locale.language == language else Locale(language)


def spoken_date(instant: datetime, timezone: str, situation: Situation) -> str:
    """ "Tuesday, June 9" on the clock of `timezone`, in the person's language. instant: UTC."""
    local = instant.astimezone(ZoneInfo(timezone))
    return str(format_date(local, _DATE_PATTERNS[language_of(situation)], locale=locale_of(situation)))


def spoken_clock(instant: datetime, timezone: str, situation: Situation) -> str:
    """ "3:00 PM" on the clock of `timezone`; its abbreviation follows where the person's zone differs."""
    local = instant.astimezone(ZoneInfo(timezone))
    said = (
        str(format_time(local, "short", locale=locale_of(situation))).replace("\u202f", " ").replace("\xa0", " ")
    )
    if situation.contact_timezone in (None, timezone):
        return said
    return f"{said} {get_timezone_name(local, width='short', locale=locale_of(situation))}"


def spoken_start(visit: Visit, situation: Situation) -> str:
    """ "Tuesday, June 9 at 3:00 PM": when the visit starts."""
    date = spoken_date(visit.starts_at, visit.timezone, situation)
    return _AT[language_of(situation)].format(date, spoken_clock(visit.starts_at, visit.timezone, situation))
