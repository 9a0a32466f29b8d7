"""Systems that send everything again every few minutes: only what differs does anything."""

from typing import Any

import pytest
from sqlmodel import select

from appointments.changing import Outcome
from models.appointment import Confirmation, Visit
from models.errors import Conflict
from models.event import Event
from models.message import Status
from tests.appointments.conftest import ANA, ASK, TELL, Practice

FRIDAY, NEXT_WEEK = "2026-03-06T15:00:00", "2026-03-12T11:00:00"


async def send(practice: Practice, **fields: Any) -> Outcome:
    """Send the appointment 4711 as its system has it."""
    return await practice.book(external_id="4711", **fields)


async def number_of_events(practice: Practice) -> int:
    """Count everything that was recorded."""
    async with practice.database.read() as session:
        return len((await session.exec(select(Event))).all())


async def test_what_is_sent_again_unchanged_leaves_no_trace(practice: Practice) -> None:
    first = await send(practice, service="Cleaning", metadata={"chart": "17"})
    events, reminders = await number_of_events(practice), await practice.reminders(first.appointment.id)
    for _ in range(2):
        again = await send(practice, service="Cleaning", metadata={"chart": "17"})
        assert (again.created, again.changed) == (False, ())
    assert await number_of_events(practice) == events
    assert await practice.reminders(first.appointment.id) == reminders
    assert (await practice.appointment(first.appointment.id)).version == 1


async def test_what_differs_is_named(practice: Practice) -> None:
    id = (await send(practice, service="Cleaning")).appointment.id
    changed = await send(
        practice,
        service="Crown",
        starts_at=NEXT_WEEK,
        patient={"name": "Leo"},
        contact={**ANA, "language": "es"},
        metadata={"chart": "17"},
        confirmation="confirmed",
    )
    assert set(changed.changed) == {"service", "starts_at", "patient", "contact", "metadata", "confirmation"}
    assert await practice.happened(id) == ["created", "rescheduled", "confirmed"]


async def test_a_confirmation_survives_what_does_not_touch_it(practice: Practice) -> None:
    id = (await send(practice)).appointment.id
    await practice.change(id, confirmation="confirmed")
    await send(practice, service="Crown")
    assert (await practice.appointment(id)).confirmation is Confirmation.CONFIRMED
    await send(practice, service="Crown", starts_at=NEXT_WEEK)
    assert (await practice.appointment(id)).confirmation is Confirmation.PENDING


async def test_metadata_merges_by_key_and_null_takes_a_key_away(practice: Practice) -> None:
    id = (await send(practice, metadata={"chart": "17", "room": "2"})).appointment.id
    changed = await send(practice, metadata={"room": None, "floor": "1"})
    assert changed.changed == ("metadata",)
    assert (await practice.appointment(id)).custom == {"chart": "17", "floor": "1"}
    assert (await send(practice, metadata={"chart": "17"})).changed == ()


@pytest.mark.parametrize(
    ("stored", "older", "newer"),
    [(7, 6, 8), ("7", 6, "10"), ("2026-03-01T10:00:00Z", "2026-03-01T10:59:00+01:00", "2026-03-01T10:00:01Z")],
)
async def test_an_older_version_is_stale_and_a_newer_one_counts(
    practice: Practice, stored: int | str, older: int | str, newer: int | str
) -> None:
    id = (await send(practice, external_version=stored)).appointment.id
    stale = await send(practice, external_version=older, service="Crown")
    assert (stale.stale, stale.changed) == (True, ())
    assert (await practice.appointment(id)).service is None
    fresh = await send(practice, external_version=newer, service="Crown")
    assert (fresh.stale, fresh.changed) == (False, ("service",))


async def test_a_newer_version_without_a_difference_is_remembered_in_silence(practice: Practice) -> None:
    id = (await send(practice, external_version=1)).appointment.id
    assert (await send(practice, external_version=3)).changed == ()
    assert (await send(practice, external_version=2, service="Crown")).stale
    assert await practice.happened(id) == ["created"]


