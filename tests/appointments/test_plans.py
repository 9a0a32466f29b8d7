"""Plans: which one an appointment gets, what it takes from it, and what it keeps when the plan changes."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, select

from appointments.booking import book_all
from appointments.changing import Outcome
from appointments.contacts import update_contact
from appointments.deadline import OverdueConfirmations
from appointments.declining import decline
from appointments.fields import AppointmentFields, Asked, ContactFields, PlanFields, ReminderFields
from appointments.plan_view import plan_of
from appointments.plans import change_plan, create_plan, delete_plan, missing_languages
from models.account import Account
from models.appointment import Confirmation, Decline, Overdue, Visit
from models.correction import Correction
from models.errors import Fault, Faults, NotFound, Overtaken
from models.event import REPLY, Actor
from models.message import Status
from models.plan import Plan
from models.reminder import ReminderState
from tests.appointments.conftest import ANA, API, ASK, STAFF, TELL, Practice

DAY: ReminderFields = {
    "before": "P1D",
    "message": {"en": "Visit at {{appointment.time}}. Reply YES or NO.", "es": "Cita a las {{appointment.time}}."},
}
LUIS: ContactFields = {"name": "Luis Paz", "phone_number": "+12125550124", "language": "es-MX"}


async def plan(practice: Practice, reminders: Sequence[ReminderFields] = (DAY,), **fields: object) -> Plan:
    """Make a plan."""
    asked = cast(PlanFields, {"name": "Cadence", "reminders": list(reminders), **fields})
    async with practice.database.write() as session:
        return await create_plan(session, practice.account_id, asked, [], by=API)


async def edit(practice: Practice, plan_id: str, **fields: object) -> Plan:
    """Change a plan."""
    async with practice.database.write() as session:
        return await change_plan(
            session, practice.account_id, plan_id, cast(PlanFields, fields), [], by=API, expected_version=None
        )


async def said(practice: Practice, id: str) -> list[str]:
    """The messages of an appointment's jobs that are still to come."""
    return [job.message for job in await practice.reminders(id) if job.state is ReminderState.ACTIVE]


async def test_an_appointment_gets_the_texts_of_the_plan_it_names(practice: Practice) -> None:
    made = await plan(practice, [DAY, TELL])
    booked = await practice.book(plan_id=made.id, reminders=None)
    assert booked.appointment.plan_id == made.id
    assert await practice.coming(booked.appointment.id) == ["Thu 15:00", "Fri 13:00"]


async def test_without_a_plan_the_default_stands_and_without_that_the_built_in_one(practice: Practice) -> None:
    built_in = await practice.book(reminders=None)
    assert built_in.appointment.plan_id is None
    assert await practice.coming(built_in.appointment.id) == ["Thu 15:00", "Fri 13:00"]
    made = await plan(practice, [TELL], default=True)
    planned = await practice.book(reminders=None)
    assert planned.appointment.plan_id == made.id
    assert await practice.coming(planned.appointment.id) == ["Fri 13:00"]
    own = await practice.book()
    assert own.appointment.plan_id is None
    await edit(practice, made.id, default=False)
    assert (await practice.book(reminders=None)).appointment.plan_id is None


async def test_one_plan_is_the_default(practice: Practice) -> None:
    first = await plan(practice, default=True)
    second = await plan(practice, default=True)
    async with practice.database.read() as session:
        assert not (await session.get_one(Plan, first.id)).is_default
    await edit(practice, first.id, default=True)
    async with practice.database.read() as session:
        assert (await session.get_one(Plan, first.id)).is_default
        assert not (await session.get_one(Plan, second.id)).is_default


async def test_of_two_that_are_marked_at_one_time_one_is_the_default(practice: Practice) -> None:
    standing = await plan(practice, default=True)
    await asyncio.gather(
        *(plan(practice, default=True) for _ in range(3)), edit(practice, standing.id, default=True)
    )
    async with practice.database.read() as session:
        assert len((await session.exec(select(Plan).where(col(Plan.is_default)))).all()) == 1


