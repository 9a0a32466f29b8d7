"""The way out: what each answer of the carrier makes of a text, and that no text is sent twice."""

import asyncio
from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging import send as send_module
from messaging.carriers.outcome import Accepted, Outcome
from messaging.carriers.twilio import TwilioCarrier
from messaging.gate import Departure
from messaging.send import WayOut
from messaging.settle import Answer, settle
from models.attention import Reason
from models.message import Kind, Status
from sandbox import Accept
from tests.messaging.clinic import HERS, HIS, Clinic, people


async def test_a_text_that_the_carrier_takes_is_sent_with_its_sid(clinic: Clinic) -> None:
    id = await clinic.queue("See you soon")
    assert await clinic.way_out.earliest() is not None
    assert await clinic.send() == 1
    message = await clinic.message(id)
    [taken] = clinic.taken()
    assert (message.status, message.carrier_sid, message.attempts) == (Status.SENT, taken.sid, 1)
    assert (taken.from_, taken.to, taken.body) == (message.from_number, message.to_number, "See you soon")
    assert await clinic.statuses(id) == ["queued", "sending", "sent"]
    assert await clinic.way_out.earliest() is None


async def test_the_callback_address_carries_our_id_and_the_carrier_is_told_how_long_it_makes_sense(
    small_clinic: Clinic,
) -> None:
    id = await small_clinic.queue(useful_for=timedelta(minutes=30))
    await small_clinic.send()
    [taken] = small_clinic.taken()
    assert taken.callback_url == f"http://127.0.0.1:9/webhooks/twilio/status/{id}"
    assert taken.validity == 1800


async def test_many_texts_leave_each_once(clinic: Clinic) -> None:
    for person in people(100):
        await clinic.queue(f"Hello {person}", person)
    await clinic.send()
    assert [clinic.texts(person) for person in people(100)] == [[f"Hello {person}"] for person in people(100)]
    assert clinic.way_out.in_flight == set()
    assert clinic.way_out.places.taken == 0


async def test_no_more_requests_are_on_the_way_than_there_are_places(small_clinic: Clinic) -> None:
    way_out = WayOut(
        small_clinic.database,
        small_clinic.vault,
        lambda _: small_clinic.carrier,
        public_url="http://x",
        concurrency=3,
    )
    most = 0
    hand_over = way_out.hand_over

    async def watched(departure: Departure) -> Outcome:
        nonlocal most
        most = max(most, way_out.places.taken)
        return await hand_over(departure)

    way_out.hand_over = watched  # type: ignore[method-assign]  # looks on, changes nothing
    for person in people(20):
        await small_clinic.queue(to=person)
    await way_out.send_due()
    await way_out.finish()
    assert most == 3
    assert len(small_clinic.sandbox.messages) == 20


async def test_a_refused_connection_is_tried_again(small_clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    id = await small_clinic.queue()
    unreachable = TwilioCarrier("http://127.0.0.1:9")
    away = WayOut(small_clinic.database, small_clinic.vault, lambda _: unreachable, public_url="http://x")
    await away.send_due()
    await away.finish()
    await unreachable.close()
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.QUEUED, None)
    assert await small_clinic.send() == 0, "it waits before the next try"
    clock.tick(timedelta(seconds=10))
    await small_clinic.send()
    assert await small_clinic.statuses(id) == ["queued", "sending", "queued", "sending", "sent"]
    assert small_clinic.texts() == ["Hello"]


async def test_too_many_requests_wait_as_long_as_the_carrier_asks(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("rate_limited", times=1, seconds=30)
    id = await small_clinic.queue()
    await small_clinic.send()
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.QUEUED, "20429")
    clock.tick(timedelta(seconds=29))
    assert await small_clinic.send() == 0
    clock.tick(timedelta(seconds=2))
    await small_clinic.send()
    message = await small_clinic.message(id)
    assert (message.status, message.error_code, message.attempts) == (Status.SENT, None, 2)


async def test_the_carriers_own_trouble_is_tried_again_later_and_later(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("server_error", times=3)
    id = await small_clinic.queue()
    for _ in range(4):
        await small_clinic.send()
        clock.tick(timedelta(seconds=20))
    assert (await small_clinic.message(id)).attempts == 4
    assert await small_clinic.status(id) == Status.SENT
    assert small_clinic.texts() == ["Hello"]


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        ({"kind": "bad_gateway"}, 0),
        ({"kind": "bad_gateway", "accept": Accept.AT_ONCE}, 1),
        ({"kind": "reset"}, 0),
        ({"kind": "reset", "accept": Accept.AT_ONCE}, 1),
        ({"kind": "empty_answer"}, 1),
        ({"kind": "hang", "seconds": 1, "accept": Accept.AT_ONCE}, 1),
        ({"kind": "hang", "seconds": 1}, 0),
    ],
)
async def test_a_lost_answer_is_unknown_and_never_sent_again_by_itself(
    small_clinic: Clinic, clock: FrozenDateTimeFactory, fault: dict[str, object], taken: int
) -> None:
    small_clinic.carrier.answer_seconds = 0.3
    small_clinic.sandbox.faults.add(times=1, **fault)  # type: ignore[arg-type]  # a table of faults
    id = await small_clinic.queue()
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.UNKNOWN
    clock.tick(timedelta(minutes=10))
    assert await small_clinic.send() == 0
    assert len(small_clinic.taken()) == taken


