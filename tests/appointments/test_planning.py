"""When each text of a plan leaves: the rules of sending hours, late bookings and texts too close together."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.default_plan import default_lines
from appointments.lines import Line
from appointments.planning import Occasion, Planned, plan
from messaging.compose import PAST_TOLERANCE
from messaging.hours import RecipientHours, SendingHours
from messaging.placement import LEAST_NOTICE, Move
from messaging.templates import render
from messaging.visit_words import visit_values

NEW_YORK = ZoneInfo("America/New_York")
HOURS = RecipientHours(SendingHours.parse({"start": "08:00", "end": "21:00"}), (NEW_YORK,), NEW_YORK)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ASK, TELL = "Reply YES or NO.", "See you soon."


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant in March 2026 by the clock of New York."""
    return datetime(2026, 3, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def planned(lines: list[Line], starts_at: datetime, now: datetime = LONG_AGO) -> list[Planned]:
    """Plan lines for a visit in New York."""
    return plan(lines, Occasion(starts_at, NEW_YORK, HOURS), now=now)


def test_a_text_that_asks_moves_to_the_evening_before() -> None:
    [text] = planned([Line("P1D", ASK)], at(12, 7, 10))
    assert text.at == at(10, 20)
    assert text.why == "moved from 07:10 to the evening before, 20:00: sending hours in America/New_York"


def test_another_text_moves_to_the_morning() -> None:
    [text] = planned([Line("P1D", TELL)], at(12, 7, 10))
    assert text.at == at(11, 8)


def test_a_line_may_say_where_it_moves() -> None:
    [later, earlier, skipped] = (
        planned([Line("P1D", message, move=move)], at(12, 7, 10))[0]
        for message, move in ((ASK, Move.LATER), (TELL, Move.EARLIER), (ASK, Move.SKIP))
    )
    assert (later.at, earlier.at) == (at(11, 8), at(10, 20))
    assert (skipped.at, skipped.forbidden) == (None, False)
    assert skipped.why == "skipped at 07:10: sending hours in America/New_York"


def test_what_is_skipped_outside_the_hours_leaves_as_asked_within_them() -> None:
    [text] = planned([Line("P1D", ASK, move=Move.SKIP)], at(12, 15))
    assert text.at == at(11, 15)


def test_a_text_never_moves_nearer_than_two_hours_to_the_visit() -> None:
    [text] = planned([Line("PT2H", TELL)], at(12, 9))
    assert text.at == at(11, 20)


def test_any_hour_lifts_the_hours() -> None:
    [text] = planned([Line("PT2H", TELL, any_hour=True)], at(12, 9))
    assert text.at == at(12, 7)


def test_a_text_with_no_hour_left_is_skipped_and_told() -> None:
    [text] = planned([Line("PT2H", TELL)], at(12, 9), now=at(11, 22))
    assert (text.at, text.forbidden) == (None, True)
    assert text.why is not None
    assert "sending hours in America/New_York" in text.why


def test_of_two_texts_that_moving_brings_together_the_nearer_one_goes() -> None:
    far, near = planned([Line("PT14H", TELL), Line("PT2H", TELL)], at(12, 9))
    assert near.at == at(11, 20)
    assert far.at is None
    assert far.why == "skipped: within 4 hours of the text of Wednesday, 20:00, which is nearer the visit"


def test_two_texts_asked_for_close_together_both_go() -> None:
    texts = planned([Line("PT3H", TELL), Line("PT2H", TELL)], at(12, 15))
    assert [text.at for text in texts] == [at(12, 12), at(12, 13)]


def test_two_texts_of_which_one_is_ever_sent_are_not_too_close() -> None:
    lines = [Line("PT14H", TELL, ("confirmed",)), Line("PT2H", TELL, ("unconfirmed",))]
    assert all(text.at is not None for text in planned(lines, at(12, 9)))


def test_a_late_booking_asks_at_once_and_keeps_what_is_still_to_come() -> None:
    texts = planned(list(default_lines("en")), at(12, 15), now=at(12, 10))
    assert [text.at for text in texts] == [None, at(12, 10), at(12, 13)]


def test_a_late_booking_at_night_asks_in_the_morning() -> None:
    texts = planned([Line("P1D", ASK)], at(12, 15), now=at(11, 22))
    assert [text.at for text in texts] == [at(12, 8)]


def test_nothing_is_asked_at_once_where_a_text_that_asks_is_still_to_come() -> None:
    texts = planned([Line("P1D", ASK), Line("PT2H", ASK)], at(12, 15), now=at(12, 10))
    assert [text.at for text in texts] == [None, at(12, 13)]


def test_a_moment_late_is_not_late() -> None:
    [text] = planned([Line("PT24H", TELL)], at(12, 15), now=at(11, 15) + timedelta(seconds=2))
    assert text.at == at(11, 15)


@given(
    start=st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 31)),
    ahead=st.timedeltas(timedelta(minutes=1), timedelta(days=20)),
    lines=st.lists(
        st.builds(
            Line,
            before=st.sampled_from(["P7D", "P1D", "PT24H", "PT10H", "PT3H", "PT2H", "PT30M"]),
            message=st.sampled_from([ASK, TELL]),
            any_hour=st.booleans(),
        ),
        max_size=5,
        unique=True,
    ),
)
def test_every_text_leaves_in_hours_before_the_visit_or_says_why_not(
    start: datetime, ahead: timedelta, lines: list[Line]
) -> None:
    starts_at = start.replace(tzinfo=NEW_YORK).astimezone(UTC)
    now = starts_at - ahead
    texts = planned(lines, starts_at, now=now)
    assert len(texts) == len(lines)
    for text in texts:
        if text.at is None:
            assert text.why
            continue
        assert now - PAST_TOLERANCE <= text.at < starts_at
        assert text.line.any_hour or HOURS.allows(text.at)
        if text.moved:
            assert text.why
            assert text.at <= starts_at - LEAST_NOTICE or text.at < text.nominal_at
    moved = [text for text in texts if text.moved]
    for one in moved:
        for other in texts:
            if other is not one and other.at is not None and one.at is not None:
                assert abs(one.at - other.at) >= timedelta(hours=4)


@pytest.mark.parametrize("language", [None, "en", "es-MX", "fr", "de-CH", "pt_BR", "zh"])
def test_one_text_of_the_default_plan_asks_in_every_language(language: str | None) -> None:
    assert [line.asks for line in default_lines(language)] == [False, True, False]


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "pt"])
def test_no_text_of_the_default_plan_says_the_weekday_twice(language: str) -> None:
    values = visit_values(
        account_name="Dr. Lee",
        contact_name="Ana",
        starts_at=at(12, 15),
        place=NEW_YORK,
        language=language,
    )
    for line in default_lines(language):
        assert render(line.message, values).text.count(values["appointment.weekday"]) == 1
