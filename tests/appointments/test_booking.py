"""Booking an appointment: what is stored, what is texted when, what is refused."""

from typing import Any

import pytest

from appointments.checking import check
from appointments.fields import Asked
from models.agent import Agent
from models.appointment import Confirmation, Visit
from models.errors import Fault, Faults, NotFound, NotPermitted
from models.phone_number import Carrier, PhoneNumber
from models.reminder import ReminderState
from tests.appointments.conftest import ANA, ASK, TELL, Practice, local


async def test_a_booking_plans_its_texts_before_the_start(practice: Practice) -> None:
    booked = await practice.book()
    assert booked.created
    assert await practice.coming(booked.appointment.id) == ["Thu 15:00", "Fri 13:00"]
    assert await practice.happened(booked.appointment.id) == ["created"]


async def test_without_reminders_the_default_plan_is_used(practice: Practice) -> None:
    booked = await practice.book(reminders=None, starts_at="2026-03-20T15:00:00")
    reminders = await practice.reminders(booked.appointment.id)
    assert [reminder.before for reminder in reminders] == ["P7D", "P1D", "PT2H"]
    assert [reminder.only_if for reminder in reminders] == [[], [], ["unconfirmed"]]
    assert "Reply YES" in reminders[1].message


async def test_the_default_plan_speaks_the_contacts_language(practice: Practice) -> None:
    booked = await practice.book(reminders=None, contact={**ANA, "language": "es-MX"})
    reminders = await practice.reminders(booked.appointment.id)
    assert any("Responda SI" in reminder.message for reminder in reminders)


async def test_an_empty_list_of_reminders_means_no_texts(practice: Practice) -> None:
    booked = await practice.book(reminders=[])
    assert await practice.reminders(booked.appointment.id) == []


async def test_hours_elapse_and_days_keep_the_time_on_the_wall(practice: Practice) -> None:
    # On Sunday 8 March the clocks in New York go forward: Saturday to Monday is 47 hours.
    ask = {"message": "Reply YES or NO."}
    booked = await practice.book(
        starts_at="2026-03-09T15:00:00", reminders=[{"before": "PT48H", **ask}, {"before": "P2D", **ask}]
    )
    assert await practice.coming(booked.appointment.id) == ["Sat 14:00", "Sat 15:00"]


async def test_a_day_before_may_name_its_time(practice: Practice) -> None:
    booked = await practice.book(reminders=[{"before": "P1D", "message": "Hello", "at": "10:00"}])
    assert await practice.coming(booked.appointment.id) == ["Thu 10:00"]


