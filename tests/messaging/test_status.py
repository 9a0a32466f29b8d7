"""Status callbacks: in any order, twice, before the answer; a final status is never undone."""

from itertools import permutations

import pytest

from messaging.carriers.outcome import Accepted, NotTaken, Outcome
from messaging.gate import Departure
from messaging.status import take_callback
from models.attention import Reason
from models.contact import Contact, Reachability
from models.message import Status
from tests.messaging.clinic import HERS, Clinic

SID = "SM" + "1" * 32


async def call_back(
    clinic: Clinic, id: str, word: str, *, sid: str | None = None, code: str | None = None
) -> None:
    """Let the carrier tell what became of a text."""
    known = (await clinic.message(id)).carrier_sid
    async with clinic.database.write() as session:
        await take_callback(session, id, sid=sid or known or SID, carrier_status=word, error_code=code)


async def sent(clinic: Clinic) -> str:
    id = await clinic.queue()
    await clinic.send()
    return id


async def test_a_callback_ends_a_text_and_coming_twice_changes_nothing(clinic: Clinic) -> None:
    id = await sent(clinic)
    for word in ("sent", "delivered", "delivered", "sent"):
        await call_back(clinic, id, word)
    assert await clinic.statuses(id) == ["queued", "sending", "sent", "delivered"]
    assert (await clinic.message(id)).carrier_status == "delivered"


@pytest.mark.parametrize("order", list(permutations(("queued", "sent", "delivered"))))
async def test_whatever_the_order_of_callbacks_the_last_status_stands(
    small_clinic: Clinic, order: tuple[str, ...]
) -> None:
    id = await sent(small_clinic)
    for word in order:
        await call_back(small_clinic, id, word)
    message = await small_clinic.message(id)
    assert (message.status, message.carrier_status) == (Status.DELIVERED, "delivered")


@pytest.mark.parametrize(("word", "code"), [("undelivered", "30008"), ("failed", "30007"), ("canceled", None)])
async def test_what_was_accepted_and_not_delivered_ends_undelivered_and_is_not_sent_again(
    small_clinic: Clinic, word: str, code: str | None
) -> None:
    id = await sent(small_clinic)
    await call_back(small_clinic, id, word, code=code)
    await call_back(small_clinic, id, "delivered")
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.UNDELIVERED, code)
    assert await small_clinic.send() == 0


async def test_a_callback_that_overtakes_the_answer_settles_the_text_and_the_answer_adds_nothing(
    clinic: Clinic,
) -> None:
    id = await clinic.queue()

    async def overtaken(departure: Departure) -> Outcome:
        await call_back(clinic, departure.message_id, "delivered", sid=SID)
        return Accepted(SID, "queued")

    clinic.way_out.hand_over = overtaken  # type: ignore[method-assign]  # a callback before the answer
    await clinic.send()
    message = await clinic.message(id)
    assert (message.status, message.carrier_sid, message.carrier_status) == (Status.DELIVERED, SID, "delivered")
    assert await clinic.statuses(id) == ["queued", "sending", "delivered"]


async def test_a_callback_proves_that_a_lost_answer_was_a_yes(clinic: Clinic) -> None:
    clinic.sandbox.faults.add("empty_answer", times=1)
    id = await clinic.queue()
    await clinic.send()
    assert await clinic.status(id) == Status.UNKNOWN
    await call_back(clinic, id, "sent", sid=clinic.taken()[0].sid)
    message = await clinic.message(id)
    assert (message.status, message.carrier_sid) == (Status.SENT, clinic.taken()[0].sid)
    assert await clinic.reconciler.earliest() is None


async def test_a_callback_proves_that_what_seemed_not_taken_was_taken(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()

    async def mistaken(departure: Departure) -> Outcome:
        return NotTaken("20500")

    small_clinic.way_out.hand_over = mistaken  # type: ignore[method-assign]  # a carrier that took it all the same
    await small_clinic.send()
    await call_back(small_clinic, id, "delivered", sid=SID)
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.DELIVERED, None)


async def test_a_callback_for_a_text_never_handed_over_changes_nothing(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()
    await call_back(small_clinic, id, "delivered")
    assert await small_clinic.statuses(id) == ["queued"]
    assert (await small_clinic.message(id)).carrier_sid is None


async def test_a_callback_with_the_sid_of_another_text_changes_nothing(small_clinic: Clinic) -> None:
    id = await sent(small_clinic)
    await call_back(small_clinic, id, "delivered", sid=SID)
    assert await small_clinic.status(id) == Status.SENT


async def test_words_that_we_do_not_know_change_nothing(small_clinic: Clinic) -> None:
    id = await sent(small_clinic)
    await call_back(small_clinic, id, "teleported")
    assert await small_clinic.statuses(id) == ["queued", "sending", "sent"]


@pytest.mark.parametrize(
    ("code", "reachability"),
    [("30005", Reachability.UNREACHABLE), ("30006", Reachability.LANDLINE), ("30008", Reachability.UNKNOWN)],
)
async def test_a_code_that_proves_something_of_the_persons_number_is_noted_at_once(
    small_clinic: Clinic, code: str, reachability: Reachability
) -> None:
    visit = await small_clinic.book()
    id = await small_clinic.queue(contact_id=visit.contact_id)
    await small_clinic.send()
    await call_back(small_clinic, id, "undelivered", code=code)
    async with small_clinic.database.read() as session:
        assert (await session.get_one(Contact, visit.contact_id)).reachability is reachability
    assert (Reason.UNREACHABLE in await small_clinic.flags()) is (reachability is not Reachability.UNKNOWN)


async def test_an_unregistered_number_is_marked_and_staff_are_told(small_clinic: Clinic) -> None:
    id = await sent(small_clinic)
    await call_back(small_clinic, id, "undelivered", code="30034")
    assert (await small_clinic.number_row()).a2p_registered is False
    assert await small_clinic.flags() == [Reason.CARRIER_TROUBLE]


async def test_an_opt_out_that_the_carrier_tells_later_is_recorded(clinic: Clinic) -> None:
    id = await sent(clinic)
    waiting = await clinic.queue("Next", HERS)
    await call_back(clinic, id, "failed", code="21610")
    assert await clinic.status(waiting) == Status.BLOCKED
