"""Calling back a text that has not left, and sending one again as a new text."""

from datetime import timedelta

import pytest

from messaging.recall import cancel_message, resend_message
from models import clock as wall
from models.errors import Conflict, NotFound, NotPermitted
from models.message import Message, Status
from tests.messaging.clinic import API, Clinic


async def cancel(clinic: Clinic, id: str) -> Message:
    async with clinic.database.write() as session:
        return await cancel_message(session, clinic.account.id, id, by=API)


async def resend(clinic: Clinic, id: str) -> Message:
    async with clinic.database.write() as session:
        return await resend_message(session, clinic.account.id, id, by=API)


async def test_a_text_that_has_not_left_is_cancelled_and_cancelling_again_changes_nothing(clinic: Clinic) -> None:
    id = await clinic.queue(send_at=wall.now() + timedelta(days=1))
    version = (await cancel(clinic, id)).version
    assert (await cancel(clinic, id)).version == version
    assert await clinic.statuses(id) == ["scheduled", "cancelled"]
    [event] = await clinic.events(type="message.cancelled")
    assert (event.actor_type, event.actor_id) == ("api", "key_1")


async def test_a_text_that_has_left_cannot_be_cancelled(clinic: Clinic) -> None:
    id = await clinic.queue()
    await clinic.send()
    with pytest.raises(Conflict, match="is sent"):
        await cancel(clinic, id)


async def test_a_text_that_arrived_can_be_neither_cancelled_nor_sent_again(small_clinic: Clinic) -> None:
    message = await small_clinic.arrive("Hello")
    assert message is not None
    for act in (cancel, resend):
        with pytest.raises(Conflict, match="one that arrived"):
            await act(small_clinic, message.id)


async def test_another_accounts_text_is_not_there(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()
    async with small_clinic.database.write() as session:
        for act in (cancel_message, resend_message):
            with pytest.raises(NotFound):
                await act(session, "acct_another", id, by=API)


async def test_a_text_sent_again_is_a_new_text_with_the_same_words(clinic: Clinic) -> None:
    first = await clinic.queue("See you", metadata={"a": "b"})
    await clinic.send()
    again = await resend(clinic, first)
    await clinic.send()
    assert (again.resend_of, again.custom) == (first, {"a": "b"})
    assert clinic.texts() == ["See you", "See you"]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING, Status.UNKNOWN, Status.SCHEDULED])
async def test_a_text_that_may_still_arrive_is_not_sent_again(small_clinic: Clinic, status: Status) -> None:
    id = await small_clinic.queue()
    await small_clinic.set(await small_clinic.message(id), status=status)
    with pytest.raises(Conflict, match="may still arrive"):
        await resend(small_clinic, id)


async def test_nothing_is_sent_again_to_somebody_who_unsubscribed(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()
    await small_clinic.send()
    await small_clinic.arrive("STOP")
    with pytest.raises(NotPermitted):
        await resend(small_clinic, id)


async def test_a_reminder_that_never_left_is_rendered_when_it_is_sent_again(clinic: Clinic) -> None:
    visit = await clinic.book(reminders=[])
    await clinic.remind(appointment_id=visit.id, message="{{contact.first_name}}, see you", nominal_at=wall.now())
    await clinic.firing.run_due()
    [reminder] = await clinic.messages()
    await cancel(clinic, reminder.id)
    again = await resend(clinic, reminder.id)
    await clinic.send()
    assert clinic.texts() == ["Ana, see you"]
    assert (await clinic.message(again.id)).body == "Ana, see you"
