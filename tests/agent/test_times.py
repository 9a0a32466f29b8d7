"""Times people wish for become windows; what can be read two ways is marked."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.decision import RequestedTime
from agent.times import requested_time
from tests.agent.situations import CLEANING, answering

NEW_YORK = ZoneInfo("America/New_York")


def read(text: str, **given: object) -> RequestedTime | None:
    return requested_time(text, CLEANING, answering(text, **given))


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


# It is Monday, June 8, 10:00 in New York; the visit is on Tuesday at 3 PM.
@pytest.mark.parametrize(
    ("text", "words", "start", "end"),
    [
        ("Thursday after 3", "Thursday after 3", local(6, 11, 15), local(6, 12)),
        ("can we do next week same time?", "next week same time", local(6, 16, 15), local(6, 16, 16)),
        ("tmrw 10ish", "tmrw 10ish", local(6, 9, 9, 30), local(6, 9, 10, 30)),
        ("el jueves por la tarde", "jueves por la tarde", local(6, 11, 12), local(6, 11, 18)),
        ("can we do 3 instead", "do 3", local(6, 9, 15), local(6, 9, 16)),
        ("no, make it 2:45", "make it 2:45", local(6, 9, 14, 45), local(6, 9, 15, 45)),
        ("the 14th", "the 14th", local(6, 14), local(6, 15)),
        ("June 14th at 4", "June 14th at 4", local(6, 14, 16), local(6, 14, 17)),
        ("how about friday morning", "friday morning", local(6, 12, 8), local(6, 12, 12)),
        ("between 2 and 4 on wednesday", "between 2 and 4 on wednesday", local(6, 10, 14), local(6, 10, 16)),
        ("2-4pm tues", "2-4pm tues", local(6, 9, 14), local(6, 9, 16)),
        ("can you push it back an hour", "push it back an hour", local(6, 9, 16), local(6, 9, 17)),
        ("30 min earlier please", "30 min earlier", local(6, 9, 14, 30), local(6, 9, 15, 30)),
        ("mañana a las 10", "mañana a las 10", local(6, 9, 10), local(6, 9, 11)),
        ("pasado mañana", "pasado mañana", local(6, 10), local(6, 11)),
        ("6/12 works", "6/12", local(6, 12), local(6, 13)),
        ("before noon", "before noon", local(6, 9, 8), local(6, 9, 12)),
        (
            "nächste Woche Dienstag um 10 Uhr",
            "nächste Woche Dienstag um 10 Uhr",
            local(6, 16, 10),
            local(6, 16, 11),
        ),
        ("Freitag vormittag", "Freitag vormittag", local(6, 12, 8), local(6, 12, 12)),
        ("jeudi à 15h", "jeudi à 15h", local(6, 11, 15), local(6, 11, 16)),
        ("amanhã às 10", "amanhã às 10", local(6, 9, 10), local(6, 9, 11)),
        ("I can't tuesday but wednesday is fine", "wednesday", local(6, 10), local(6, 11)),
        ("next monday", "next monday", local(6, 15), local(6, 16)),
        (
            "el 15 de junio a las 4 de la tarde",
            "15 de junio a las 4 de la tarde",
            local(6, 15, 16),
            local(6, 15, 17),
        ),
        ("next week", "next week", local(6, 15), local(6, 22)),
        ("1:15 pm on march 4th", "1:15 pm on march 4th", None, None),
    ],
)
def test_a_wish_is_a_window(text: str, words: str, start: datetime | None, end: datetime | None) -> None:
    wish = read(text)
    assert wish is not None
    assert wish.text == words
    assert not wish.unsure
    if start is not None:
        assert (wish.start, wish.end) == (start, end)
    else:
        assert wish.start == datetime(2027, 3, 4, 13, 15, tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    "text", ["at 7", "next thursday", "monday or tuesday", "in two weeks", "move it 2 hours", "monday"]
)
def test_what_can_be_read_two_ways_is_marked(text: str) -> None:
    wish = read(text)
    assert wish is not None
    assert wish.unsure


@pytest.mark.parametrize("text", ["", "another day please", "I have 2 kids", "call me", "later", "room 4", "yes"])
def test_texts_that_name_no_time(text: str) -> None:
    assert read(text) is None


def test_a_numeric_date_is_read_as_the_region_writes_it() -> None:
    for region, day in (("US", local(7, 6)), ("GB", local(6, 7))):
        wish = read("7/6", region=region)
        assert wish is not None
        if region == "US":
            assert (wish.start, wish.unsure) == (day, False)
        else:
            assert wish.unsure


def test_a_window_crosses_the_clock_change_as_the_wall_clock_does() -> None:
    wish = read("november 1st at 3 pm")
    assert wish is not None
    assert wish.start == datetime(2026, 11, 1, 20, 0, tzinfo=UTC)
