"""Whoever was told of a time is told of another one, once, by itself, when the dust has settled."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, select

from appointments.booking import book
from appointments.cancelling import cancel
from appointments.corrections import Corrections
from appointments.fields import AppointmentFields, Asked
from appointments.moving import reopen
from appointments.plan_view import plan_of
from messaging.transition import change_status
from models import clock as wall
from models.account import Account
from models.appointment import Confirmation, Visit
from models.attention import Reason
from models.correction import Correction
from models.event import REPLY
from models.message import Kind, Message, Status
from tests.appointments.conftest import ANA, API, ASK, STAFF, TELL, Practice, local

SETTLED = timedelta(minutes=2)
ASKS = " Reply YES if you will come or NO if you cannot."


async def told(practice: Practice, **fields: object) -> str:
    """Book Ana for Friday at 15:00 and let the text that asks reach the carrier; return the appointment's id."""
    id = (await practice.book(**fields)).appointment.id
    [ask, *_] = await practice.reminders(id)
    await practice.text(ask, Status.DELIVERED)
    return id


async def settle(practice: Practice, clock: FrozenDateTimeFactory, after: timedelta = SETTLED) -> list[Message]:
    """Let time pass and the source run; return the texts that were made, oldest first."""
    clock.tick(after)
    source = Corrections(practice.database)
    while await source.run_due():
        pass
    kinds = (Kind.CORRECTION, Kind.CANCELLATION)
    query = select(Message).where(col(Message.kind).in_(kinds)).order_by(col(Message.created_at), col(Message.id))
    async with practice.database.read() as session:
        return list((await session.exec(query)).all())


async def reached(practice: Practice, message: Message) -> None:
    """Let the carrier take a text, as it was named."""
    async with practice.database.write() as session:
        stored = await session.get_one(Message, message.id)
        stored.attempt_started_at = wall.now()
        session.add(stored)
        await session.flush()
        await change_status(session, [message.id], Status.SENDING)
        await change_status(session, [message.id], Status.SENT)


async def whys(practice: Practice) -> list[str | None]:
    """Return why each change was told or not."""
    async with practice.database.read() as session:
        found = await session.exec(select(Correction.why).order_by(col(Correction.created_at)))
        return list(found.all())


