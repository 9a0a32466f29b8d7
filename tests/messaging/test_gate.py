"""The gate: what leaves is true at the instant it leaves."""

from datetime import datetime, timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from appointments.cancelling import cancel
from appointments.corrections import Corrections
from appointments.moving import reschedule
from models import clock as wall
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason, resolve
from models.message import Kind, Status
from models.recipient import Consent, ConsentSource, ConsentState, Recipient
from tests.messaging.clinic import API, HERS, Clinic

IN_NEW_YORK = timedelta(hours=-5)


async def remind(
    clinic: Clinic, visit: Appointment, template: str = "Your visit: {{appointment.time}}", **job: object
) -> str:
    """Fire a reminder of a visit without sending it; return its message's id."""
    reminder = await clinic.remind(
        appointment_id=visit.id, message=template, nominal_at=wall.now(), **{"any_hour": True, **job}
    )
    assert await clinic.firing.run_due()
    [message] = [one for one in await clinic.messages() if one.reminder_id == reminder.id]
    return message.id


async def last_note(clinic: Clinic, id: str) -> str | None:
    return (await clinic.events(message_id=id))[-1].note


async def test_a_text_to_somebody_who_unsubscribed_is_blocked(clinic: Clinic) -> None:
    id = await clinic.queue()
    recipient = await clinic.recipient()
    async with clinic.database.write() as session:
        consent = Consent(recipient_id=recipient.id, state=ConsentState.UNSUBSCRIBED, source=ConsentSource.IMPORT)
        session.add(consent)
    await clinic.send()
    assert await clinic.status(id) == Status.BLOCKED
    assert clinic.texts() == []


async def test_consent_towards_one_sender_blocks_that_sender_only(clinic: Clinic) -> None:
    other = await clinic.add_number("+12125550101")
    blocked, free = await clinic.queue("From the first"), await clinic.queue("From the second", number=other)
    recipient = await clinic.recipient()
    async with clinic.database.write() as session:
        session.add(
            Consent(
                recipient_id=recipient.id,
                sender=clinic.number.phone_number,
                state=ConsentState.UNSUBSCRIBED,
                source=ConsentSource.STAFF,
            )
        )
    await clinic.send()
    assert (await clinic.status(blocked), await clinic.status(free)) == (Status.BLOCKED, Status.SENT)


@pytest.mark.parametrize(
    ("columns", "status", "why"),
    [
        ({"status": Visit.CANCELLED}, Status.CANCELLED, "cancelled"),
        ({"status": Visit.ARRIVED}, Status.EXPIRED, "started"),
        ({"starts_at": datetime.fromisoformat("2026-03-02T15:00:00Z")}, Status.EXPIRED, "started"),
        ({"confirmation": Confirmation.DECLINED}, Status.CANCELLED, "answered: declined"),
        ({"confirmation": Confirmation.RESCHEDULE_REQUESTED}, Status.CANCELLED, "answered: reschedule requested"),
    ],
)
async def test_what_became_of_the_visit_meanwhile_ends_its_reminder(
    small_clinic: Clinic, columns: dict[str, object], status: Status, why: str
) -> None:
    visit = await small_clinic.book(reminders=[])
    id = await remind(small_clinic, visit)
    await small_clinic.set(visit, **columns)
    await small_clinic.send()
    assert await small_clinic.status(id) == status
    assert why in str(await last_note(small_clinic, id))
    assert small_clinic.texts() == []


async def test_a_reminder_for_the_unconfirmed_is_not_sent_to_one_who_confirmed_meanwhile(
    small_clinic: Clinic,
) -> None:
    visit = await small_clinic.book(reminders=[])
    id = await remind(small_clinic, visit, only_if=["unconfirmed"])
    await small_clinic.set(visit, confirmation=Confirmation.CONFIRMED)
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.CANCELLED


async def test_the_words_are_those_that_are_true_when_the_text_leaves(small_clinic: Clinic) -> None:
    visit = await small_clinic.book(reminders=[], starts_at="2026-03-03T15:00:00", provider="Dr. Lee")
    id = await remind(
        small_clinic, visit, "{{contact.first_name}}: {{appointment.time}} with {{appointment.provider}}"
    )
    await small_clinic.set(visit, starts_at=datetime.fromisoformat("2026-03-03T21:30:00Z"), provider="Dr. Wu")
    await small_clinic.send()
    message = await small_clinic.message(id)
    assert message.body.replace("\u202f", " ") == "Ana: 4:30 PM with Dr. Wu"
    assert small_clinic.texts() == [message.body]
    assert message.named_start == datetime.fromisoformat("2026-03-03T21:30:00Z")


