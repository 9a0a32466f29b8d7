"""Identifiers: their shape, their order, their being unique."""

import re
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from models.ids import new_id


def test_an_id_is_its_prefix_and_twenty_lower_case_letters_and_digits() -> None:
    assert re.fullmatch(r"rem_[0-9a-z]{20}", new_id("rem"))


def test_ids_made_in_the_same_millisecond_differ() -> None:
    with freeze_time("2026-03-12T19:00:00Z"):
        assert len({new_id("msg") for _ in range(1000)}) == 1000


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    start = datetime(2026, 3, 12, 19, tzinfo=UTC)
    made = []
    for milliseconds in (0, 1, 35, 36, 1295, 86_400_000, 10**12):
        with freeze_time(start + timedelta(milliseconds=milliseconds)):
            made.append(new_id("msg"))
    assert made == sorted(made)