async def test_a_cancelled_visit_sent_again_stays_cancelled(practice: Practice) -> None:
    id = (await send(practice)).appointment.id
    await practice.change(id, status="cancelled")
    assert (await send(practice)).changed == ()
    with pytest.raises(Conflict) as refused:
        await send(practice, starts_at=NEXT_WEEK)
    assert refused.value.code == "appointment_already_cancelled"
    assert (await practice.appointment(id)).status is Visit.CANCELLED


async def test_a_cancelled_visit_reopens_only_by_an_explicit_status(practice: Practice) -> None:
    id = (await send(practice, confirmation="confirmed")).appointment.id
    await practice.change(id, status="cancelled")
    reopened = await send(practice, status="scheduled", starts_at=NEXT_WEEK)
    assert set(reopened.changed) == {"status", "starts_at"}
    appointment = await practice.appointment(id)
    assert (appointment.status, appointment.confirmation) == (Visit.SCHEDULED, Confirmation.PENDING)
    assert await practice.coming(id) == ["Wed 11:00", "Thu 09:00"]
    assert await practice.happened(id) == ["created", "cancelled", "reopened"]


async def test_a_new_number_under_the_same_name_is_the_same_person(practice: Practice) -> None:
    first = await send(practice)
    changed = await send(practice, contact={**ANA, "phone_number": "+12125550177"})
    assert changed.changed == ("contact",)
    assert changed.contact.id == first.contact.id
    assert {one.to_number for one in await practice.reminders(first.appointment.id)} == {"+12125550177"}
    assert await practice.coming(first.appointment.id) == ["Thu 15:00", "Fri 13:00"]


async def test_another_person_takes_the_visit_with_its_texts(practice: Practice) -> None:
    first = await send(practice)
    changed = await send(practice, contact={"name": "Bo Chen", "phone_number": "+12125550124"})
    assert changed.changed == ("contact_id",)
    assert changed.contact.id != first.contact.id
    assert {one.to_number for one in await practice.reminders(first.appointment.id)} == {"+12125550124"}


async def test_another_sender_takes_the_texts(practice: Practice) -> None:
    from tests.appointments.test_booking import another_number

    id = (await send(practice)).appointment.id
    number = await another_number(practice)
    changed = await send(practice, from_number=number.phone_number)
    assert set(changed.changed) == {"from_number", "agent_id"}
    assert {one.from_number for one in await practice.reminders(id)} == {number.phone_number}
    assert (await send(practice, agent_id=number.agent_id)).changed == ()


async def test_null_clears_and_absent_stays(practice: Practice) -> None:
    id = (await send(practice, service="Crown", patient={"name": "Leo"}, duration_minutes=30)).appointment.id
    changed = await send(practice, service=None, patient=None)
    assert set(changed.changed) == {"service", "patient"}
    appointment = await practice.appointment(id)
    assert (appointment.service, appointment.patient_name, appointment.duration_minutes) == (None, None, 30)


async def test_a_text_that_left_is_not_sent_again_for_the_same_time(practice: Practice) -> None:
    id = (await send(practice)).appointment.id
    [ask, _] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    await send(practice, contact={**ANA, "timezone": "America/Chicago"})
    assert await practice.coming(id) == ["Fri 13:00"]


async def test_two_systems_numbers_for_one_account_do_not_clash(practice: Practice) -> None:
    first = await send(practice)
    other = await practice.book()
    with pytest.raises(Conflict) as taken:
        await practice.change(other.appointment.id, external_id="4711")
    assert taken.value.param == "external_id"
    await practice.change(first.appointment.id, external_id=None)
    assert (await practice.change(other.appointment.id, external_id="4711")).changed == ("external_id",)


async def test_the_default_plan_can_be_asked_for_again(practice: Practice) -> None:
    id = (await send(practice, reminders=[ASK, TELL])).appointment.id
    assert (await send(practice, reminders=None, starts_at="2026-03-20T15:00:00")).changed == (
        "starts_at",
        "reminders",
    )
    assert [one.before for one in await practice.reminders(id) if one.state == "active"] == ["P7D", "P1D", "PT2H"]
    assert (await send(practice, reminders=None, starts_at="2026-03-20T15:00:00")).changed == ()
    assert (await send(practice, reminders=[], starts_at="2026-03-20T15:00:00")).changed == ("reminders",)
    assert await practice.coming(id) == []
