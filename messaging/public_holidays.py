"""Public holidays of a country, by the days on which nobody there should be texted."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from messaging.local_time import shown


class UnknownCountry(ValueError):
    """A code that is no country, or one whose holidays are not known."""

    code = "invalid_parameter"


def holiday_country(code: str) -> str:
    """Return `code` if the holidays of that ISO 3166 country are known. Raises UnknownCountry."""
    if len(code) == 2 and code in _known_countries():
        return code
    right = code.upper()
    hint = (
        f"did you mean {right}?" if right != code and right in _known_countries() else "write one such as US or GB"
    )
    raise UnknownCountry(f"{shown(code)} is not the two-letter code of a country whose holidays are known: {hint}")


def holiday_name(country: str, day: date) -> str | None:
    """Return what is celebrated in all of the country on a calendar day there, None if nothing is."""
    return _holidays_of(country, day.year).get(day)


# The package takes a quarter of a second to load, and most accounts never ask for holidays.
@lru_cache(maxsize=1)
def _known_countries() -> frozenset[str]:
    from holidays import list_supported_countries

    return frozenset(code for code in list_supported_countries() if len(code) == 2)


@lru_cache(maxsize=512)
def _holidays_of(country: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays

    return dict(country_holidays(country, years=year, language="en_US"))
