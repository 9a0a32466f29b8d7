"""What the person has said: who said it and when, what may follow what, what staff need not look at any more."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.confirming import (
    RequestedTime,
    confirm,
    mark_unreachable,
    note_lateness,
    request_reschedule,
)
from appointments.declining import decline
from appointments.visiting import arrive, complete, no_show
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason, open_item
from models.errors import Conflict, NotFound, Overtaken
from models.event import REPLY, Actor
from tests.appointments.conftest import API, STAFF, Practice

WISH = RequestedTime(
    "Thursday after 3", datetime(2026, 3, 12, 19, tzinfo=UTC), datetime(2026, 3, 12, 22, tzinfo=UTC)
)


async def test_a_reply_confirms_and_is_remembered(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        appointment, changed = await confirm(session, practice.account_id, id, by=REPLY)
    assert changed
    assert appointment.confirmation is Confirmation.CONFIRMED
    assert appointment.confirmation_by == "reply"
    assert appointment.confirmation_at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    event = (await practice.events(id))[-1]
    assert (event.type, event.actor_type) == ("appointment.confirmed", "reply")
    assert event.previous == {"confirmation": "pending", "confirmation_at": None, "confirmation_by": None}


@pytest.mark.parametrize("action", [confirm, decline])
async def test_an_answer_given_twice_is_one_event(
    practice: Practice, action: Callable[..., Awaitable[tuple[Appointment, bool]]]
) -> None:
    id = (await practice.book()).appointment.id
    for by, expected in ((REPLY, True), (STAFF, False)):
        async with practice.database.write() as session:
            appointment, changed = await action(session, practice.account_id, id, by=by)
        assert changed is expected
        assert appointment.confirmation_by == "reply"
    assert len(await practice.happened(id)) == 2


async def test_the_last_answer_wins_and_all_stand_on_the_timeline(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        await confirm(session, practice.account_id, id, by=REPLY)
        await decline(session, practice.account_id, id, by=REPLY)
        await request_reschedule(session, practice.account_id, id, WISH, by=REPLY)
        await confirm(session, practice.account_id, id, by=STAFF)
    assert await practice.happened(id) == [
        "created",
        "confirmed",
        "declined",
        "reschedule_requested",
        "confirmed",
    ]
    assert (await practice.appointment(id)).confirmation_by == "staff:dana@example.com"


async def test_a_wish_is_kept_flagged_and_settled_by_an_answer(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        appointment, _ = await request_reschedule(session, practice.account_id, id, WISH, by=REPLY)
    assert (appointment.requested_text, appointment.requested_from) == (WISH.text, WISH.start)
    assert await practice.flags(id) == [Reason.RESCHEDULE_REQUESTED]
    payload = (await practice.events(id))[-1].payload
    assert payload is not None
    assert payload["requested_time"] == {
        "text": "Thursday after 3",
        "from": "2026-03-12T19:00:00Z",
        "to": "2026-03-12T22:00:00Z",
    }
    assert [item["reason"] for item in payload["attention"]] == ["reschedule_requested"]
    async with practice.database.write() as session:
        appointment, _ = await confirm(session, practice.account_id, id, by=REPLY)
    assert appointment.requested_text is None
    assert await practice.flags(id) == []


async def test_a_second_wish_replaces_the_first(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    for wish, expected in ((WISH, True), (WISH, False), (RequestedTime("next month"), True)):
        async with practice.database.write() as session:
            _, changed = await request_reschedule(session, practice.account_id, id, wish, by=REPLY)
        assert changed is expected
    assert (await practice.appointment(id)).requested_from is None
    assert await practice.flags(id) == [Reason.RESCHEDULE_REQUESTED]


async def test_only_who_never_answered_becomes_unreachable(practice: Practice) -> None:
    silent = (await practice.book()).appointment.id
    answered = (await practice.book(confirmation="confirmed")).appointment.id
    async with practice.database.write() as session:
        _, changed = await mark_unreachable(session, practice.account_id, silent, note="a landline")
        assert changed
        _, changed = await mark_unreachable(session, practice.account_id, answered)
        assert not changed
    assert (await practice.appointment(silent)).confirmation is Confirmation.UNREACHABLE
    assert await practice.flags(silent) == [Reason.UNREACHABLE]
    assert await practice.flags(answered) == []
    async with practice.database.write() as session:
        await confirm(session, practice.account_id, silent, by=STAFF)
    assert await practice.flags(silent) == []


async def test_lateness_is_noted_and_over_once_the_person_is_here(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        appointment, _ = await note_lateness(session, practice.account_id, id, 15, by=REPLY)
    assert appointment.late_minutes == 15
    assert await practice.flags(id) == [Reason.RUNNING_LATE]
    async with practice.database.write() as session:
        await arrive(session, practice.account_id, id, by=STAFF)
    assert await practice.flags(id) == []


async def test_an_answer_settles_what_was_unclear(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        for reason in (Reason.UNCLEAR_REPLY, Reason.MAY_WANT_TO_CANCEL, Reason.QUESTION):
            await open_item(session, practice.account_id, reason, appointment_id=id)
    async with practice.database.write() as session:
        await confirm(session, practice.account_id, id, by=REPLY)
    assert await practice.flags(id) == [Reason.QUESTION]


@pytest.mark.parametrize("action", [arrive, complete, no_show])
async def test_what_became_of_a_visit_ends_its_texts(
    practice: Practice, action: Callable[..., Awaitable[tuple[Appointment, bool]]]
) -> None:
    id = (await practice.book()).appointment.id
    async with practice.database.write() as session:
        appointment, changed = await action(session, practice.account_id, id, by=STAFF)
    assert changed
    assert appointment.status_by == "staff:dana@example.com"
    assert await practice.coming(id) == []
    await practice.change(id, status="scheduled")
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]
    assert (await practice.happened(id))[-1] == "reopened"


async def test_a_visit_goes_from_one_state_only_to_some_others(practice: Practice) -> None:
    id = (await practice.book()).appointment.id

    async def act(action: Callable[..., Awaitable[tuple[Appointment, bool]]], by: Actor = API) -> Visit:
        async with practice.database.write() as session:
            appointment, _ = await action(session, practice.account_id, id, by=by)
        return appointment.status

    assert await act(no_show) is Visit.NO_SHOW
    assert await act(arrive) is Visit.ARRIVED
    with pytest.raises(Conflict) as refused:
        await act(no_show)
    assert refused.value.code == "invalid_transition"
    assert await act(complete) is Visit.COMPLETED
    with pytest.raises(Conflict) as refused:
        await act(confirm)
    assert refused.value.code == "invalid_transition"


async def test_another_accounts_visit_is_not_there(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    with pytest.raises(NotFound) as missing:
        async with practice.database.write() as session:
            await confirm(session, "acct_other", id, by=API)
    assert missing.value.code == "appointment_not_found"


async def test_an_answer_for_another_version_is_refused(practice: Practice) -> None:
    id = (await practice.book()).appointment.id

    async def twice(session: AsyncSession) -> None:
        await confirm(session, practice.account_id, id, by=API, expected_version=1)
        await decline(session, practice.account_id, id, by=API, expected_version=1)

    with pytest.raises(Overtaken):
        async with practice.database.write() as session:
            await twice(session)
    assert (await practice.appointment(id)).confirmation is Confirmation.PENDING
