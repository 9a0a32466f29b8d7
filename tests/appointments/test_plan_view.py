"""Why did she (not) get a text? The plan of an appointment answers for each."""

from typing import Any

from appointments.confirming import confirm
from appointments.declining import decline
from appointments.find import get_appointment
from appointments.plan_view import plan_of
from appointments.timeline import timeline_of
from messaging.consent import unsubscribe
from messaging.recipients import lock_recipient
from messaging.transition import change_status
from models.account import Account
from models.event import REPLY
from models.message import Status
from models.recipient import ConsentSource
from models.reminder import Reminder, ReminderState
from tests.appointments.conftest import ANA, API, ASK, STAFF, TELL, Practice

UNCONFIRMED = {"before": "PT4H", "message": "Please reply YES.", "only_if": ["unconfirmed"]}


async def look(practice: Practice, appointment_id: str) -> list[dict[str, Any]]:
    """Return the plan of an appointment."""
    async with practice.database.read() as session:
        account = await session.get_one(Account, practice.account_id)
        appointment = await get_appointment(session, practice.account_id, appointment_id)
        return await plan_of(session, account, appointment)


async def states(practice: Practice, appointment_id: str) -> list[tuple[str, str]]:
    """Return the state of each text and why."""
    return [(text["state"], text["why"]) for text in await look(practice, appointment_id)]


async def test_a_text_to_come_shows_its_wording_and_the_persons_clock(practice: Practice) -> None:
    booked = await practice.book(contact={**ANA, "timezone": "America/Chicago"}, reminders=[ASK])
    [text] = await look(practice, booked.appointment.id)
    assert text["message"] == "See you on Friday, March 6. Reply YES or NO."
    assert text["at"] == text["nominal_at"] == "2026-03-05T20:00:00Z"
    assert text["local"] == "2026-03-05T14:00"
    assert (text["state"], text["why"]) == ("planned", "asked for PT24H before the start")


async def test_a_text_that_moved_says_so(practice: Practice) -> None:
    booked = await practice.book(starts_at="2026-03-06T09:10:00", reminders=[TELL])
    assert await states(practice, booked.appointment.id) == [
        ("planned", "moved from 07:10 to the evening before, 20:00: sending hours in America/New_York")
    ]


async def test_a_text_whose_time_had_passed_is_skipped(practice: Practice) -> None:
    booked = await practice.book(reminders=[{"before": "P10D", "message": "Hello"}])
    assert await states(practice, booked.appointment.id) == [
        ("skipped", "skipped: its time had passed when the visit was booked or moved")
    ]


async def test_an_answer_holds_what_is_to_come(practice: Practice) -> None:
    id = (await practice.book(reminders=[TELL, UNCONFIRMED])).appointment.id
    async with practice.database.write() as session:
        await decline(session, practice.account_id, id, by=REPLY)
    why = "the person answered (declined): texts go on when that changes or the visit moves"
    assert await states(practice, id) == [("held", why), ("held", why)]
    async with practice.database.write() as session:
        await confirm(session, practice.account_id, id, by=REPLY)
    assert await states(practice, id) == [
        ("held", "only if unconfirmed: at present it is confirmed"),
        ("planned", "asked for PT2H before the start"),
    ]


async def test_nothing_goes_to_somebody_who_unsubscribed(practice: Practice) -> None:
    id = (await practice.book(reminders=[TELL])).appointment.id
    async with practice.database.write() as session:
        recipient = await lock_recipient(session, practice.account_id, "+12125550123")
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, by=REPLY)
    assert await states(practice, id) == [("blocked", "the person unsubscribed")]


async def test_what_was_sent_and_what_was_withdrawn_stand_side_by_side(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, tell] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    await practice.text(tell, Status.QUEUED)
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    found = await look(practice, id)
    assert sorted(text["state"] for text in found) == ["cancelled", "planned", "planned", "planned", "sent"]
    cancelled = next(text for text in found if text["state"] == "cancelled")
    assert cancelled["why"] == "the visit moved"


async def test_a_cancelled_visit_says_why_there_are_no_texts(practice: Practice) -> None:
    id = (await practice.book(reminders=[TELL])).appointment.id
    await practice.change(id, status="cancelled")
    assert await states(practice, id) == [("cancelled", "the appointment was cancelled")]


async def test_a_paused_text_says_so(practice: Practice) -> None:
    id = (await practice.book(reminders=[TELL])).appointment.id
    async with practice.database.write() as session:
        job = await session.get_one(Reminder, (await practice.reminders(id))[0].id)
        job.state = ReminderState.PAUSED
        session.add(job)
    assert await states(practice, id) == [("paused", "paused by a person or a program")]


async def test_the_timeline_tells_of_texts_too_and_who_did_what(practice: Practice) -> None:
    id = (await practice.book()).appointment.id
    [ask, _] = await practice.reminders(id)
    message = await practice.text(ask, Status.QUEUED)
    async with practice.database.write() as session:
        await change_status(session, [message.id], Status.CANCELLED, by=API, note="called back")
    await practice.change(id, service="Cleaning", by=STAFF)
    async with practice.database.read() as session:
        told = await timeline_of(session, id)
    assert [(entry["type"], entry["actor"]["type"]) for entry in told] == [
        ("appointment.created", "api"),
        ("message.cancelled", "api"),
        ("appointment.updated", "staff"),
    ]
    assert told[1]["note"] == "called back"
    assert told[2]["previous"] == {"service": None}
    assert told[2]["actor"]["id"] == "dana@example.com"


async def test_nothing_goes_to_a_number_that_may_be_somebody_elses(practice: Practice) -> None:
    id = (await practice.book(reminders=[TELL])).appointment.id
    async with practice.database.write() as session:
        recipient = await lock_recipient(session, practice.account_id, "+12125550123")
        recipient.held_since = recipient.created_at
        session.add(recipient)
    [(state, why)] = await states(practice, id)
    assert state == "held"
    assert "somebody else's" in why
