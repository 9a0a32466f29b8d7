"""A visit that must be confirmed in time: flagged, or released and the person told."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from appointments.cancelling import cancel
from appointments.confirming import confirm
from appointments.corrections import Corrections
from appointments.deadline import OverdueConfirmations
from appointments.moving import reopen
from models.appointment import Confirmation, Overdue, Visit
from models.attention import Reason
from models.message import Kind
from tests.appointments.conftest import API, Practice, local
from tests.messaging.clinic import Clinic, open_clinic

RELEASE = {"confirm_by": "PT12H", "on_overdue": "release"}


async def run(practice: Practice | Clinic) -> None:
    """Run the source until nothing is due."""
    source = OverdueConfirmations(practice.database)
    while await source.run_due():
        pass


async def test_still_unconfirmed_it_is_flagged(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = (await practice.book(confirm_by="PT12H")).appointment.id
    assert local(await OverdueConfirmations(practice.database).earliest()) == "Fri 03:00"
    clock.move_to("2026-03-06T07:59:59Z")
    await run(practice)
    assert await practice.flags(id) == []
    clock.tick(timedelta(seconds=1))
    await run(practice)
    assert await practice.flags(id) == [Reason.CONFIRMATION_OVERDUE]
    assert (await practice.happened(id))[-1] == "confirmation_overdue"
    assert (await practice.appointment(id)).status is Visit.SCHEDULED
    assert await OverdueConfirmations(practice.database).earliest() is None
    async with practice.database.write() as session:
        await confirm(session, practice.account_id, id, by=API)
    assert await practice.flags(id) == []


@pytest.mark.parametrize("answer", ["confirmed", "declined", "reschedule_requested"])
async def test_whoever_answered_is_left_alone(
    practice: Practice, clock: FrozenDateTimeFactory, answer: str
) -> None:
    id = (await practice.book(**RELEASE, confirmation=answer)).appointment.id
    clock.move_to("2026-03-06T08:00:00Z")
    await run(practice)
    assert (await practice.appointment(id)).status is Visit.SCHEDULED
    assert Reason.CONFIRMATION_OVERDUE not in await practice.flags(id)


async def test_released_it_is_cancelled_by_the_agent_and_stays_flagged(
    practice: Practice, clock: FrozenDateTimeFactory
) -> None:
    id = (await practice.book(**RELEASE)).appointment.id
    clock.move_to("2026-03-06T08:00:00Z")
    await run(practice)
    appointment = await practice.appointment(id)
    assert (appointment.status, appointment.status_by) == (Visit.CANCELLED, "agent")
    assert await practice.happened(id) == ["created", "confirmation_overdue", "cancelled"]
    assert await practice.flags(id) == [Reason.CONFIRMATION_OVERDUE]
    assert await practice.coming(id) == []
    # At three in the morning nobody is told; at six the visit is nine hours away.
    assert local(await Corrections(practice.database).earliest()) == "Fri 03:00"
    await Corrections(practice.database).run_due()
    assert local(await Corrections(practice.database).earliest()) == "Fri 06:00"


async def test_a_move_moves_the_instant_with_it(practice: Practice) -> None:
    id = (await practice.book(**RELEASE)).appointment.id
    await practice.change(id, starts_at="2026-03-12T11:00:00")
    assert local((await practice.appointment(id)).overdue_at) == "Wed 23:00"
    await practice.change(id, confirm_by=None)
    appointment = await practice.appointment(id)
    assert (appointment.overdue_at, appointment.on_overdue) == (None, None)


async def test_booked_within_the_time_it_is_not_held_against_the_person(practice: Practice) -> None:
    id = (await practice.book(**RELEASE, starts_at="2026-03-02T19:00:00")).appointment.id
    assert (await practice.appointment(id)).overdue_at is None


async def test_reopened_it_must_be_confirmed_again(practice: Practice) -> None:
    id = (await practice.book(**RELEASE)).appointment.id
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    async with practice.database.write() as session:
        await reopen(session, practice.account_id, id, by=API)
    appointment = await practice.appointment(id)
    assert (appointment.confirmation, appointment.on_overdue) == (Confirmation.PENDING, Overdue.RELEASE)
    assert local(appointment.overdue_at) == "Fri 03:00"


async def test_a_cancelled_visit_is_not_overdue(practice: Practice, clock: FrozenDateTimeFactory) -> None:
    id = (await practice.book(**RELEASE)).appointment.id
    async with practice.database.write() as session:
        await cancel(session, practice.account_id, id, by=API)
    clock.move_to("2026-03-06T08:00:00Z")
    await run(practice)
    assert "confirmation_overdue" not in await practice.happened(id)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"confirm_by": "PT0S"}, "confirm_by"),
        ({"confirm_by": "12 h"}, "confirm_by"),
        ({"confirm_by": "PT12H", "on_overdue": "shout"}, "on_overdue"),
        ({"on_overdue": "release"}, "on_overdue"),
    ],
)
async def test_wrong_words_are_refused(practice: Practice, fields: dict[str, str], param: str) -> None:
    with pytest.raises(Exception, match=param):
        await practice.book(**fields)


async def test_a_yes_after_a_release_changes_nothing_tells_the_person_and_is_flagged(
    migrated_url: str, clock: FrozenDateTimeFactory
) -> None:
    async with open_clinic(migrated_url) as clinic:
        visit = await clinic.ask(clock, confirm_by="PT20H", on_overdue="release")
        clock.move_to("2026-03-02T19:30:00Z")
        await run(clinic)
        assert await Corrections(clinic.database).run_due() == 1
        await clinic.send()
        assert clinic.texts()[1] == (
            "Dr. Lee: your appointment of Tuesday, March 3 at 10:30 AM was not confirmed in time, "
            "so it has been cancelled."
        )
        assert [one.kind for one in await clinic.messages()] == [Kind.REMINDER, Kind.CANCELLATION]
        await clinic.reply("YES")
        appointment = await clinic.appointment(visit.id)
        assert (appointment.status, appointment.confirmation) == (Visit.CANCELLED, Confirmation.PENDING)
        assert await clinic.flags() == [Reason.CONFIRMATION_OVERDUE, Reason.REPLY_AFTER_RELEASE]
        assert "was released because it was not confirmed in time" in clinic.texts()[2]
