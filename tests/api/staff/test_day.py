"""The day as staff see it, and what they do on it."""

import re

import pytest
from sqlmodel import select

from appointments.cancelling import cancel
from appointments.confirming import RequestedTime, confirm, request_reschedule
from appointments.declining import decline
from messaging.consent import unsubscribe
from messaging.recipients import lock_recipient
from models import attention
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Attention, Reason, open_item
from models.contact import Contact, Reachability
from models.event import REPLY, SYSTEM, Event
from models.message import Status
from models.recipient import ConsentSource
from tests.api.staff.practice import EMAIL, Desk, Practice


async def row_of(desk: Desk, visit: Appointment, address: str = "/") -> str:
    """The words of a visit's row on the day, without its menu."""
    page = (await desk.get(address)).text
    found = re.search(rf'<li class="visit[^>]*id="visit-{visit.id}".*?</li>', page, re.DOTALL)
    assert found is not None, page
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


async def stored(practice: Practice, visit: Appointment) -> Appointment:
    """The visit as it is stored now."""
    async with practice.service.database.read() as session:
        return await session.get_one(Appointment, visit.id)


async def test_today_lists_who_comes_in_the_order_of_their_times(stored_practice: Practice) -> None:
    late = await stored_practice.book("Wei Zhang", "15:00", service="Crown", provider="Dr. Chen")
    early = await stored_practice.book("Maria Lopez", "09:00", phone="+12125550124")
    await stored_practice.book("Olga Petrova", "09:00", day=-1, phone="+12125550125")
    coming = await stored_practice.book("Samuel Green", "11:00", day=2, phone="+12125550126")
    far = await stored_practice.book("Nora Haddad", "11:00", day=8, phone="+12125550127")
    async with stored_practice.desk() as desk:
        page = (await desk.get("/")).text
        assert page.index(f"visit-{early.id}") < page.index(f"visit-{late.id}") < page.index(f"visit-{coming.id}")
        assert "Olga Petrova" not in page
        assert f"visit-{far.id}" not in page
        assert "Today, Tuesday, March 10" in page
        assert "Thursday, March 12" in page
        assert "2 visits" in page
        assert "Crown · Dr. Chen" in await row_of(desk, late)
        assert "3:00 PM" in await row_of(desk, late)


async def test_another_day_is_asked_for_by_its_date(practice: Practice) -> None:
    await practice.book("Olga Petrova", "09:00", day=-1)
    async with practice.desk() as desk:
        page = (await desk.get("/?date=2026-03-09")).text
        assert "Yesterday, Monday, March 9" in page
        assert "Olga Petrova" in page
        assert 'href="/?date=2026-03-08"' in page
        assert 'href="/?date=2026-03-10"' in page


@pytest.mark.parametrize("date", ["tomorrow", "2026-02-30", "2026-3-1", "9999-01-01"])
async def test_a_day_that_does_not_exist_is_told_in_words(practice: Practice, date: str) -> None:
    async with practice.desk() as desk:
        page = await desk.get(f"/?date={date}")
        part = await desk.get(f"/?date={date}", part=True)
    assert (page.status_code, part.status_code) == (400, 400)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "date:" in page.text
    assert part.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("date", ["1970-01-01", "2199-12-31"])
async def test_the_first_and_last_days_of_the_calendar_can_be_shown(practice: Practice, date: str) -> None:
    async with practice.desk() as desk:
        assert (await desk.get(f"/?date={date}")).status_code == 200


async def test_a_visit_in_another_zone_is_said_on_its_own_clock_and_on_ours(practice: Practice) -> None:
    visit = await practice.book("Amara Okafor", "13:00", timezone="America/Denver")
    async with practice.desk() as desk:
        row = await row_of(desk, visit)
    assert "11:00 AM" in row
    assert "MDT, 1:00 PM here" in row