async def test_a_move_after_a_text_named_the_old_time_is_told(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    assert await settle(practice, clock, timedelta(seconds=119)) == []
    [text] = await settle(practice, clock, timedelta(seconds=1))
    assert text.kind is Kind.CORRECTION
    assert text.template == (
        "{{account.name}}: your appointment of Friday, March 6 at 3:00 PM has moved to "
        "{{appointment.date}} at {{appointment.time}}." + ASKS
    )
    assert text.named_start == (await practice.appointment(id)).starts_at
    assert (text.appointment_id, text.to_number) == (id, "+12125550123")
    assert await settle(practice, clock, timedelta(hours=5)) == [text]


async def test_before_any_text_nothing_is_corrected_unless_asked_for(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = (await practice.book()).appointment.id
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    assert await settle(practice, clock) == []
    await practice.change(id, starts_at="2026-03-10T12:00:00", notify="always")
    [text] = await settle(practice, clock)
    assert text.template is not None
    assert "Tuesday, March 10 at 11:00 AM has moved" in text.template


async def test_never_means_never(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    await practice.change(id, starts_at="2026-03-10T12:00:00", notify="never")
    assert await settle(practice, clock) == []
    assert await whys(practice) == ["the person is not told: the change said so"]


async def test_two_moves_make_one_text_from_the_time_that_was_told(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    clock.tick(timedelta(seconds=90))
    await practice.change(id, starts_at="2026-03-10T12:00:00")
    assert await settle(practice, clock, timedelta(seconds=90)) == []
    [text] = await settle(practice, clock, timedelta(seconds=30))
    assert text.template is not None
    assert "Friday, March 6 at 3:00 PM has moved" in text.template


async def test_moved_away_and_back_nobody_is_told(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    await practice.change(id, starts_at="2026-03-06T15:00:00", notify="always")
    assert await settle(practice, clock) == []
    assert await whys(practice) == ["not told: the person knows this already"]


async def test_moved_back_after_it_was_told_is_told_again(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    [first] = await settle(practice, clock)
    await reached(practice, first)
    clock.tick(timedelta(minutes=1))
    await practice.change(id, starts_at="2026-03-06T15:00:00")
    [_, back] = await settle(practice, clock)
    assert back.template is not None
    assert "Tuesday, March 10 at 11:00 AM has moved" in back.template


async def test_a_text_that_names_the_new_time_takes_its_place(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    [_, *later] = await practice.reminders(id)
    clock.tick(timedelta(minutes=1))
    await practice.text(later[0], Status.SENT)
    assert await settle(practice, clock) == []


async def test_a_queued_correction_is_void_when_the_visit_moves_again(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    [first] = await settle(practice, clock)
    await practice.change(id, starts_at="2026-03-11T11:00:00")
    [void, second] = await settle(practice, clock)
    assert (void.id, void.status) == (first.id, Status.CANCELLED)
    assert second.template is not None
    assert "Friday, March 6 at 3:00 PM has moved" in second.template


async def test_a_move_is_told_once_and_does_not_ask_twice(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-03T12:00:00")
    # The text 24 hours before would leave at noon today, two hours after the correction.
    assert await practice.coming(id) == ["Tue 10:00"]
    assert len(await settle(practice, clock)) == 1
    skipped = [one.why for one in await practice.reminders(id) if one.why]
    assert skipped == ["skipped: a text of Monday, 10:02 tells this time"]


async def test_moved_so_near_that_all_that_ask_have_passed_the_correction_asks(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-02T19:00:00")
    assert await practice.coming(id) == ["Mon 17:00"]
    [text] = await settle(practice, clock)
    assert text.template is not None
    assert text.template.endswith(ASKS)


async def test_a_confirmation_that_is_kept_is_not_asked_for(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice, confirmation="confirmed")
    await practice.change(id, starts_at="2026-03-10T11:00:00", keep_confirmation=True)
    [text] = await settle(practice, clock)
    assert text.template is not None
    assert not text.template.endswith(ASKS)


async def test_a_cancel_is_told(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=STAFF)
    [text] = await settle(practice, clock)
    assert text.kind is Kind.CANCELLATION
    assert text.template == (
        "{{account.name}}: your appointment of Friday, March 6 at 3:00 PM has been cancelled."
    )


async def test_a_cancel_by_the_person_needs_no_telling(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=REPLY)
    assert await settle(practice, clock) == []


async def test_reopened_within_the_time_it_settles_nobody_is_told(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    async with practice.database.write() as session:
        await reopen(session, practice.account_id, id, by=API)
    assert await settle(practice, clock) == []


async def test_reopened_after_it_was_told_the_visit_is_said_to_be_on(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    [gone] = await settle(practice, clock)
    await reached(practice, gone)
    async with practice.database.write() as session:
        await reopen(session, practice.account_id, id, by=API)
    [_, on] = await settle(practice, clock)
    assert on.kind is Kind.CORRECTION
    assert on.template is not None
    assert "your appointment is on after all" in on.template


async def test_a_cancel_and_a_new_appointment_are_told_as_one_move(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    old = await told(practice)
    await practice.change(old, status="cancelled")
    clock.tick(timedelta(minutes=1))
    new = (await practice.book(starts_at="2026-03-03T12:00:00", reminders=[ASK, TELL])).appointment.id
    [text] = await settle(practice, clock, timedelta(minutes=1))
    assert (text.kind, text.appointment_id) == (Kind.CORRECTION, new)
    assert text.template is not None
    assert "Friday, March 6 at 3:00 PM has moved" in text.template
    assert text.named_start == (await practice.appointment(new)).starts_at
    # Not asked about a second time two hours later.
    assert await practice.coming(new) == ["Tue 10:00"]


async def test_another_patient_on_the_same_phone_is_no_move(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    old = await told(practice, patient={"name": "Leo"})
    await practice.change(old, status="cancelled")
    await practice.book(starts_at="2026-03-10T16:00:00", patient={"name": "Mia"})
    [text] = await settle(practice, clock)
    assert (text.kind, text.appointment_id) == (Kind.CANCELLATION, old)


async def test_what_replaces_another_cancels_it_and_is_told_as_one_move(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    old = await told(practice, external_id="old-1")
    new = (await practice.book(starts_at="2026-03-10T16:00:00", replaces="old-1")).appointment.id
    assert (await practice.appointment(old)).status is Visit.CANCELLED
    [text] = await settle(practice, clock)
    assert (text.kind, text.appointment_id) == (Kind.CORRECTION, new)
    # It comes again every few minutes, and changes nothing more.
    clock.tick(timedelta(minutes=5))
    assert await settle(practice, clock) == [text]


async def test_what_replaces_nothing_is_a_fault(practice: Practice) -> None:
    with pytest.raises(Exception, match="nothing-1") as raised:
        await practice.book(replaces="nothing-1")
    assert getattr(raised.value, "param", None) == "replaces"


async def test_a_new_appointment_that_is_cancelled_too_leaves_the_cancel_to_tell(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    old = await told(practice)
    await practice.change(old, status="cancelled")
    new = (await practice.book(starts_at="2026-03-10T16:00:00")).appointment.id
    await practice.change(new, status="cancelled")
    [text] = await settle(practice, clock)
    assert (text.kind, text.appointment_id) == (Kind.CANCELLATION, old)


async def test_at_night_it_waits_for_the_morning(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    clock.move_to("2026-03-03T03:00:00Z")  # 22:00 in New York
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    assert await settle(practice, clock) == []
    earliest = await Corrections(practice.database).earliest()
    assert local(earliest) == "Tue 08:00"
    clock.move_to("2026-03-03T13:00:00Z")
    [text] = await settle(practice, clock, timedelta(0))
    assert text.any_hour is False


async def test_a_visit_under_twelve_hours_away_is_told_from_six_to_eleven(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    clock.move_to("2026-03-03T03:00:00Z")  # 22:00 in New York
    await practice.change(id, starts_at="2026-03-03T09:30:00")
    [text] = await settle(practice, clock)
    assert text.any_hour is True


async def test_but_not_at_night(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    clock.move_to("2026-03-03T04:30:00Z")  # 23:30 in New York
    await practice.change(id, starts_at="2026-03-03T09:30:00")
    assert await settle(practice, clock) == []
    assert local(await Corrections(practice.database).earliest()) == "Tue 06:00"


async def test_one_that_no_hour_is_left_for_is_flagged(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    clock.move_to("2026-03-03T04:30:00Z")  # 23:30 in New York
    await practice.change(id, starts_at="2026-03-03T05:00:00")
    assert await settle(practice, clock) == []
    assert Reason.REMINDER_SKIPPED in await practice.flags(id)


async def test_none_once_the_visit_has_started(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-02T10:01:00")
    assert await settle(practice, clock) == []
    assert await whys(practice) == ["not told: the visit has started"]


async def test_a_change_may_settle_longer(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00", settle="PT10M")
    assert await settle(practice, clock, timedelta(minutes=9)) == []
    assert len(await settle(practice, clock, timedelta(minutes=1))) == 1


@pytest.mark.parametrize(("name", "value"), [("notify", "maybe"), ("settle", "P2D"), ("settle", "soon")])
async def test_wrong_words_are_refused(practice: Practice, name: str, value: str) -> None:
    asked = AppointmentFields(contact=ANA, starts_at="2026-03-06T15:00:00")
    asked[name] = value  # type: ignore[literal-required]  # one of the fields, see above
    with pytest.raises(Exception, match=name):
        async with practice.database.write() as session:
            await book(session, practice.account_id, Asked(asked), by=API)


async def test_the_plan_shows_what_will_be_told_and_what_was_not(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice)
    await practice.change(id, starts_at="2026-03-10T11:00:00")

    async def corrections() -> list[tuple[str, str, str]]:
        async with practice.database.read() as session:
            account = await session.get_one(Account, practice.account_id)
            plan = await plan_of(session, account, await practice.appointment(id))
        return [(one["state"], one["why"], one["message"]) for one in plan if one["kind"] == "correction"]

    [(state, why, message)] = await corrections()
    assert (state, why) == ("planned", "told once the change has settled")
    assert "Friday, March 6 at 3:00 PM has moved to Tuesday, March 10 at 11:00 AM." in message
    await practice.change(id, starts_at="2026-03-06T15:00:00")
    await settle(practice, clock)
    [(state, why, _)] = await corrections()
    assert (state, why) == ("skipped", "not told: the person knows this already")


async def test_somebody_who_had_declined_is_asked_about_the_new_time(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = await told(practice, confirmation="declined")
    await practice.change(id, starts_at="2026-03-10T11:00:00")
    assert (await practice.appointment(id)).confirmation is Confirmation.PENDING
    assert len(await settle(practice, clock)) == 1