async def test_an_offset_fixes_the_instant_and_never_the_zone(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-03-06T12:00:00-08:00")
    assert local(booked.appointment.starts_at) == "Fri 15:00"
    assert booked.appointment.timezone == "America/New_York"


async def test_a_local_start_is_read_in_the_zone_given(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-03-06T12:00:00", timezone="America/Los_Angeles")
    assert local(booked.appointment.starts_at) == "Fri 15:00"
    assert booked.appointment.timezone == "America/Los_Angeles"


async def test_a_visit_in_the_past_is_stored_and_gets_no_texts(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-02-20T15:00:00")
    reminders = await practice.reminders(booked.appointment.id)
    assert {reminder.state for reminder in reminders} == {ReminderState.FINISHED}
    assert await practice.flags(booked.appointment.id) == []


async def test_booked_late_the_latest_text_that_asks_is_sent_at_once(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-03-02T18:00:00")
    assert await practice.coming(booked.appointment.id) == ["Mon 10:00", "Mon 16:00"]


async def test_booked_under_two_hours_ahead_nothing_is_sent_at_once(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-03-02T11:30:00")
    reminders = await practice.reminders(booked.appointment.id)
    assert {reminder.state for reminder in reminders} == {ReminderState.FINISHED}
    assert all(reminder.why and "had passed" in reminder.why for reminder in reminders)


async def test_somebody_without_a_phone_is_booked_and_not_texted(practice: Practice) -> None:
    booked = await practice.book(contact={"name": "Walter", "phone_number": None})
    assert booked.contact.reachability == "no_phone"
    assert await practice.coming(booked.appointment.id) == []
    assert {one.why for one in await practice.reminders(booked.appointment.id)} == {
        "skipped: the contact has no phone number"
    }


async def test_an_import_brings_what_was_answered_and_what_became_of_it(practice: Practice) -> None:
    booked = await practice.book(confirmation="confirmed", status="completed")
    assert booked.appointment.confirmation is Confirmation.CONFIRMED
    assert booked.appointment.status is Visit.COMPLETED
    assert booked.appointment.confirmation_by == booked.appointment.status_by == "api"
    assert await practice.coming(booked.appointment.id) == []


async def test_a_cancelled_visit_can_be_imported_and_reopened_with_its_texts(practice: Practice) -> None:
    booked = await practice.book(status="cancelled")
    assert await practice.coming(booked.appointment.id) == []
    await practice.change(booked.appointment.id, status="scheduled")
    assert await practice.coming(booked.appointment.id) == ["Thu 15:00", "Fri 13:00"]


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"starts_at": "soon"}, "starts_at", "invalid_parameter"),
        ({"starts_at": "2026-03-06T25:00:00"}, "starts_at", "invalid_parameter"),
        ({"timezone": "Mars/Olympus"}, "timezone", "invalid_timezone"),
        (
            {"contact": {"name": "Ana", "phone_number": "2125550123"}},
            "contact.phone_number",
            "invalid_phone_number",
        ),
        ({"contact": {}}, "contact.name", "invalid_parameter"),
        ({"contact": {**ANA, "language": "klingon"}}, "contact.language", "invalid_parameter"),
        ({"contact": {**ANA, "timezone": "EDT"}}, "contact.timezone", "invalid_timezone"),
        ({"contact_id": "con_1"}, "contact_id", "invalid_parameter"),
        ({"duration_minutes": 0}, "duration_minutes", "invalid_parameter"),
        ({"service": "x" * 201}, "service", "invalid_parameter"),
        ({"external_id": ""}, "external_id", "invalid_parameter"),
        ({"external_version": "newest"}, "external_version", "invalid_parameter"),
        ({"status": "gone"}, "status", "invalid_parameter"),
        ({"confirmation": "unreachable"}, "confirmation", "invalid_parameter"),
        ({"plan_id": "plan_1", "reminders": []}, "reminders", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "-P1D"}]}, "reminders[0].before", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "PT0S"}]}, "reminders[0].before", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "P1M"}]}, "reminders[0].before", "invalid_parameter"),
        ({"reminders": [{"message": "Hi"}]}, "reminders[0].before", "invalid_parameter"),
        ({"reminders": [{"before": "P1D"}]}, "reminders[0].message", "invalid_parameter"),
        (
            {"reminders": [{"before": "P1D", "message": "Hi {{contact.nme}}"}]},
            "reminders[0].message",
            "unknown_template_variable",
        ),
        ({"reminders": [{**ASK, "message": "x" * 1601}]}, "reminders[0].message", "message_too_long"),
        ({"reminders": [{**ASK, "only_if": ["happy"]}]}, "reminders[0].only_if", "invalid_parameter"),
        ({"reminders": [{**ASK, "at": "10:00"}]}, "reminders[0].at", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "P1D", "at": "10 am"}]}, "reminders[0].at", "invalid_parameter"),
        ({"reminders": [{**ASK, "move": "sideways"}]}, "reminders[0].move", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "P1D", "at": "T1000"}]}, "reminders[0].at", "invalid_parameter"),
        ({"reminders": [{**ASK, "before": "P1D", "at": "24:00"}]}, "reminders[0].at", "invalid_parameter"),
        ({"reminders": [ASK, TELL, ASK]}, "reminders[2]", "invalid_parameter"),
        (
            {"reminders": [{"before": f"PT{n}H", "message": "Hi"} for n in range(1, 22)]},
            "reminders",
            "too_many_items",
        ),
        ({"metadata": {"": "x"}}, "metadata", "invalid_parameter"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], param: str, code: str) -> None:
    asked = Asked({"contact": ANA, "starts_at": "2026-03-06T15:00:00", **fields})  # type: ignore[typeddict-item]  # wrong on purpose
    with pytest.raises(Faults) as wrong:
        check(asked, account_timezone="America/New_York")
    assert [(fault.param, fault.code) for fault in wrong.value.faults] == [(param, code)]


