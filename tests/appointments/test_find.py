"""Finding appointments by what is known of them."""

from typing import Any

import pytest

from appointments.find import Filters, appointments_of, shown
from models.account import Account
from models.attention import Reason, open_item
from models.errors import Faults
from tests.appointments.conftest import Practice


async def found(practice: Practice, **filters: Any) -> set[str]:
    """Return the external ids of the appointments that pass the filters."""
    async with practice.database.read() as session:
        account = await session.get_one(Account, practice.account_id)
        rows = (await session.exec(appointments_of(account, Filters(**filters)))).all()
        return {row.external_id or "" for row in rows}


@pytest.fixture
async def day(practice: Practice) -> Practice:
    """A practice with three visits."""
    await practice.book(external_id="A-1", provider="Dr. Lee", patient={"name": "Émile O'Neil"})
    await practice.book(
        external_id="A-2",
        location="Room 2",
        contact={"name": "Bo_Chen 100%", "phone_number": "+447700900123"},
        starts_at="2026-03-07T00:00:00",
    )
    await practice.book(
        external_id="B-3",
        contact={"name": "Mary Ann Ruizdael", "phone_number": None},
        starts_at="2026-03-07T23:59:59",
        status="cancelled",
    )
    return practice


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"A-1", "A-2", "B-3"}),
    ({"status": "cancelled"}, {"B-3"}),
    ({"confirmation": "pending"}, {"A-1", "A-2", "B-3"}),
    ({"provider": "Dr. Lee"}, {"A-1"}),
    ({"location": "Room 2"}, {"A-2"}),
    ({"external_id": "B-3"}, {"B-3"}),
    ({"start": "2026-03-07"}, {"A-2", "B-3"}),
    ({"start": "2026-03-07", "end": "2026-03-08"}, {"A-2", "B-3"}),
    ({"end": "2026-03-07"}, {"A-1"}),
    ({"start": "2026-03-06T20:00:00Z", "end": "2026-03-06T20:00:01Z"}, {"A-1"}),
    ({"start": "2026-03-06T20:00:00.000001Z", "end": "2026-03-07T05:00:00Z"}, set()),
    ({"q": "ruiz"}, {"A-1", "B-3"}),
    ({"q": "ann"}, {"B-3"}),
    ({"q": "uiz"}, set()),
    ({"q": "mary  ann"}, {"B-3"}),
    ({"q": "o'neil"}, {"A-1"}),
    ({"q": "bo_"}, {"A-2"}),
    ({"q": "a_a"}, set()),
    ({"q": "100%"}, {"A-2"}),
    ({"q": "%"}, set()),
    ({"q": "\\"}, set()),
    ({"q": "A-"}, {"A-1", "A-2"}),
    ({"q": "+1 (212) 555"}, {"A-1"}),
    ({"q": "212555"}, {"A-1"}),
    ({"q": "07700 900123"}, set()),
    ({"q": "7700 900123"}, {"A-2"}),
    ({"q": "   "}, {"A-1", "A-2", "B-3"}),
]


async def test_each_filter_finds_what_it_names(day: Practice) -> None:
    told = [(filters, await found(day, **filters)) for filters, _ in CASES]
    assert told == CASES


async def test_what_needs_attention_is_found(day: Practice) -> None:
    booked = await day.book(external_id="C-4")
    async with day.database.write() as session:
        await open_item(session, day.account_id, Reason.QUESTION, appointment_id=booked.appointment.id)
    assert await found(day, needs_attention=True) == {"C-4"}
    assert await found(day, needs_attention=False) == {"A-1", "A-2", "B-3"}


async def test_both_ends_of_a_bad_range_are_told(day: Practice) -> None:
    with pytest.raises(Faults) as wrong:
        await found(day, start="yesterday", end="2026-13-01")
    assert [fault.param for fault in wrong.value.faults] == ["from", "to"]


async def test_each_is_shown_with_its_person_and_its_sender(practice: Practice) -> None:
    booked = await practice.book()
    async with practice.database.read() as session:
        [one] = await shown(session, [booked.appointment])
    assert one["contact"]["phone_number"] == "+12125550123"
    assert one["from_number"] == "+12125550100"