async def test_the_text_is_in_the_contacts_language_and_follows_it(practice: Practice) -> None:
    made = await plan(practice)
    booked = await practice.book(contact=LUIS, plan_id=made.id, reminders=None)
    id = booked.appointment.id
    assert await said(practice, id) == ["Cita a las {{appointment.time}}."]
    async with practice.database.write() as session:
        account = await session.get_one(Account, practice.account_id)
        await update_contact(session, account, booked.contact.id, {"language": "fr"}, by=API)
    # There is no French: the English text asks, and that is the fallback.
    assert await said(practice, id) == ["Visit at {{appointment.time}}. Reply YES or NO."]
    assert len(await practice.reminders(id)) == 1


async def test_a_language_that_is_missing_is_warned_of(practice: Practice) -> None:
    made = await plan(practice, [DAY, TELL, {"before": "P2D", "message": {"es": "Hola."}}])
    assert missing_languages(made) == [
        "reminders[1].message is one text for every language: give one for each of en, es.",
        "reminders[2].message has no text in en: such people get the one in es.",
    ]
    assert missing_languages(await plan(practice, [ASK, TELL])) == []


async def test_business_days_leave_out_weekends_and_holidays(practice: Practice) -> None:
    made = await plan(practice, [{"business_days": 2, "at": "10:00", "message": "Soon."}])
    # Monday the 9th: Friday the 6th and Thursday the 5th are the two open days before.
    booked = await practice.book(starts_at="2026-03-09T15:00:00", plan_id=made.id, reminders=None)
    assert await practice.coming(booked.appointment.id) == ["Thu 10:00"]
    async with practice.database.write() as session:
        (await session.get_one(Account, practice.account_id)).skip_holidays = "US"
    # Tuesday 26 May 2026 follows Memorial Day: the open days before are Friday and Thursday.
    booked = await practice.book(starts_at="2026-05-26T15:00:00", plan_id=made.id, reminders=None)
    assert await practice.coming(booked.appointment.id) == ["Thu 10:00"]
    moved = await practice.change(booked.appointment.id, starts_at="2026-05-28T15:00:00")
    assert await practice.coming(moved.appointment.id) == ["Tue 10:00"]