@pytest.mark.parametrize("code", ["21211", "21614", "21612", "21408", "30034", "21606"])
async def test_what_the_carrier_refuses_for_good_is_failed_with_its_code(small_clinic: Clinic, code: str) -> None:
    small_clinic.sandbox.faults.add("refused", code=int(code))
    id = await small_clinic.queue()
    await small_clinic.send()
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.FAILED, code)
    assert await small_clinic.send() == 0


async def test_a_full_queue_at_the_carrier_is_tried_again_in_minutes(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("refused", code=21611, times=1)
    id = await small_clinic.queue()
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.QUEUED
    clock.tick(timedelta(seconds=60))
    assert await small_clinic.send() == 0
    clock.tick(timedelta(minutes=2))
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.SENT


async def test_an_opt_out_at_the_carrier_blocks_the_text_and_is_recorded(clinic: Clinic) -> None:
    await clinic.sandbox.receive(HERS, clinic.number.phone_number, "STOP")
    id = await clinic.queue()
    waiting = await clinic.queue("Second", useful_for=timedelta(hours=1))
    await clinic.send()
    assert {await clinic.status(id), await clinic.status(waiting)} == {Status.BLOCKED}
    assert [
        event.payload["source"] for event in await clinic.events(type="contact.unsubscribed") if event.payload
    ] == ["carrier"]
    assert clinic.texts() == []


async def test_wrong_credentials_stop_the_number_and_tell_staff_once(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.set(clinic.number, twilio_token_encrypted=clinic.vault.encrypt("wrong"))
    id = await clinic.queue(kind=Kind.REMINDER)
    await clinic.send()
    other = await clinic.queue("Another", HIS, kind=Kind.REMINDER)
    assert await clinic.send() == 0, "the number is stopped"
    assert [await clinic.status(one) for one in (id, other)] == [Status.QUEUED, Status.QUEUED]
    assert (await clinic.number_row()).stopped_reason == "20003"
    assert await clinic.flags() == [Reason.CARRIER_TROUBLE]
    assert await clinic.way_out.earliest() is None, "nothing is due on a stopped number"
    customer = clinic.sandbox.accounts.all()[0]
    await clinic.set(
        clinic.number, twilio_token_encrypted=clinic.vault.encrypt(customer.token), stopped_reason=None
    )
    clock.tick(timedelta(minutes=1))
    await clinic.send()
    assert [clinic.texts(HERS), clinic.texts(HIS)] == [["Hello"], ["Another"]]


async def test_a_text_asked_for_while_its_number_is_stopped_leaves_as_soon_as_it_is_not(clinic: Clinic) -> None:
    await clinic.set(clinic.number, stopped_reason="20003")
    id = await clinic.queue()
    async with clinic.database.write() as session:
        assert await clinic.way_out.pass_one(session, id) is None
    assert await clinic.way_out.earliest() is None
    await clinic.set(clinic.number, stopped_reason=None)
    await clinic.send()
    assert clinic.texts() == ["Hello"]


async def test_a_token_that_cannot_be_read_keeps_its_texts_and_holds_up_no_other(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    unreadable = await small_clinic.add_number("+12125550101", twilio_token_encrypted="encrypted with another key")
    id = await small_clinic.queue("On the broken number", HIS, number=unreadable)
    other = await small_clinic.queue()
    await small_clinic.send()
    assert await small_clinic.status(other) == Status.SENT
    assert await small_clinic.status(id) == Status.QUEUED
    await small_clinic.set(unreadable, twilio_token_encrypted=small_clinic.number.twilio_token_encrypted)
    clock.tick(timedelta(minutes=2))
    await small_clinic.send()
    assert small_clinic.texts(HIS) == ["On the broken number"]


async def test_a_process_that_dies_before_the_answer_leaves_its_text_sending(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()

    async def die(departure: Departure) -> Outcome:
        raise RuntimeError("the process ends here")

    small_clinic.way_out.hand_over = die  # type: ignore[method-assign]  # a process that ends
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.SENDING
    assert small_clinic.way_out.places.taken == 0
    assert small_clinic.way_out.in_flight == set()
    assert small_clinic.texts() == []


async def test_answers_are_written_though_the_database_was_away(
    small_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def once_away(session: AsyncSession, answers: list[Answer]) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the disk is away")
        return await settle(session, answers)

    monkeypatch.setattr(send_module, "settle", once_away)
    id = await small_clinic.queue()
    await small_clinic.send()
    assert (calls, await small_clinic.status(id)) == (2, Status.SENT)


async def test_one_sid_for_two_texts_is_believed_for_the_first_only(clinic: Clinic) -> None:
    first, second, third = [await clinic.queue(body) for body in ("One", "Two", "Three")]
    answers = {
        first: Accepted("SM1", "queued"),
        second: Accepted("SM1", "queued"),
        third: Accepted("SM3", "queued"),
    }

    async def confused(departure: Departure) -> Outcome:
        return answers[departure.message_id]

    clinic.way_out.hand_over = confused  # type: ignore[method-assign]  # a carrier that repeats itself
    await clinic.send()
    assert sorted([await clinic.status(first), await clinic.status(second)]) == [Status.SENT, Status.UNKNOWN]
    assert await clinic.status(third) == Status.SENT


async def test_two_engines_send_each_text_once(clinic: Clinic) -> None:
    other = WayOut(clinic.database, clinic.vault, lambda _: clinic.carrier, public_url="http://x")
    for person in people(60):
        await clinic.queue(to=person)
    await asyncio.gather(clinic.way_out.send_due(), other.send_due())
    await asyncio.gather(clinic.way_out.finish(), other.finish())
    await clinic.send()
    assert [len(clinic.taken(person)) for person in people(60)] == [1] * 60
