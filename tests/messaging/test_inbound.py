"""The way in: a text is stored once, and what it says about consent is done before anything else."""

import asyncio
from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from messaging.consent import is_unsubscribed, unsubscribe
from messaging.recipients import lock_recipient
from models import clock as wall
from models.attention import Reason
from models.message import Direction, Kind, Status
from models.recipient import ConsentSource
from tests.messaging.clinic import ANA, API, HERS, HIS, Clinic


async def stopped(clinic: Clinic, person: str = HERS, sender: str | None = None) -> bool:
    """Tell whether a person may not be texted."""
    recipient = await clinic.recipient(person)
    async with clinic.database.read() as session:
        return await is_unsubscribed(session, recipient.id, sender or clinic.number.phone_number)


async def test_a_text_is_stored_with_who_wrote_and_what_it_answers(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit_id = (await clinic.ask(clock)).id
    message = await clinic.arrive("Hello there", sid="SM" + "a" * 32)
    assert message is not None
    assert (message.direction, message.status, message.kind) == (Direction.INBOUND, Status.RECEIVED, Kind.INBOUND)
    assert (message.from_number, message.to_number) == (HERS, clinic.number.phone_number)
    assert (message.appointment_id, message.carrier_sid) == (visit_id, "SM" + "a" * 32)
    assert message.contact_id == (await clinic.appointment(visit_id)).contact_id
    assert await clinic.statuses(message.id) == ["received"]
    assert await clinic.replies.earliest() == message.created_at


async def test_the_same_sid_twice_is_one_text_also_at_the_same_instant(clinic: Clinic) -> None:
    sid = "SM" + "b" * 32
    found = await asyncio.gather(*(clinic.arrive("STOP", sid=sid) for _ in range(5)))
    assert len([message for message in found if message is not None]) == 1
    await clinic.send()
    assert len(await clinic.messages(kind=Kind.CONSENT_REPLY)) == 1


async def test_nul_in_a_text_is_left_out_and_everything_else_is_kept(clinic: Clinic) -> None:
    message = await clinic.arrive("a\x00b \ufffd 👍\r\n")
    assert message is not None
    assert (await clinic.message(message.id)).body == "ab \ufffd 👍\r\n"


async def test_stop_unsubscribes_at_once_and_blocks_what_is_queued(clinic: Clinic) -> None:
    queued, later = await clinic.queue(), await clinic.queue(send_at=wall.now() + timedelta(days=1))
    other = await clinic.queue(to=HIS)
    message = await clinic.arrive("Stop.")
    assert message is not None
    assert (message.intent, message.consent_word) == ("opt_out", "STOP")
    assert message.processed_at is not None
    assert await stopped(clinic)
    assert {await clinic.status(queued), await clinic.status(later)} == {Status.BLOCKED}
    assert await clinic.status(other) == Status.QUEUED
    assert await clinic.flags() == [Reason.OPTED_OUT]
    [event] = await clinic.events(type="contact.unsubscribed")
    assert (event.actor_type, event.message_id) == ("reply", message.id)


async def test_one_confirmation_is_sent_and_none_to_a_second_stop(clinic: Clinic) -> None:
    await clinic.arrive("STOP ALL")
    await clinic.send()
    await clinic.arrive("stop")
    await clinic.send()
    [text] = clinic.texts()
    assert "no more texts" in text
    assert text.startswith("Dr. Lee")


async def test_a_carrier_that_answers_stop_itself_is_not_repeated(clinic: Clinic) -> None:
    for word in ("STOP", "START", "HELP"):
        await clinic.arrive(word, opt_out_type=word)
    await clinic.send()
    assert clinic.texts() == []
    assert not await stopped(clinic)


async def test_the_carriers_word_counts_whatever_the_text_says(clinic: Clinic) -> None:
    await clinic.arrive("nada de mensajes", opt_out_type="STOP")
    assert await stopped(clinic)


async def test_a_confirmation_that_the_carrier_blocks_counts_as_done(clinic: Clinic) -> None:
    await clinic.sandbox.receive(HERS, clinic.number.phone_number, "STOP")
    await clinic.arrive("STOP")
    await clinic.send()
    [confirmation] = await clinic.messages(kind=Kind.CONSENT_REPLY)
    assert (confirmation.status, confirmation.error_code) == (Status.BLOCKED, "21610")
    assert await clinic.flags() == [Reason.OPTED_OUT]
    assert await clinic.send() == 0


@pytest.mark.parametrize("word", ["CANCEL", "End", "quit!"])
async def test_a_word_that_may_have_meant_the_visit_stops_the_texts_and_flags_the_visit_unchanged(
    small_clinic: Clinic, clock: FrozenDateTimeFactory, word: str
) -> None:
    visit_id = (await small_clinic.ask(clock)).id
    await small_clinic.arrive(word)
    assert await stopped(small_clinic)
    assert sorted(await small_clinic.flags()) == [Reason.MAY_WANT_TO_CANCEL, Reason.OPTED_OUT]
    visit = await small_clinic.appointment(visit_id)
    assert (visit.status, visit.confirmation) == ("scheduled", "pending")


async def test_a_cancel_out_of_the_blue_is_not_taken_for_the_visit(clinic: Clinic) -> None:
    await clinic.arrive("CANCEL")
    assert await clinic.flags() == [Reason.OPTED_OUT]


async def test_start_subscribes_again_and_says_so(clinic: Clinic) -> None:
    await clinic.arrive("STOP")
    await clinic.send()
    await clinic.arrive("Start")
    await clinic.send()
    assert not await stopped(clinic)
    assert "again" in clinic.texts()[-1]
    assert len(await clinic.events(type="contact.resubscribed")) == 1


async def test_start_of_one_who_never_stopped_changes_and_says_nothing(clinic: Clinic) -> None:
    await clinic.arrive("START")
    await clinic.send()
    assert clinic.texts() == []
    assert await clinic.events(type="contact.resubscribed") == []


@pytest.mark.parametrize("source", [ConsentSource.STAFF, ConsentSource.API, ConsentSource.IMPORT])
async def test_start_lifts_no_opt_out_that_others_made(small_clinic: Clinic, source: ConsentSource) -> None:
    async with small_clinic.database.write() as session:
        recipient = await lock_recipient(session, small_clinic.account.id, HERS)
        await unsubscribe(session, recipient, source=source, by=API)
    await small_clinic.arrive("START")
    await small_clinic.arrive("YES")
    assert await stopped(small_clinic)


async def test_an_opt_out_that_only_the_carrier_knew_is_lifted_by_start(clinic: Clinic) -> None:
    async with clinic.database.write() as session:
        recipient = await lock_recipient(session, clinic.account.id, HERS)
        await unsubscribe(session, recipient, source=ConsentSource.CARRIER, by=API)
    await clinic.arrive("START")
    assert not await stopped(clinic)


async def test_a_yes_of_one_who_stopped_subscribes_again_and_is_read_as_a_yes(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit_id = (await clinic.ask(clock)).id
    await clinic.arrive("STOP")
    await clinic.send()
    await clinic.reply("YES")
    assert not await stopped(clinic)
    visit = await clinic.appointment(visit_id)
    assert (visit.confirmation, visit.confirmation_by) == ("confirmed", "reply")


async def test_a_yes_of_one_who_stopped_answers_the_reminder_and_not_the_confirmation_of_the_stop(
    clinic: Clinic,
    clock: FrozenDateTimeFactory,
) -> None:
    other = await clinic.book(starts_at="2026-03-20T09:00:00", reminders=[])
    visit_id = (await clinic.ask(clock)).id
    await clinic.arrive("STOP")
    await clinic.send()
    await clinic.reply("YES")
    assert (await clinic.appointment(visit_id)).confirmation == "confirmed"
    assert (await clinic.appointment(other.id)).confirmation == "pending"


async def test_a_yes_to_a_toll_free_number_lifts_nothing(clinic: Clinic) -> None:
    toll_free = await clinic.add_number("+18885550100")
    await clinic.arrive("STOP", number=toll_free)
    await clinic.arrive("YES", number=toll_free)
    assert await stopped(clinic)
    await clinic.arrive("UNSTOP", number=toll_free)
    assert not await stopped(clinic)


async def test_help_gets_the_help_text_though_replies_are_off_and_the_person_stopped(clinic: Clinic) -> None:
    await clinic.set(clinic.agent, enable_sms_reply=False, help_message="{{account.name}}: call 212 555 0100.")
    async with clinic.database.write() as session:
        recipient = await lock_recipient(session, clinic.account.id, HERS)
        await unsubscribe(session, recipient, source=ConsentSource.STAFF, by=API)
    message = await clinic.arrive("help")
    await clinic.send()
    assert message is not None
    assert message.intent == "help"
    assert clinic.texts() == ["Dr. Lee: call 212 555 0100."]


async def test_by_default_a_stop_to_one_number_ends_the_texts_of_all(clinic: Clinic) -> None:
    other = await clinic.add_number("+12125550101")
    waiting = await clinic.queue(number=other)
    await clinic.arrive("STOP")
    assert await clinic.status(waiting) == Status.BLOCKED
    assert await stopped(clinic, sender="+12125550101")


async def test_an_account_may_have_a_stop_end_the_texts_of_that_number_only(clinic: Clinic) -> None:
    await clinic.set(clinic.account, opt_out_scope="sender")
    other = await clinic.add_number("+12125550101")
    waiting, ended = await clinic.queue(number=other), await clinic.queue()
    await clinic.arrive("STOP")
    assert (await clinic.status(waiting), await clinic.status(ended)) == (Status.QUEUED, Status.BLOCKED)


async def test_two_people_who_share_a_phone_both_hear_of_its_stop(clinic: Clinic) -> None:
    await clinic.book(reminders=[])
    await clinic.book(contact={"name": "Tom Ruiz", "phone_number": HERS}, reminders=[])
    await clinic.arrive("STOP")
    assert len({event.contact_id for event in await clinic.events(type="contact.unsubscribed")}) == 2


async def test_consent_is_answered_in_the_persons_language(clinic: Clinic) -> None:
    await clinic.book(contact={**ANA, "language": "es-MX"}, reminders=[])
    await clinic.arrive("ALTO")
    await clinic.send()
    assert "no recibirá más mensajes" in clinic.texts()[0]


async def test_a_stop_that_arrived_long_ago_is_kept_and_no_longer_confirmed(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.arrive("STOP", arrived_at=wall.now() - timedelta(minutes=6))
    await clinic.send()
    assert await stopped(clinic)
    assert clinic.texts() == []


@pytest.mark.parametrize(("first", "second", "ends_stopped"), [("STOP", "START", False), ("START", "STOP", True)])
async def test_the_last_word_the_person_sent_counts_though_an_earlier_one_is_read_later(
    clinic: Clinic, first: str, second: str, ends_stopped: bool
) -> None:
    if first == "START":
        await clinic.arrive("STOP", arrived_at=wall.now() - timedelta(hours=2))
    await clinic.arrive(second, arrived_at=wall.now() - timedelta(minutes=1))
    await clinic.arrive(first, arrived_at=wall.now() - timedelta(minutes=10))
    assert await stopped(clinic) is ends_stopped