async def test_a_text_on_booking_leaves_at_once_and_never_again(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    made = await plan(practice, [{"on": "booked", "message": "You are booked."}, TELL])
    booked = await practice.book(plan_id=made.id, reminders=None)
    id = booked.appointment.id
    assert await practice.coming(id) == ["Mon 10:00", "Fri 13:00"]
    await practice.text((await practice.reminders(id))[0], Status.DELIVERED)
    clock.tick(timedelta(hours=5))
    await practice.change(id, starts_at="2026-03-06T17:00:00")
    assert await practice.coming(id) == ["Fri 15:00"]


async def test_a_text_on_booking_that_waits_for_its_hours_survives_a_move(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(timedelta(hours=12))  # Monday 22:00 in New York
    made = await plan(practice, [{"on": "booked", "message": "You are booked."}])
    id = (await practice.book(plan_id=made.id, reminders=None)).appointment.id
    assert await practice.coming(id) == ["Tue 08:00"]
    clock.tick(timedelta(hours=1))
    await practice.change(id, starts_at="2026-03-06T17:00:00")
    assert await practice.coming(id) == ["Tue 08:00"]


async def test_a_booking_is_not_told_beside_the_question_that_leaves_at_once(practice: Practice) -> None:
    made = await plan(practice, [{"on": "booked", "message": "You are booked."}, DAY])
    booked = await practice.book(starts_at="2026-03-02T20:00:00", plan_id=made.id, reminders=None)
    assert await said(practice, booked.appointment.id) == ["Visit at {{appointment.time}}. Reply YES or NO."]


async def test_another_plan_plans_anew_and_the_same_one_changes_nothing(practice: Practice) -> None:
    made, other = await plan(practice), await plan(practice, [TELL], confirm_by="P1D")
    id = (await practice.book(plan_id=made.id, reminders=None)).appointment.id
    assert (await practice.change(id, plan_id=made.id)).changed == ()
    changed = await practice.change(id, plan_id=other.id)
    assert set(changed.changed) == {"plan_id", "confirm_by"}
    assert await practice.coming(id) == ["Fri 13:00"]
    assert (await practice.appointment(id)).overdue_at is not None
    own = await practice.change(id, reminders=[ASK])
    assert set(own.changed) == {"plan_id", "reminders"}
    assert own.appointment.plan_id is None


async def test_another_plan_does_not_ask_again_at_once(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    made = await plan(practice, [{"before": "P3D", "message": "Reply YES or NO."}])
    other = await plan(practice, [{"before": "P2D", "message": "Can you come? Reply YES or NO."}, TELL])
    id = (await practice.book(plan_id=made.id, reminders=None)).appointment.id
    clock.move_to("2026-03-04T21:00:00Z")
    await practice.text((await practice.reminders(id))[0], Status.DELIVERED)
    await practice.change(id, plan_id=other.id)
    assert await practice.coming(id) == ["Fri 13:00"]


async def test_an_upsert_and_a_batch_take_a_plan(practice: Practice) -> None:
    made, other = await plan(practice), await plan(practice, [TELL])
    items = [
        AppointmentFields(contact=ANA, starts_at="2026-03-06T15:00:00", external_id=f"v{n}", plan_id=plan_id)
        for n, plan_id in ((1, made.id), (2, "plan_nowhere"), (1, other.id), (1, other.id))
    ]
    async with practice.database.write() as session:
        first, unknown, again, same = await book_all(
            session, practice.account_id, [Asked(item) for item in items], by=API
        )
    assert isinstance(unknown, Fault)
    assert (unknown.code, unknown.param) == ("plan_not_found", "plan_id")
    assert isinstance(first, Outcome)
    assert isinstance(again, Outcome)
    assert isinstance(same, Outcome)
    assert (again.changed, same.changed) == (("plan_id",), ())
    assert await practice.coming(first.appointment.id) == ["Fri 13:00"]


async def test_a_plan_that_changes_or_goes_leaves_what_was_planned(practice: Practice) -> None:
    made = await plan(practice, [TELL], default=True)
    id = (await practice.book(reminders=None)).appointment.id
    await edit(practice, made.id, reminders=[ASK], on_decline="cancel", confirm_by="P1D")
    async with practice.database.write() as session:
        await delete_plan(session, practice.account_id, made.id, by=API)
    await practice.change(id, starts_at="2026-03-06T16:00:00")
    assert await practice.coming(id) == ["Fri 14:00"]
    kept = await practice.appointment(id)
    assert (kept.plan_id, kept.on_decline, kept.confirm_by) == (made.id, Decline.FLAG, None)
    assert (await practice.book(reminders=None)).appointment.plan_id is None
    with pytest.raises(NotFound) as gone:
        await practice.book(plan_id=made.id, reminders=None)
    assert gone.value.code == "plan_not_found"


async def test_another_accounts_plan_is_not_there(practice: Practice) -> None:
    async with practice.database.write() as session:
        account = Account(name="Elsewhere")
        session.add(account)
        await session.flush()
        asked = PlanFields(name="Theirs", reminders=[DAY])
        theirs = await create_plan(session, account.id, asked, [], by=API)
    with pytest.raises(NotFound):
        await practice.book(plan_id=theirs.id, reminders=None)


async def test_the_plans_deadline_counts_where_the_appointment_says_none(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    made = await plan(practice, confirm_by="PT12H", on_overdue="release")
    taken = await practice.book(plan_id=made.id, reminders=None)
    assert (taken.appointment.confirm_by, taken.appointment.on_overdue) == ("PT12H", Overdue.RELEASE)
    own = await practice.book(plan_id=made.id, reminders=None, confirm_by=None)
    assert (own.appointment.confirm_by, own.appointment.overdue_at) == (None, None)
    clock.move_to("2026-03-06T08:30:00Z")
    await OverdueConfirmations(practice.database).run_due()
    assert (await practice.appointment(taken.appointment.id)).status is Visit.CANCELLED
    assert (await practice.appointment(own.appointment.id)).status is Visit.SCHEDULED


@pytest.mark.parametrize("by", [REPLY, API, STAFF], ids=str)
async def test_a_no_cancels_the_visit_if_the_plan_says_so(practice: Practice, by: Actor) -> None:
    made = await plan(practice, on_decline="cancel")
    id = (await practice.book(plan_id=made.id, reminders=None)).appointment.id
    await practice.text((await practice.reminders(id))[0], Status.DELIVERED)
    for _ in range(2):
        async with practice.database.write() as session:
            appointment, _ = await decline(session, practice.account_id, id, by=by)
    assert (appointment.status, appointment.confirmation) == (Visit.CANCELLED, Confirmation.DECLINED)
    assert await practice.happened(id) == ["created", "declined", "cancelled"]
    async with practice.database.read() as session:
        query = select(Correction).where(Correction.appointment_id == id, col(Correction.settled_at).is_(None))
        assert (await session.exec(query)).all() == []


async def test_by_default_a_no_only_holds_the_texts(practice: Practice) -> None:
    made = await plan(practice)
    id = (await practice.book(plan_id=made.id, reminders=None)).appointment.id
    async with practice.database.write() as session:
        appointment, _ = await decline(session, practice.account_id, id, by=REPLY)
    assert appointment.status is Visit.SCHEDULED


async def test_a_no_in_a_change_cancels_unless_it_names_a_status(practice: Practice) -> None:
    made = await plan(practice, on_decline="cancel")
    id = (await practice.book(plan_id=made.id, reminders=None, external_id="v1")).appointment.id
    stays = await practice.change(id, confirmation="declined", status="scheduled")
    assert stays.appointment.status is Visit.SCHEDULED
    await practice.change(id, confirmation="pending")
    gone = await practice.change(id, confirmation="declined")
    assert gone.appointment.status is Visit.CANCELLED
    assert set(gone.changed) == {"status", "confirmation"}
    assert (await practice.change(id, confirmation="declined")).changed == ()
    booked = await practice.book(plan_id=made.id, reminders=None, confirmation="declined")
    assert booked.appointment.status is Visit.CANCELLED
    assert await practice.coming(booked.appointment.id) == []


@pytest.mark.parametrize(
    ("reminder", "param"),
    [
        ({"message": "Hi."}, "before"),
        ({"before": "P1D", "on": "booked", "message": "Hi."}, "on"),
        ({"before": "P1D", "business_days": 1, "message": "Hi."}, "business_days"),
        ({"business_days": 0, "message": "Hi."}, "business_days"),
        ({"on": "booked", "at": "10:00", "message": "Hi."}, "at"),
        ({"on": "cancelled", "message": "Hi."}, "on"),
        ({"before": "P1D", "message": {}}, "message"),
        ({"before": "P1D", "message": {"english": "Hi."}}, "message"),
        ({"before": "P1D", "message": {"en": "Hi.", "es": " "}}, "message.es"),
        ({"before": "P1D", "message": {"en": "{{nobody}}"}}, "message.en"),
    ],
)
async def test_a_text_that_makes_no_sense_is_refused(practice: Practice, reminder: object, param: str) -> None:
    with pytest.raises(Faults) as wrong:
        await plan(practice, [cast(ReminderFields, reminder)])
    assert [fault.param for fault in wrong.value.faults] == [f"reminders[0].{param}"]


async def test_a_change_of_an_overtaken_version_is_refused(practice: Practice) -> None:
    made = await plan(practice)
    await edit(practice, made.id, name="Other")
    with pytest.raises(Overtaken):
        async with practice.database.write() as session:
            await change_plan(session, practice.account_id, made.id, {}, [], by=API, expected_version=1)


async def test_the_view_says_when_each_was_asked_for(practice: Practice) -> None:
    lines: list[ReminderFields] = [
        {"on": "booked", "message": "Booked."},
        {"business_days": 2, "message": "Soon."},
    ]
    made = await plan(practice, lines)
    booked = await practice.book(plan_id=made.id, reminders=None)
    async with practice.database.read() as session:
        account = await session.get_one(Account, practice.account_id)
        view = await plan_of(session, account, booked.appointment)
    assert [text["why"] for text in view] == [
        "asked for when the visit was booked",
        "asked for 2 business days before the start",
    ]