async def test_each_answer_is_said_in_words_with_who_gave_it(practice: Practice) -> None:
    account_id, database = practice.service.account.id, practice.service.database
    numbers = iter(range(30, 40))
    pending, yes, no, other, gone = [
        await practice.book(name, "15:00", phone=f"+121255501{next(numbers)}")
        for name in ("Ana", "Ben", "Cyd", "Dan", "Eva")
    ]
    await practice.text(pending, "Reply YES or NO", Status.DELIVERED)
    await practice.text(yes, "yes see you", Status.RECEIVED, intent="confirm")
    wish = RequestedTime("Thursday after 3")
    async with database.write() as session:
        await confirm(session, account_id, yes.id, by=REPLY)
        await decline(session, account_id, no.id, by=REPLY)
        await request_reschedule(session, account_id, other.id, wish, by=REPLY)
        await cancel(session, account_id, gone.id, by=SYSTEM)
    async with practice.desk() as desk:
        assert "No answer yet last text 10:00 AM, delivered" in await row_of(desk, pending)
        assert "Confirmed “yes see you” by text, 10:00 AM" in await row_of(desk, yes)
        assert "Cannot come by text" in await row_of(desk, no)
        assert "Wants another time “Thursday after 3” by text" in await row_of(desk, other)
        assert "Cancelled" in await row_of(desk, gone)
        page = re.sub(r"<[^>]+>", "", (await desk.get("/")).text)
    for counted in ("1 confirmed", "1 no answer yet", "1 cannot come", "1 want another time", "1 cancelled"):
        assert counted in page


async def test_why_texts_do_not_reach_somebody_is_said(practice: Practice) -> None:
    database = practice.service.database
    none = await practice.book("Ana", phone=None)
    stopped = await practice.book("Ben", phone="+12125550131")
    landline = await practice.book("Cyd", phone="+12125550132")
    lost = await practice.book("Dan", phone="+12125550133")
    await practice.text(lost, "Reply YES or NO", Status.UNDELIVERED, phone="+12125550133", error_code="30003")
    async with database.write() as session:
        recipient = await lock_recipient(session, practice.service.account.id, "+12125550131")
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, by=REPLY)
        contact = await session.get_one(Contact, landline.contact_id)
        contact.reachability = Reachability.LANDLINE
        session.add(contact)
    async with practice.desk() as desk:
        assert "No phone number" in await row_of(desk, none)
        assert "Has stopped our texts" in await row_of(desk, stopped)
        assert "Landline: takes no texts" in await row_of(desk, landline)
        assert "Last text not delivered. The phone is off or out of reach." in await row_of(desk, lost)


@pytest.mark.parametrize(
    ("deed", "confirmation", "status"),
    [
        ("confirm", Confirmation.CONFIRMED, Visit.SCHEDULED),
        ("decline", Confirmation.DECLINED, Visit.SCHEDULED),
        ("cancel", Confirmation.PENDING, Visit.CANCELLED),
        ("arrive", Confirmation.PENDING, Visit.ARRIVED),
        ("no-show", Confirmation.PENDING, Visit.NO_SHOW),
        ("complete", Confirmation.PENDING, Visit.COMPLETED),
    ],
)
async def test_what_staff_do_is_done_in_their_name(
    practice: Practice, deed: str, confirmation: Confirmation, status: Visit
) -> None:
    visit = await practice.book("Maria Lopez", "09:00")
    async with practice.desk() as desk:
        part = await desk.post(f"/appointments/{visit.id}/{deed}", part=True)
        assert part.status_code == 200
        assert "<html" not in part.text
        assert f"by {EMAIL}" in part.text
    now = await stored(practice, visit)
    assert (now.confirmation, now.status) == (confirmation, status)
    assert f"staff:{EMAIL}" in (now.confirmation_by, now.status_by)
    async with practice.service.database.read() as session:
        events = (await session.exec(select(Event).where(Event.actor_type == "staff"))).all()
    assert {event.actor_id for event in events} == {EMAIL}


