"""Phone numbers: what is taken, what is refused and with which advice, where a number is from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.phone_numbers import (
    InvalidPhoneNumber,
    is_short_code,
    is_toll_free,
    is_us_geographic,
    normalise,
    parse,
    region,
    zones,
)

EXAMPLE = r"such as \+12125550123"


@pytest.mark.parametrize(
    "number",
    [
        "+12125550100",
        "+12125550199",
        "+14165550123",
        "+18005550123",
        "+15005550006",
        "+447700900000",
        "+447700900999",
        "+61491570006",
        "+390612345678",
        "+5491123456789",
        "+525512345678",
    ],
)
def test_a_possible_number_in_e164_is_taken(number: str) -> None:
    assert parse(number) == number


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", EXAMPLE),
        ("abc", EXAMPLE),
        ("+", EXAMPLE),
        ("+1555", EXAMPLE),
        ("+15550123", EXAMPLE),
        ("5550123", EXAMPLE),
        ("40404", EXAMPLE),
        ("+0123456789", EXAMPLE),
        ("+430000", EXAMPLE),
        ("+999123456789", EXAMPLE),
        ("+121255501234", EXAMPLE),
        ("+1212555012345678", EXAMPLE),
        ("+12125550123\n", EXAMPLE),
        ("+12125550123\x00", EXAMPLE),
        ("tel:+12125550123", EXAMPLE),
        ("+12125550123;ext=5", EXAMPLE),
        ("+1212FLOWERS", EXAMPLE),
        ("+١٢١٢٥٥٥٠١٢٣", EXAMPLE),
        ("\uff0b12125550123", EXAMPLE),
        ("\ud800", EXAMPLE),
        ("1" * 100_000, EXAMPLE),
        ("2125550123", r"write \+12125550123"),
        ("12125550123", r"write \+12125550123"),
        ("(212) 555-0123", r"write \+12125550123"),
        ("212.555.0123", r"write \+12125550123"),
        ("+1 212 555 0123", r"write \+12125550123"),
        (" +12125550123", r"write \+12125550123"),
        ("+112125550123", r"write \+12125550123"),
        ("0044 20 7946 0000", r"write \+442079460000"),
        ("+44 (0)7700 900123", r"write \+447700900123"),
        ("+4407700900123", r"write \+447700900123"),
        ("61491570006", r"write \+61491570006"),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(InvalidPhoneNumber, match=says) as refused:
        parse(text)
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 200


@given(st.text(st.sampled_from("+0123456789 -()"), max_size=18))
@settings(max_examples=200, deadline=None)
def test_what_is_advised_is_taken(text: str) -> None:
    advice = _advice(text)
    if advice is not None:
        assert parse(advice) == advice


def _advice(text: str) -> str | None:
    """Return the number that the refusal of `text` says to write, None where it names none or there is none."""
    try:
        parse(text)
    except InvalidPhoneNumber as refused:
        _, _, advised = str(refused).rpartition(": write ")
        return advised if " " not in advised else None
    return None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("07700 900123", "GB", "+447700900123"),
        ("0491 570 006", "AU", "+61491570006"),
        ("+44 7700 900123", "US", "+447700900123"),
        ("1 212 555 0123", "US", "+12125550123"),
    ],
)
def test_a_number_as_people_write_it_becomes_e164(text: str, country: str, number: str) -> None:
    assert normalise(text, country) == number


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("5550123", "US"),
        ("212-555-0123 x5", "US"),
        ("none", "US"),
        ("2125550123", "XX"),
        ("2" * 100, "US"),
        ("", "GB"),
    ],
)
def test_what_is_no_whole_number_does_not(text: str, country: str) -> None:
    with pytest.raises(InvalidPhoneNumber, match=EXAMPLE):
        normalise(text, country)


@pytest.mark.parametrize(
    ("number", "country", "toll_free", "us_geographic"),
    [
        ("+12125550123", "US", False, True),
        ("+18005550123", "US", True, False),
        ("+18885550123", "US", True, False),
        ("+14165550123", "CA", False, False),
        ("+17875550123", "PR", False, False),
        ("+12425550123", "BS", False, False),
        ("+447700900123", "GB", False, False),
        ("+448001234567", "GB", True, False),
        ("+61491570006", "AU", False, False),
        ("+80012345678", None, True, False),
        ("+999123456789", None, False, False),
        ("40404", None, False, False),
        ("", None, False, False),
    ],
)
def test_a_number_tells_where_it_is_from(
    number: str, country: str | None, toll_free: bool, us_geographic: bool
) -> None:
    assert region(number) == country
    assert is_toll_free(number) is toll_free
    assert is_us_geographic(number) is us_geographic


@pytest.mark.parametrize(
    ("number", "names"),
    [
        ("+12125550123", ["America/New_York"]),
        ("+12135550123", ["America/Los_Angeles"]),
        ("+18765550123", ["America/Jamaica"]),
        ("+12085550123", ["America/Boise", "America/Los_Angeles"]),
        ("+33612345678", ["Europe/Paris"]),
        ("+88212345678", []),
        ("+999123456789", []),
        ("40404", []),
        ("", []),
    ],
)
def test_a_number_tells_its_zones(number: str, names: list[str]) -> None:
    assert [place.key for place in zones(number)] == names


def test_a_number_without_an_area_may_be_in_any_zone_of_its_country() -> None:
    assert len(zones("+18005550123")) > 30
    assert len(zones("+61491570006")) > 5
    assert {place.key for place in zones("+447700900123")} >= {"Europe/London"}


@pytest.mark.parametrize("sender", ["404", "40404", "894546", "12345678"])
def test_short_codes_are_known_as_such(sender: str) -> None:
    assert is_short_code(sender)


@pytest.mark.parametrize("sender", ["", "12", "123456789", "+40404", "Info", "٤٠٤٠٤", "40404\n"])
def test_other_senders_are_not_short_codes(sender: str) -> None:
    assert not is_short_code(sender)
