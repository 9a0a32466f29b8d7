"""Reading what arrived, end to end: text in, the visit changes, the answer leaves by the way out, once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from structlog.testing import capture_logs

from agent.builtin_agent import BuiltinAgent
from agent.decision import Decision, Intent
from agent.reply import MOST_TRIES, QUIET, Replies
from agent.situation import AgentUnavailable, Situation
from appointments.changing import change_appointment
from appointments.fields import AppointmentFields, Asked
from models import clock as wall
from models.appointment import Appointment, Confirmation, Decline, Visit
from models.attention import Reason
from models.contact import Contact, Reachability
from models.message import Kind, Status
from tests.messaging.clinic import ANA, API, HERS, NOW, Clinic, open_clinic


@pytest.fixture(autouse=True)
def clock() -> Iterator[FrozenDateTimeFactory]:
    """The clock stands at `NOW` until the test moves it; nothing is logged to the screen."""
    with freeze_time(NOW, real_asyncio=True) as frozen, capture_logs():
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen


@pytest.fixture
async def clinic(migrated_url: str) -> AsyncIterator[Clinic]:
    """A clinic; the test runs once on SQLite and once on PostgreSQL."""
    async with open_clinic(migrated_url) as clinic:
        yield clinic


@pytest.fixture
async def small_clinic(migrated_sqlite_url: str) -> AsyncIterator[Clinic]:
    """A clinic on SQLite, for what does not depend on the database."""
    async with open_clinic(migrated_sqlite_url) as clinic:
        yield clinic


async def answers(clinic: Clinic) -> list[str]:
    """Return the words of the answers the carrier took."""
    sent = {message.carrier_sid for message in await clinic.messages() if message.kind is Kind.REPLY}
    return [taken.body for taken in clinic.taken() if taken.sid in sent]


async def test_a_yes_confirms_and_the_answer_leaves(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    message = await clinic.reply("YES")
    assert (message.intent, message.decided_by, message.appointment_id) == ("confirm", "builtin", visit.id)
    assert message.confidence is not None
    assert message.confidence >= 0.7
    confirmed = await clinic.appointment(visit.id)
    assert (confirmed.confirmation, confirmed.confirmation_by) == (Confirmation.CONFIRMED, "reply")
    assert confirmed.confirmation_at == wall.now()
    [answer] = await answers(clinic)
    assert "is confirmed" in answer
    [reply] = [one for one in await clinic.messages() if one.kind is Kind.REPLY]
    assert (reply.in_reply_to, reply.status) == (message.id, Status.SENT)
    assert len(await clinic.events(type="appointment.confirmed")) == 1
    assert await clinic.replies.earliest() is None


async def test_a_no_declines_and_a_later_yes_is_flagged(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("No")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.DECLINED
    assert (await clinic.appointment(visit.id)).status is Visit.SCHEDULED
    clock.tick(timedelta(minutes=1))
    await clinic.reply("Yes I can after all")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    assert await clinic.flags() == [Reason.CHANGED_MIND]


async def test_a_no_cancels_a_visit_that_was_planned_so_and_is_answered(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    async with clinic.database.write() as session:
        (await session.get_one(Appointment, visit.id)).on_decline = Decline.CANCEL
    await clinic.reply("No")
    gone = await clinic.appointment(visit.id)
    assert (gone.confirmation, gone.status, gone.status_by) == (Confirmation.DECLINED, Visit.CANCELLED, "reply")
    [answer] = await answers(clinic)
    assert "not coming" in answer
    await clinic.reply("Yes I can after all")
    assert (await clinic.appointment(visit.id)).status is Visit.CANCELLED


async def test_a_wish_for_another_time_is_noted_with_its_window(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("Can we do Thursday at 3pm instead?")
    wished = await clinic.appointment(visit.id)
    assert wished.confirmation is Confirmation.RESCHEDULE_REQUESTED
    assert wished.requested_text
    assert wished.requested_from == datetime.fromisoformat("2026-03-05T20:00:00Z")
    assert await clinic.flags() == [Reason.RESCHEDULE_REQUESTED]


async def test_a_late_person_is_noted_and_the_visit_stays(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("Running 15 minutes late")
    late = await clinic.appointment(visit.id)
    assert (late.confirmation, late.late_minutes) == (Confirmation.PENDING, 15)
    assert Reason.RUNNING_LATE in await clinic.flags()


async def test_a_question_is_answered_from_the_visits_own_facts(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.ask(clock, location="12 Main Street")
    await clinic.reply("Where is it?")
    assert "12 Main Street" in (await answers(clinic))[0]
    assert await clinic.flags() == []


async def test_a_text_that_is_not_understood_changes_nothing_is_flagged_and_gets_the_fallback(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("maybe")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING
    assert await clinic.flags() == [Reason.UNCLEAR_REPLY]
    [answer] = await answers(clinic)
    assert "Dr. Lee" in answer
    assert "{" not in answer


async def test_pictures_without_words_are_flagged(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    await clinic.ask(clock)
    message = await clinic.arrive("", media_count=1)
    await clinic.read()
    assert message is not None
    assert (await clinic.message(message.id)).intent == "other"
    assert await clinic.flags() == [Reason.UNCLEAR_REPLY]


async def test_with_replies_off_the_visit_changes_and_nothing_is_answered(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.set(clinic.agent, enable_sms_reply=False)
    visit = await clinic.ask(clock)
    await clinic.reply("YES")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    assert await answers(clinic) == []
    assert await clinic.flags() == []


async def test_outside_the_window_the_visit_changes_and_staff_answer(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.set(clinic.agent, reply_window_hours=1)
    visit = await clinic.ask(clock)
    clock.tick(timedelta(hours=1, seconds=1))
    await clinic.reply("YES")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    assert await answers(clinic) == []
    assert await clinic.flags() == [Reason.OUTSIDE_REPLY_WINDOW]


async def test_a_reply_after_the_start_changes_nothing_and_is_flagged(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    clock.move_to("2026-03-03T15:30:00Z")
    await clinic.reply("YES")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING
    assert await clinic.flags() == [Reason.LATE_REPLY]


async def test_a_yes_to_the_old_time_confirms_no_new_one(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    async with clinic.database.write() as session:
        moved = Asked(AppointmentFields(starts_at="2026-03-04T11:00:00"))
        await change_appointment(session, clinic.account.id, visit.id, moved, by=API)
    await clinic.reply("YES")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING
    [answer] = await answers(clinic)
    assert "is now on" in answer
    assert "11:00" in answer
    clock.tick(timedelta(minutes=1))
    await clinic.reply("yes")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED


async def test_with_two_open_visits_of_which_none_was_asked_about_we_ask_which_and_a_number_picks(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    first = await clinic.book(starts_at="2026-03-05T09:00:00", reminders=[])
    second = await clinic.book(starts_at="2026-03-06T10:00:00", reminders=[])
    await clinic.queue("Hello from us")
    await clinic.send()
    clock.tick(timedelta(minutes=1))
    await clinic.reply("yes")
    assert {(await clinic.appointment(id)).confirmation for id in (first.id, second.id)} == {Confirmation.PENDING}
    [listing] = await answers(clinic)
    assert "1)" in listing
    assert "2)" in listing
    clock.tick(timedelta(minutes=1))
    await clinic.reply("2 yes")
    assert (await clinic.appointment(first.id)).confirmation is Confirmation.PENDING
    assert (await clinic.appointment(second.id)).confirmation is Confirmation.CONFIRMED


async def test_both_counts_where_each_was_asked_about(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    tom = await clinic.book(patient={"name": "Tom"})
    ana = await clinic.ask(clock, starts_at="2026-03-03T10:31:00", patient={"name": "Lea"})
    await clinic.fire()
    clock.tick(timedelta(minutes=1))
    assert len(clinic.texts()) == 2
    await clinic.reply("Yes, both")
    confirmed = {(await clinic.appointment(visit.id)).confirmation for visit in (tom, ana)}
    assert confirmed == {Confirmation.CONFIRMED}


async def test_each_of_two_visits_may_be_answered_by_name(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    tom = await clinic.book(patient={"name": "Tom"})
    lea = await clinic.ask(clock, starts_at="2026-03-03T10:31:00", patient={"name": "Lea"})
    await clinic.fire()
    clock.tick(timedelta(minutes=1))
    await clinic.reply("Tom yes, Lea no")
    assert (await clinic.appointment(tom.id)).confirmation is Confirmation.CONFIRMED
    assert (await clinic.appointment(lea.id)).confirmation is Confirmation.DECLINED


async def test_nobody_can_answer_for_somebody_elses_visit(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("YES", from_="+12125550199")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING


async def test_a_wrong_number_holds_every_text_and_its_answer_names_no_fact(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock, location="12 Main Street", provider="Dr. Wu")
    await clinic.reply("You have the wrong number")
    assert (await clinic.recipient()).held_since == wall.now()
    assert Reason.WRONG_NUMBER in await clinic.flags()
    [answer] = await answers(clinic)
    assert not any(fact in answer for fact in ("Main", "Wu", "Ana", "March", "10:30"))
    async with clinic.database.read() as session:
        assert (await session.get_one(Contact, visit.contact_id)).reachability is Reachability.WRONG_NUMBER


async def test_staff_who_correct_the_number_let_its_texts_go_to_the_new_one(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    await clinic.reply("You have the wrong number")
    clock.tick(timedelta(minutes=1))
    async with clinic.database.write() as session:
        corrected = Asked(AppointmentFields(contact={**ANA, "phone_number": "+12125550150"}))
        await change_appointment(session, clinic.account.id, visit.id, corrected, by=API)
    await clinic.remind(appointment_id=visit.id, to_number="+12125550150", nominal_at=wall.now())
    await clinic.fire()
    assert clinic.texts("+12125550150") == ["Time for your visit."]


async def test_no_more_texts_in_free_words_unsubscribes_and_is_confirmed_once(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    queued = await clinic.queue("Later", send_at=wall.now() + timedelta(days=1))
    await clinic.reply("Please stop texting me")
    assert await clinic.status(queued) == Status.BLOCKED
    assert [(item.reason, item.appointment_id) for item in await clinic.items()] == [(Reason.OPTED_OUT, visit.id)]
    confirmations = await clinic.messages(kind=Kind.CONSENT_REPLY)
    assert [message.status for message in confirmations] == [Status.SENT]
    assert await answers(clinic) == []


async def test_two_machines_do_not_talk_all_night(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    await clinic.ask(clock)
    for number in range(9):
        await clinic.reply(f"What do you mean by {number}?")
        clock.tick(timedelta(minutes=1))
    assert len(await answers(clinic)) == 5
    clock.tick(timedelta(hours=1))
    await clinic.reply("What do you mean now?")
    assert len(await answers(clinic)) == 6


async def test_the_same_words_again_are_not_answered_again(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    await clinic.ask(clock)
    for _ in range(3):
        await clinic.reply("I am out of office until Monday, kind regards")
        clock.tick(timedelta(minutes=1))
    assert len(await answers(clinic)) <= 1


async def test_numbers_of_our_own_and_short_codes_get_no_answer(small_clinic: Clinic) -> None:
    await small_clinic.add_number("+12125550101")
    for sender in ("+12125550101", "72345"):
        await small_clinic.queue("Hi", sender)
        await small_clinic.reply("hello?", from_=sender)
        assert [one for one in await small_clinic.messages(to=sender) if one.kind is Kind.REPLY] == []


async def test_several_readers_read_each_text_once(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    await clinic.ask(clock)
    message = await clinic.arrive("YES")
    assert message is not None
    readers = [Replies(clinic.database, builtin=BuiltinAgent()) for _ in range(5)]
    assert sum(await asyncio.gather(*(reader.run_due() for reader in readers))) == 1
    await clinic.send()
    assert len(await answers(clinic)) == 1
    assert len(await clinic.events(type="appointment.confirmed")) == 1


async def test_texts_of_one_person_are_read_in_their_order(clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    visit = await clinic.ask(clock)
    for body in ("yes", "no", "yes", "no"):
        clock.tick(timedelta(seconds=1))
        await clinic.arrive(body)
    await clinic.read()
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.DECLINED
    happened = [event.type for event in await clinic.events(appointment_id=visit.id)]
    assert [type for type in happened if type in ("appointment.confirmed", "appointment.declined")] == [
        "appointment.confirmed",
        "appointment.declined",
    ] * 2


class Model:
    """A model that decides what it is told to, or cannot."""

    def __init__(self, *decisions: Decision | Exception) -> None:
        self.decisions = list(decisions)
        self.asked: list[str] = []

    async def decide(self, situation: Situation) -> Decision:
        """Return the next decision, or raise it."""
        self.asked.append(situation.text)
        decision = self.decisions.pop(0)
        if isinstance(decision, Exception):
            raise decision
        return decision


async def test_a_model_is_asked_once_after_a_person_has_finished_writing(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    model = Model(Decision(Intent.CONFIRM, 0.9, agent="openai"))
    clinic.replies = Replies(clinic.database, builtin=BuiltinAgent(), model=model)
    await clinic.arrive("I will")
    clock.tick(timedelta(seconds=3))
    await clinic.arrive("be there")
    clock.tick(timedelta(seconds=3))
    await clinic.read()
    assert model.asked == []
    clock.tick(QUIET)
    await clinic.read()
    assert model.asked == ["I will\nbe there"]
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    assert len(await answers(clinic)) == 1


async def test_a_model_that_cannot_is_replaced_by_the_built_in_agent_and_flagged(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    model = Model(AgentUnavailable("slow"))
    clinic.replies = Replies(clinic.database, builtin=BuiltinAgent(), model=model)
    message = await clinic.arrive("YES")
    assert message is not None
    clock.tick(QUIET)
    await clinic.read()
    assert (await clinic.message(message.id)).decided_by == "builtin"
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    assert await clinic.flags() == [Reason.AGENT_FAILED]


async def test_a_model_that_contradicts_a_lone_yes_changes_nothing(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    model = Model(Decision(Intent.DECLINE, 0.99, agent="openai"))
    clinic.replies = Replies(clinic.database, builtin=BuiltinAgent(), model=model)
    await clinic.arrive("YES")
    clock.tick(QUIET)
    await clinic.read()
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING
    assert await clinic.flags() == [Reason.UNCLEAR_REPLY]


async def test_a_decision_made_while_the_person_wrote_again_is_dropped(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)

    class Interrupted(Model):
        async def decide(self, situation: Situation) -> Decision:
            if not self.asked:
                await clinic.arrive("no wait, I cannot")
            return await super().decide(situation)

    model = Interrupted(Decision(Intent.CONFIRM, 0.9), Decision(Intent.DECLINE, 0.9))
    clinic.replies = Replies(clinic.database, builtin=BuiltinAgent(), model=model)
    await clinic.arrive("I will be there")
    clock.tick(QUIET)
    await clinic.read()
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.PENDING
    clock.tick(QUIET)
    await clinic.read()
    assert model.asked[-1] == "I will be there\nno wait, I cannot"
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.DECLINED
    assert len(await answers(clinic)) == 1


async def test_a_text_that_cannot_be_read_is_tried_again_then_given_to_staff_and_stops_no_other(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    class Broken(BuiltinAgent):
        async def decide(self, situation: Situation) -> Decision:
            if situation.text == "poison":
                raise RuntimeError("a defect of ours")
            return await super().decide(situation)

    visit = await small_clinic.ask(clock)
    small_clinic.replies = Replies(small_clinic.database, builtin=Broken())
    poison = await small_clinic.arrive("poison", from_="+12125550199")
    assert poison is not None
    await small_clinic.reply("YES", from_=HERS)
    assert (await small_clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED
    for _ in range(MOST_TRIES):
        clock.tick(timedelta(minutes=1))
        await small_clinic.read()
    given_up = await small_clinic.message(poison.id)
    assert given_up.processed_at is not None
    assert await small_clinic.flags() == [Reason.AGENT_FAILED]
    assert await small_clinic.replies.earliest() is None
