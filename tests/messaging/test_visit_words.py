"""A visit's facts as they are said in texts: in the visit's zone, in the person's language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers

from messaging.segments import GSM_7, count_segments
from messaging.visit_words import (
    first_name,
    locale_of,
    say_date,
    say_time,
    say_weekday,
    visit_values,
    zone_abbreviation,
)

THREE = datetime(2026, 3, 12, 15, 0)
INSTANT = datetime(2026, 3, 12, 19, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("language", "date", "time", "weekday"),
    [
        ("en", "Thursday, March 12", "3:00 PM", "Thursday"),
        ("en-US", "Thursday, March 12", "3:00 PM", "Thursday"),
        ("en_GB", "Thursday 12 March", "15:00", "Thursday"),
        ("es", "jueves, 12 de marzo", "15:00", "jueves"),
        ("es-MX", "jueves, 12 de marzo", "3:00 p.m.", "jueves"),
        ("pt_BR", "quinta-feira, 12 de março", "15:00", "quinta-feira"),
        ("fr", "jeudi 12 mars", "15:00", "jeudi"),
        ("de", "Donnerstag, 12. März", "15:00", "Donnerstag"),
        ("ru", "четверг, 12 марта", "15:00", "четверг"),
        ("vi", "Thứ Năm, 12 tháng 3", "15:00", "Thứ Năm"),
    ],
)
def test_a_time_is_said_in_the_language(language: str, date: str, time: str, weekday: str) -> None:
    assert (say_date(THREE, language), say_time(THREE, language), say_weekday(THREE, language)) == (
        date,
        time,
        weekday,
    )


@pytest.mark.parametrize(
    "language", ["", "xx", "spanish", "../../en", "en-x-foo", "\x00", "\ud800", "-", "e" * 1000]
)
def test_a_language_nobody_knows_is_english(language: str) -> None:
    assert say_date(THREE, language) == "Thursday, March 12"


@pytest.mark.parametrize(("language", "locale"), [("ES-mx", "es_MX"), ("es-ZZ", "es"), ("zh-TW", "zh_Hant_TW")])
def test_a_language_tag_is_read_however_it_is_written(language: str, locale: str) -> None:
    assert str(locale_of(language)).startswith(locale)


def test_no_language_brings_special_spaces_or_loses_the_day() -> None:
    for language in locale_identifiers():
        said = say_date(THREE, language) + say_time(THREE, language) + say_weekday(THREE, language)
        assert "\u202f" not in said
        assert "\u00a0" not in said
        assert "12" in say_date(THREE, language)
    assert count_segments(say_date(THREE, "en") + say_time(THREE, "en")).encoding == GSM_7


@pytest.mark.parametrize(
    ("place", "abbreviation"),
    [
        ("America/New_York", "EDT"),
        ("Europe/London", "GMT"),
        ("Asia/Kolkata", "IST"),
        ("America/Sao_Paulo", "UTC-3"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/Marigot", "AST"),
        ("Etc/GMT+5", "UTC-5"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_has_an_abbreviation(place: str, abbreviation: str) -> None:
    assert zone_abbreviation(INSTANT, ZoneInfo(place)) == abbreviation


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ana Díaz", "Ana"),
        ("Díaz, Ana María", "Ana"),
        ("  ana  ", "ana"),
        ("Mr. Smith", "Mr. Smith"),
        ("Dr. Ana Díaz", "Ana"),
        ("Ana Lee, M.D.", "Ana"),
        ("King, Tom, Jr.", "Tom"),
        ("Smith,", "Smith"),
        ("", ""),
        (",", ""),
    ],
)
def test_a_person_is_called_by_the_first_name(name: str, called: str) -> None:
    assert first_name(name) == called


def test_a_visit_fills_every_variable() -> None:
    values = visit_values(
        account_name="Bright Smile",
        contact_name="Ana Díaz",
        patient_name="Tom Díaz",
        starts_at=INSTANT,
        place=NEW_YORK,
        service="cleaning",
        provider="Dr. Lee",
        location="12 Main St",
        metadata={"room": "4"},
    )
    assert values == {
        "account.name": "Bright Smile",
        "contact.name": "Ana Díaz",
        "contact.first_name": "Ana",
        "patient.name": "Tom Díaz",
        "patient.first_name": "Tom",
        "appointment.date": "Thursday, March 12",
        "appointment.time": "3:00 PM",
        "appointment.weekday": "Thursday",
        "appointment.service": "cleaning",
        "appointment.provider": "Dr. Lee",
        "appointment.location": "12 Main St",
        "metadata.room": "4",
    }


def test_the_contact_is_the_patient_where_none_is_named() -> None:
    values = visit_values(account_name="Bright Smile", contact_name="Ana Díaz")
    assert values["patient.name"] == "Ana Díaz"
    assert values["patient.first_name"] == "Ana"


def test_what_is_not_known_is_left_out() -> None:
    assert visit_values(account_name="Bright Smile", contact_name=None) == {"account.name": "Bright Smile"}


@pytest.mark.parametrize(
    ("contact_place", "time"),
    [
        ("America/Los_Angeles", "3:00 PM EDT"),
        ("America/New_York", "3:00 PM"),
        # Another name of the same clock needs no abbreviation.
        ("America/Toronto", "3:00 PM"),
    ],
)
def test_the_zone_is_said_where_the_contacts_clock_shows_another_time(contact_place: str, time: str) -> None:
    values = visit_values(
        account_name="Bright Smile",
        contact_name="Ana",
        starts_at=INSTANT,
        place=NEW_YORK,
        contact_place=ZoneInfo(contact_place),
    )
    assert values["appointment.time"] == time
    assert values["appointment.date"] == "Thursday, March 12"