async def test_braces_in_a_text_by_the_api_are_literal(small_clinic: Clinic) -> None:
    await small_clinic.queue("Hello {{contact.name}}")
    await small_clinic.send()
    assert small_clinic.texts() == ["Hello {{contact.name}}"]


async def test_a_text_too_long_once_rendered_fails_and_is_flagged(small_clinic: Clinic) -> None:
    visit = await small_clinic.book(reminders=[], location="x" * 200)
    id = await remind(small_clinic, visit, "{{appointment.location}}" * 9)
    await small_clinic.send()
    message = await small_clinic.message(id)
    assert (message.status, message.error_code) == (Status.FAILED, "message_too_long")
    assert await small_clinic.flags() == [Reason.REMINDER_SKIPPED]


async def test_a_text_that_is_too_late_to_be_useful_expires(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id, short = await small_clinic.queue(), await small_clinic.queue("Soon", useful_for=timedelta(minutes=10))
    clock.tick(timedelta(minutes=10))
    assert await small_clinic.send() == 2
    assert (await small_clinic.status(id), await small_clinic.status(short)) == (Status.SENT, Status.EXPIRED)


async def test_a_text_that_is_tried_again_expires_at_its_hour(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    small_clinic.sandbox.faults.add("server_error")
    id = await small_clinic.queue(useful_for=timedelta(minutes=3))
    while await small_clinic.status(id) == Status.QUEUED:
        await small_clinic.send()
        clock.tick(timedelta(seconds=30))
    assert await small_clinic.status(id) == Status.EXPIRED
    assert wall.now() <= datetime.fromisoformat("2026-03-02T15:03:30Z")


async def test_a_text_for_the_night_leaves_in_the_morning_and_is_not_dropped(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await clinic.queue(send_at=datetime.fromisoformat("2026-03-03T03:00:00Z"))
    clock.move_to("2026-03-03T03:00:00Z")  # 22:00 in New York
    await clinic.send()
    assert await clinic.status(id) == Status.SCHEDULED
    assert await clinic.way_out.earliest() == datetime.fromisoformat("2026-03-03T13:00:00Z")
    assert "held" in await clinic.statuses(id)
    clock.move_to("2026-03-03T12:59:59Z")
    await clinic.send()
    assert clinic.texts() == []
    clock.move_to("2026-03-03T13:00:00Z")
    await clinic.send()
    assert await clinic.status(id) == Status.SENT


async def test_a_text_held_overnight_still_expires(small_clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    id = await small_clinic.queue(
        send_at=datetime.fromisoformat("2026-03-03T03:00:00Z"), useful_for=timedelta(hours=1)
    )
    clock.move_to("2026-03-03T03:00:00Z")
    await small_clinic.send()
    clock.move_to("2026-03-03T14:00:00Z")
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.EXPIRED


async def test_hours_are_those_of_the_persons_own_zone(small_clinic: Clinic, clock: FrozenDateTimeFactory) -> None:
    in_california = await small_clinic.queue(
        to="+12135550123", send_at=datetime.fromisoformat("2026-03-02T15:30:00Z")
    )
    here = await small_clinic.queue(send_at=datetime.fromisoformat("2026-03-02T15:30:00Z"))
    clock.move_to("2026-03-02T15:30:00Z")  # 10:30 in New York, 07:30 in Los Angeles
    await small_clinic.send()
    assert (await small_clinic.status(in_california), await small_clinic.status(here)) == (
        Status.SCHEDULED,
        Status.SENT,
    )
    clock.move_to("2026-03-02T16:00:00Z")
    await small_clinic.send()
    assert await small_clinic.status(in_california) == Status.SENT


@pytest.mark.parametrize("what", ["now", "any hour", "reply"])
async def test_what_is_sent_now_or_at_any_hour_or_answers_a_person_is_never_held(
    small_clinic: Clinic, clock: FrozenDateTimeFactory, what: str
) -> None:
    clock.move_to("2026-03-03T08:00:00Z")  # 03:00 in New York
    if what == "any hour":
        id = await small_clinic.queue(send_at=wall.now(), any_hour=True)
    else:
        id = await small_clinic.queue(kind=Kind.REPLY if what == "reply" else Kind.API)
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.SENT


async def test_a_number_that_may_be_somebody_elses_gets_nothing_until_staff_clear_it(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await clinic.book()
    await clinic.reply("Wrong number, I am not Ana")
    assert (await clinic.recipient()).held_since is not None
    answers = len(clinic.texts())
    id = await clinic.queue("About Ana")
    await clinic.send()
    clock.tick(timedelta(minutes=1))
    await clinic.send()
    assert await clinic.status(id) == Status.QUEUED
    async with clinic.database.write() as session:
        [item] = [one for one in await clinic.items() if one.reason is Reason.WRONG_NUMBER]
        await resolve(session, await session.merge(item), by=API)
    await clinic.send()
    assert clinic.texts()[answers:] == ["About Ana"]


async def test_texts_for_a_later_day_stay_there_when_a_number_is_cleared(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    id = await small_clinic.queue("Tomorrow", send_at=datetime.fromisoformat("2026-03-03T15:00:00Z"))
    await small_clinic.reply("Wrong number, I am not Ana")
    answers = len(small_clinic.texts())
    async with small_clinic.database.write() as session:
        [item] = [one for one in await small_clinic.items() if one.reason is Reason.WRONG_NUMBER]
        await resolve(session, await session.merge(item), by=API)
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.SCHEDULED
    assert len(small_clinic.texts()) == answers


async def test_texts_of_a_deleted_number_are_cancelled(small_clinic: Clinic) -> None:
    id = await small_clinic.queue()
    await small_clinic.set(small_clinic.number, deleted_at=wall.now())
    await small_clinic.send()
    assert await small_clinic.status(id) == Status.CANCELLED


async def test_the_confirmation_of_a_stop_leaves_within_five_minutes_or_not_at_all(
    small_clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await small_clinic.arrive("STOP")
    [confirmation] = await small_clinic.messages(kind=Kind.CONSENT_REPLY)
    clock.tick(timedelta(minutes=5, seconds=1))
    await small_clinic.send()
    assert await small_clinic.status(confirmation.id) == Status.EXPIRED
    assert small_clinic.texts() == []


async def test_the_row_that_everybody_locks_is_one_a_number(clinic: Clinic) -> None:
    await clinic.queue()
    await clinic.queue("Again")
    async with clinic.database.read() as session:
        from sqlmodel import func, select

        assert (await session.exec(select(func.count()).select_from(Recipient))).one() == 1
    assert (await clinic.recipient()).phone_number == HERS


async def test_a_correction_names_the_time_that_is_true_when_it_leaves(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await clinic.ask(clock)
    async with clinic.database.write() as session:
        await reschedule(
            session, clinic.account.id, visit.id, visit.starts_at + timedelta(days=1, hours=1), by=API
        )
    clock.tick(timedelta(minutes=2))
    assert await Corrections(clinic.database).run_due() == 1
    await clinic.send()
    assert clinic.texts()[1:] == [
        "Dr. Lee: your appointment of Tuesday, March 3 at 10:30 AM has moved to Wednesday, March 4 at 11:30 AM. "
        "Reply YES if you will come or NO if you cannot."
    ]
    await clinic.reply("YES")
    assert (await clinic.appointment(visit.id)).confirmation is Confirmation.CONFIRMED


async def test_a_cancel_that_was_told_passes_the_gate_and_one_that_was_undone_does_not(
    clinic: Clinic, clock: FrozenDateTimeFactory
) -> None:
    told, undone = await clinic.ask(clock), await clinic.book(starts_at="2026-03-03T12:00:00")
    clock.tick(timedelta(hours=2))
    await clinic.fire()
    async with clinic.database.write() as session:
        for visit in (told, undone):
            await cancel(session, clinic.account.id, visit.id, by=API)
    clock.tick(timedelta(minutes=2))
    assert await Corrections(clinic.database).run_due() == 2
    await clinic.set(undone, status=Visit.SCHEDULED)
    await clinic.send()
    assert clinic.texts()[2:] == ["Dr. Lee: your appointment of Tuesday, March 3 at 10:30 AM has been cancelled."]
