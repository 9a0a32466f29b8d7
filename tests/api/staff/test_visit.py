"""One visit: its texts, its history, and the reminders to come."""

import re

from appointments.confirming import confirm
from models.attention import Reason, open_item
from models.event import REPLY
from models.message import Status
from tests.api.staff.practice import EMAIL, Desk, Practice


async def words_of(desk: Desk, visit_id: str) -> str:
    """The words of a visit's page."""
    page = await desk.get(f"/appointments/{visit_id}")
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def test_a_visit_shows_its_thread_with_what_became_of_each_text(stored_practice: Practice) -> None:
    practice = stored_practice
    visit = await practice.book("Maria Lopez", "15:00", service="Cleaning")
    other = await practice.book("Maria Lopez", "15:00", day=5)
    await practice.text(other, "See you on Sunday", Status.DELIVERED)
    await practice.text(visit, "Reply YES or NO", Status.UNDELIVERED, error_code="30005")
    await practice.text(visit, "Yes!", Status.RECEIVED, intent="confirm")
    async with practice.desk() as desk:
        page = await words_of(desk, visit.id)
    assert "Today, Tuesday, March 10, 3:00 PM · 30 min" in page
    assert "+1 212 555 0123" in page
    assert "We wrote: See you on Sunday 10:00 AM · delivered · not about this visit" in page
    assert (
        "We wrote: Reply YES or NO 10:00 AM · not delivered. The number is not in service. "
        "Ask the person for the right one." in page
    )
    assert "They wrote: Yes! 10:00 AM · Yes, comes" in page


async def test_what_happened_is_told_in_plain_words_newest_first(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00")
    account_id = practice.service.account.id
    async with practice.service.database.write() as session:
        await confirm(session, account_id, visit.id, by=REPLY)
        await open_item(session, account_id, Reason.QUESTION, appointment_id=visit.id)
    async with practice.desk() as desk:
        await desk.post(f"/appointments/{visit.id}/arrive")
        page = await words_of(desk, visit.id)
    history = page[page.index("What happened") :]
    said = [
        f"Arrived by {EMAIL}",
        "For you to look at: There is a question that only you can answer",
        "Confirmed by text",
        "Booked",
    ]
    places = [history.index(line) for line in said]
    assert places == sorted(places)


async def test_the_reminders_to_come_are_shown_as_they_will_read(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00", day=3, reminders=True)
    async with practice.desk() as desk:
        page = await words_of(desk, visit.id)
        plan = page[page.index("Reminders to come") : page.index("What happened")]
        assert "Mar 12, 3:00 PM" in plan or "tomorrow" in plan or "Thursday" in plan
        assert "Riverside Dental: your appointment is on" in plan
        assert "only if they have not answered by then" in plan
        assert "{{" not in plan
        await desk.post(f"/appointments/{visit.id}/cancel")
        page = await words_of(desk, visit.id)
    assert "Reminders to come None." in page


async def test_a_visit_with_no_phone_has_no_thread(practice: Practice) -> None:
    visit = await practice.book("Peter Müller", "15:00", phone=None, patient="Tom Müller")
    async with practice.desk() as desk:
        page = await words_of(desk, visit.id)
    assert "Tom Müller" in page
    assert "Texts go to Peter Müller" in page
    assert "No texts yet." in page


async def test_its_part_is_read_again_alone(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez", "15:00")
    async with practice.desk() as desk:
        part = await desk.get(f"/appointments/{visit.id}", part=True)
        changed = await desk.post(f"/appointments/{visit.id}/confirm", part=True, from_visit="yes")
    for answer in (part, changed):
        assert "<html" not in answer.text
        assert 'id="history"' in answer.text