def test_who_and_when_are_required() -> None:
    with pytest.raises(Faults) as wrong:
        check(Asked({}), account_timezone="America/New_York")
    assert [fault.param for fault in wrong.value.faults] == ["starts_at", "contact"]


async def another_number(practice: Practice) -> PhoneNumber:
    """Give the practice a second agent with a number of its own."""
    async with practice.database.write() as session:
        agent = Agent(account_id=practice.account_id, name="Night desk")
        session.add(agent)
        await session.flush()
        number = PhoneNumber(
            account_id=practice.account_id,
            agent_id=agent.id,
            phone_number="+12125550101",
            carrier=Carrier.SANDBOX,
            twilio_sid="AC1",
            twilio_token_encrypted="",
        )
        session.add(number)
    return number


async def test_a_named_agent_texts_from_its_own_number(practice: Practice) -> None:
    number = await another_number(practice)
    booked = await practice.book(agent_id=number.agent_id)
    assert booked.appointment.phone_number_id == number.id
    assert {one.from_number for one in await practice.reminders(booked.appointment.id)} == {"+12125550101"}


async def test_a_named_number_texts_as_its_own_agent(practice: Practice) -> None:
    number = await another_number(practice)
    booked = await practice.book(from_number="+12125550101")
    assert booked.appointment.agent_id == number.agent_id


async def test_senders_that_do_not_fit_are_refused(practice: Practice) -> None:
    await another_number(practice)
    with pytest.raises(NotFound) as missing:
        await practice.book(agent_id="agent_missing")
    assert missing.value.code == "agent_not_found"
    for fields in (
        {"from_number": "+12125550199"},
        {"agent_id": practice.agent_id, "from_number": "+12125550101"},
    ):
        with pytest.raises(NotPermitted) as refused:
            await practice.book(**fields)
        assert (refused.value.code, refused.value.param) == ("from_number_not_owned", "from_number")


async def test_without_a_number_only_visits_without_texts_are_booked(practice: Practice) -> None:
    async with practice.database.write() as session:
        number = await session.get_one(PhoneNumber, practice.number_id)
        number.deleted_at = number.created_at
        session.add(number)
    with pytest.raises(Fault) as refused:
        await practice.book()
    assert refused.value.param == "from_number"
    booked = await practice.book(reminders=[])
    assert booked.appointment.phone_number_id is None


async def test_a_named_plan_that_does_not_exist_is_not_found(practice: Practice) -> None:
    with pytest.raises(NotFound) as missing:
        await practice.book(plan_id="plan_1", reminders=None)
    assert missing.value.code == "plan_not_found"


async def test_a_number_imported_later_sends_what_is_asked_for_later(practice: Practice) -> None:
    async def set_deleted(deleted: bool) -> None:
        async with practice.database.write() as session:
            number = await session.get_one(PhoneNumber, practice.number_id)
            number.deleted_at = number.created_at if deleted else None
            session.add(number)

    await set_deleted(True)
    id = (await practice.book(reminders=[])).appointment.id
    await set_deleted(False)
    await practice.change(id, reminders=[TELL])
    assert await practice.coming(id) == ["Fri 13:00"]
    assert (await practice.appointment(id)).agent_id == practice.agent_id
