"""Who wins a race: a STOP or a cancel committed before the commit that marks `sending`, always."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import pytest

from appointments.cancelling import cancel
from messaging.send import WayOut
from models.event import Event
from models.message import Kind, Status
from tests.messaging.clinic import API, Clinic, open_clinic, people

RACES = 150


@pytest.fixture
async def clinic(migrated_url: str) -> AsyncIterator[Clinic]:
    """A clinic whose clock runs."""
    async with open_clinic(migrated_url, concurrency=10) as clinic:
        yield clinic


async def places(clinic: Clinic, type: str, key: Callable[[Event], str | None]) -> dict[str | None, int]:
    """Return the places of events of a type in the ledger, which is the order of their commits."""
    return {key(event): event.sequence or 0 for event in await clinic.events(type=type)}


async def test_a_stop_committed_first_wins_over_the_sender(clinic: Clinic) -> None:
    chance = random.Random(7)
    ids = {person: await clinic.queue(to=person) for person in people(RACES)}

    async def stop(person: str) -> None:
        await asyncio.sleep(chance.random() * 0.4)
        await clinic.arrive("STOP", from_=person)

    other = WayOut(clinic.database, clinic.vault, lambda _: clinic.carrier, public_url="http://x", concurrency=10)
    await asyncio.gather(clinic.way_out.send_due(), other.send_due(), *(stop(person) for person in ids))
    await asyncio.gather(clinic.way_out.finish(), other.finish())
    await clinic.send()
    sending = await places(clinic, "message.sending", lambda event: event.message_id)
    stopped = await places(clinic, "contact.unsubscribed", lambda event: (event.payload or {})["phone_number"])
    for person, id in ids.items():
        assert sending.get(id, 0) < stopped[person], "it was marked sending after the STOP was committed"
        assert len([text for text in clinic.texts(person) if text == "Hello"]) == (id in sending)
    left = len(sending.keys() & ids.values())
    assert 0 < left < RACES, "the race was none: give it another pace"


async def test_a_cancel_committed_first_wins_over_the_sender(clinic: Clinic) -> None:
    chance = random.Random(7)
    texts: dict[str, str] = {}
    for person in people(RACES):
        visit = await clinic.book(
            contact={"name": "Ana", "phone_number": person}, starts_at="2099-03-03T15:00:00", reminders=[]
        )
        texts[visit.id] = await clinic.queue(to=person, kind=Kind.REMINDER, appointment_id=visit.id)

    async def call_off(id: str) -> None:
        await asyncio.sleep(chance.random() * 0.4)
        async with clinic.database.write() as session:
            await cancel(session, clinic.account.id, id, by=API)

    await asyncio.gather(clinic.way_out.send_due(), *(call_off(id) for id in texts))
    await clinic.way_out.finish()
    await clinic.send()
    sending = await places(clinic, "message.sending", lambda event: event.message_id)
    cancelled = await places(clinic, "appointment.cancelled", lambda event: event.appointment_id)
    for visit_id, id in texts.items():
        assert sending.get(id, 0) < cancelled[visit_id], "it was marked sending after the cancel was committed"
    assert 0 < len(sending) < RACES, "the race was none: give it another pace"
    assert len(clinic.sandbox.messages) == len(sending)


async def test_the_same_text_cannot_be_stopped_sent_and_cancelled_into_a_deadlock(clinic: Clinic) -> None:
    """Every path locks the number first, so that none waits for another that waits for it."""
    visits = [await clinic.book(starts_at=f"2099-03-{day:02}T15:00:00", reminders=[]) for day in range(1, 21)]
    for visit in visits:
        await clinic.queue(visit.id, kind=Kind.REMINDER, appointment_id=visit.id)

    async def call_off(id: str) -> None:
        async with clinic.database.write() as session:
            await cancel(session, clinic.account.id, id, by=API)

    async with asyncio.timeout(30):
        await asyncio.gather(
            clinic.way_out.send_due(),
            *(call_off(visit.id) for visit in visits),
            *(clinic.arrive(word) for word in ("STOP", "START", "YES") * 4),
            *(clinic.queue() for _ in range(10)),
        )
        await clinic.way_out.finish()
    assert {message.status for message in await clinic.messages()} <= {
        Status.SENT,
        Status.BLOCKED,
        Status.CANCELLED,
        Status.QUEUED,
    }