async def test_a_visit_that_was_cancelled_by_mistake_is_reopened(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00")
    async with practice.desk() as desk:
        await desk.post(f"/appointments/{visit.id}/cancel")
        assert "Reopen" in await row_of(desk, visit)
        await desk.post(f"/appointments/{visit.id}/reopen")
    assert (await stored(practice, visit)).status is Visit.SCHEDULED


async def test_only_what_makes_sense_now_is_offered(practice: Practice) -> None:
    begun = await practice.book("Ana", "09:00")
    later = await practice.book("Ben", "15:00", phone="+12125550124")
    async with practice.desk() as desk:
        assert "Did not come" in await row_of(desk, begun)
        assert "Did not come" not in await row_of(desk, later)
        await desk.post(f"/appointments/{later.id}/confirm")
        row = await row_of(desk, later)
        assert " Confirm Ben" not in row
        assert "Cannot come Ben" in row


async def test_without_scripts_a_form_leads_back_to_its_day(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00", day=1)
    async with practice.desk() as desk:
        answer = await desk.post(f"/appointments/{visit.id}/confirm", date="2026-03-11")
        assert (answer.url.path, answer.url.query) == ("/", b"date=2026-03-11")
        assert answer.history[0].status_code == 303
        assert "Confirmed" in await row_of(desk, visit, "/?date=2026-03-11")
        answer = await desk.post(f"/appointments/{visit.id}/decline", from_visit="yes")
        assert answer.url.path == f"/appointments/{visit.id}"


async def test_what_was_overtaken_is_told_in_one_plain_sentence(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00")
    async with practice.desk() as desk:
        await desk.post(f"/appointments/{visit.id}/cancel")
        part = await desk.post(f"/appointments/{visit.id}/confirm", part=True)
        page = await desk.post(f"/appointments/{visit.id}/confirm")
    assert (part.status_code, page.status_code) == (409, 409)
    assert part.text == "This visit was cancelled meanwhile. Reopen it first."
    assert "That cannot be done now" in page.text
    assert (await stored(practice, visit)).confirmation is Confirmation.PENDING


async def test_open_items_stand_on_top_emergencies_first_until_they_are_done(stored_practice: Practice) -> None:
    practice = stored_practice
    visit = await practice.book("Maria Lopez", "15:00")
    said = await practice.text(visit, "is there parking?", Status.RECEIVED, intent="question")
    async with practice.service.database.write() as session:
        urgent = await open_item(
            session, practice.service.account.id, Reason.EMERGENCY_WORDS, appointment_id=visit.id
        )
        question = await open_item(
            session, practice.service.account.id, Reason.QUESTION, appointment_id=visit.id, message_id=said.id
        )
    async with practice.desk() as desk:
        page = (await desk.get("/")).text
        assert (
            page.index(f"flag-{urgent.id}") < page.index(f"flag-{question.id}") < page.index(f"visit-{visit.id}")
        )
        assert "There is a question that only you can answer." in page
        assert "“is there parking?”" in page
        part = await desk.post(f"/attention/{question.id}/resolve", part=True)
        assert f"flag-{question.id}" not in part.text
        assert f"flag-{urgent.id}" in part.text
        again = await desk.post(f"/attention/{question.id}/resolve")
        assert again.status_code == 200
    async with practice.service.database.read() as session:
        done = await session.get_one(Attention, question.id)
    assert done.resolved_by == f"staff:{EMAIL}"


async def test_another_practice_is_not_there(practice: Practice) -> None:
    other = await practice.service.another_account()
    booked = await other.post(
        "/v1/appointments",
        json={"contact": {"name": "Secret Person"}, "starts_at": "2026-03-10T19:00:00Z", "reminders": []},
    )
    visit_id = booked.json()["appointment_id"]
    async with practice.service.database.write() as session:
        theirs = await session.get_one(Appointment, visit_id)
        item = await attention.open_item(session, theirs.account_id, Reason.QUESTION, appointment_id=visit_id)
    async with practice.desk() as desk:
        assert "Secret Person" not in (await desk.get("/")).text
        for answer in (
            await desk.get(f"/appointments/{visit_id}"),
            await desk.post(f"/appointments/{visit_id}/confirm"),
            await desk.post(f"/attention/{item.id}/resolve"),
        ):
            assert answer.status_code == 404
            assert "Secret Person" not in answer.text
            assert answer.headers["Content-Type"].startswith("text/html")
    async with practice.service.database.read() as session:
        assert (await session.get_one(Appointment, visit_id)).confirmation is Confirmation.PENDING


async def test_a_deed_or_a_visit_that_does_not_exist_is_told(stored_practice: Practice) -> None:
    visit = await stored_practice.book("Maria Lopez")
    async with stored_practice.desk() as desk:
        assert (await desk.get("/appointments/a%00b")).status_code == 404
        assert (await desk.get("/appointments/%ED%A0%80")).status_code == 404
        assert (await desk.post(f"/appointments/{visit.id}/delete")).status_code == 404
        assert (await desk.post("/appointments/appt_x/confirm")).status_code == 404
        assert (await desk.post("/attention/att_x/resolve")).status_code == 404


async def test_a_very_full_day_says_that_not_all_of_it_is_shown(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.staff.day.MOST_ROWS", 2)
    for index in range(3):
        await practice.book(f"Person {index}", f"1{index}:00", phone=f"+1212555013{index}")
    async with practice.desk() as desk:
        page = (await desk.get("/")).text
    assert "3 visits" in page
    assert "The first 2 of 3 are shown." in page
