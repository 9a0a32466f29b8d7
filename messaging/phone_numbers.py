"""Phone numbers: E.164 as written, where a number is from, and which zones it may be in."""

import re
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult
from phonenumbers.timezone import (
    UNKNOWN_TIMEZONE,
    time_zones_for_geographical_number,
    time_zones_for_number,
)

from messaging.local_time import UnknownZone, shown, zone

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SHORT_CODE = re.compile(r"[0-9]{3,8}", re.ASCII)
_EXAMPLE = "write + and the country's code, digits only, such as +12125550123"

# North American area codes whose calls are paid by the one called; 822 is set aside for them.
_TOLL_FREE_AREAS = frozenset({"800", "822", "833", "844", "855", "866", "877", "888"})
# Of these types the area in the number says where it was given out.
_WITH_AREA = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.UNKNOWN,
}
# What phonenumbers answers for codes of no country, such as +800.
_NO_COUNTRY = ("ZZ", "001")


class InvalidPhoneNumber(ValueError):
    """Something that is not a phone number in E.164."""

    code = "invalid_phone_number"


def parse(text: str) -> str:
    """Return `text` if it is a possible number in E.164. Raises InvalidPhoneNumber, saying what would be right.

    Possible, not valid: the lists of valid ranges lag behind new ones, and leave out those for examples.
    """
    if _canonical(text[:40]) == text:
        return text
    right = _likely(text)
    raise InvalidPhoneNumber(
        f"{shown(text)} is not an E.164 phone number: {f'write {right}' if right else _EXAMPLE}"
    )


def normalise(text: str, country: str) -> str:
    """Return the E.164 form of a number as people write it, `country` (ISO 3166) being where it has no +.

    Raises InvalidPhoneNumber.
    """
    found = _canonical(text, country) if len(text) <= 40 else None
    if found is None:
        raise InvalidPhoneNumber(f"{shown(text)} is not a phone number of {shown(country)}: {_EXAMPLE}")
    return found


def region(number: str) -> str | None:
    """Return the ISO 3166 country of an E.164 number; for an unlisted range the main one of its country code."""
    parsed = _read(number)
    if parsed is None or parsed.country_code is None:
        return None
    found = phonenumbers.region_code_for_number(parsed)
    found = found or phonenumbers.region_code_for_country_code(parsed.country_code)
    return None if found in _NO_COUNTRY else found


def is_toll_free(number: str) -> bool:
    """Tell whether an E.164 number is toll-free."""
    if number.startswith("+1"):
        return number[2:5] in _TOLL_FREE_AREAS
    parsed = _read(number)
    return parsed is not None and phonenumbers.number_type(parsed) == PhoneNumberType.TOLL_FREE


def is_us_geographic(number: str) -> bool:
    """Tell whether an E.164 number is a US one with an area: not toll-free, so A2P 10DLC applies to it."""
    return number.startswith("+1") and not is_toll_free(number) and region(number) == "US"


def is_short_code(sender: str) -> bool:
    """Tell whether the sender of an inbound text is a short code: three to eight digits, no +."""
    return _SHORT_CODE.fullmatch(sender) is not None


def zones(number: str) -> tuple[ZoneInfo, ...]:
    """Return the zones an E.164 number may be in: none where unknown, many where it says only the country.

    By where it was given out: a mobile that moved or was ported is a guess.
    """
    parsed = _read(number)
    if parsed is None:
        return ()
    kind = phonenumbers.number_type(parsed)
    names: tuple[str, ...]
    if kind in _WITH_AREA and parsed.country_code == 1:
        # For all of +1 phonenumbers calls mobiles of the islands country-wide, which would be forty zones.
        names = time_zones_for_geographical_number(parsed)
    elif kind == PhoneNumberType.UNKNOWN:
        country = PhoneNumber(country_code=parsed.country_code, national_number=0)
        names = time_zones_for_geographical_number(country)
    else:
        names = time_zones_for_number(parsed)
    return tuple(place for name in names if name != UNKNOWN_TIMEZONE and (place := _known(name)))


def _known(name: str) -> ZoneInfo | None:
    try:
        return zone(name)
    except UnknownZone:
        return None


def _read(text: str, country: str | None = None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _canonical(text: str, country: str | None = None) -> str | None:
    """Return the E.164 form of a possible number, without what is only dialled, such as the 0 in +44 0."""
    number = _read(text, country)
    # Unlike is_possible_number, this refuses what can be dialled only within an area.
    possible = number and phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if number is None or not possible or number.extension:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164 if _E164.fullmatch(e164) else None


def _likely(text: str) -> str | None:
    """Return what the writer most likely meant, where punctuation, 00 or a missing +, +1 is all that is amiss."""
    if len(text) > 40 or not re.fullmatch(r"[-+0-9 ().\u00a0\u2011-\u2013/]+", text, re.ASCII):
        return None
    digits = re.sub("[^0-9]", "", text)
    if "+" in text:
        return _canonical(f"+{digits}")
    tries = [f"+{digits[2:]}"] if digits.startswith("00") else [f"+1{digits}", f"+{digits}"]
    canonical = [likely for attempt in tries if (likely := _canonical(attempt))]
    return next((likely for likely in canonical if phonenumbers.is_valid_number(phonenumbers.parse(likely))), None)
