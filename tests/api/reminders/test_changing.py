"""PATCH, pause, resume and DELETE: what changes, what stays, and what is queued meanwhile."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlmodel import select

from models.message import Message, Status
from scheduler.firing import Firing
from tests.api.numbers import make_number
from tests.api.reminders.desk import ADDRESS, Desk, body_of

# Comes in ten minutes, then every day.
DAILY: dict[str, Any] = {"cron": "10 10 * * *", "any_hour": True, "message": "The old words"}


async def fire(desk: Desk) -> None:
    """Turn what is due into messages, which then wait for the way out."""
    while await Firing(desk.service.database).run_due():
        pass


async def texts_of(desk: Desk, reminder_id: str) -> list[Message]:
    """Read the messages of a job, oldest first."""
    async with desk.service.database.read() as session:
        query = select(Message).where(Message.reminder_id == reminder_id)
        return sorted((await session.exec(query)).all(), key=lambda message: message.created_at)


async def queued(desk: Desk, clock: FrozenDateTimeFactory, **fields: Any) -> dict[str, Any]:
    """Make a daily job whose first text waits for the way out."""
    made = await desk.create(**{**DAILY, **fields})
    clock.tick(600)
    await fire(desk)
    [text] = await texts_of(desk, made["id"])
    assert text.status is Status.QUEUED
    return made


async def test_what_is_absent_stays_and_metadata_merges(stored_desk: Desk) -> None:
    made = await stored_desk.create(metadata={"chart": "17", "room": "2"})
    changed = await stored_desk.change(made["id"], message="New words", metadata={"room": None, "floor": "3"})
    assert changed["message"] == "New words"
    assert changed["metadata"] == {"chart": "17", "floor": "3"}
    assert changed["version"] == 2
    same = ("send_at", "nominal_at", "next_run_at", "to", "from_number", "timezone", "state", "created_at")
    assert {name: changed[name] for name in same} == {name: made[name] for name in same}
    assert await stored_desk.get(made["id"]) == changed
    assert await stored_desk.happened(made["id"]) == ["created", "updated"]


async def test_null_clears(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *", max_occurrences=3, misfire_grace="PT1H", metadata={"chart": "17"})
    changed = await desk.change(made["id"], max_occurrences=None, misfire_grace=None, metadata=None)
    assert (changed["max_occurrences"], changed["misfire_grace"], changed["metadata"]) == (None, None, {})


async def test_a_change_that_changes_nothing_is_no_change(desk: Desk) -> None:
    made = await desk.create(metadata={"chart": "17"})
    assert await desk.change(made["id"]) == made
    assert await desk.change(made["id"], message=made["message"], metadata={"chart": "17"}) == made
    assert await desk.happened(made["id"]) == ["created"]


async def test_a_one_off_is_moved(desk: Desk) -> None:
    made = await desk.create()
    moved = await desk.change(made["id"], send_at="2026-03-05T09:00:00")
    assert moved["send_at"] == moved["nominal_at"] == moved["next_run_at"] == "2026-03-05T14:00:00Z"
    assert (await desk.change(made["id"], 400, send_at="2026-03-01T09:00:00"))["code"] == "schedule_in_past"
    assert (await desk.get(made["id"]))["version"] == 2


async def test_a_cron_job_on_another_clock_comes_at_its_next_occurrence_there(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *")
    assert made["nominal_at"] == "2026-03-03T14:00:00Z"
    assert (await desk.change(made["id"], timezone="America/Los_Angeles"))["nominal_at"] == "2026-03-02T17:00:00Z"
    assert (await desk.change(made["id"], cron="0 17 * * *"))["nominal_at"] == "2026-03-03T01:00:00Z"
    assert (await desk.change(made["id"], timezone=None))["timezone"] == "America/New_York"


async def test_a_change_is_checked_like_a_new_job(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *")
    for fields, code in (
        ({"cron": "never"}, "invalid_cron"),
        ({"send_at": "2026-03-06T10:00:00Z"}, "invalid_schedule"),
        ({"cron": None}, "invalid_schedule"),
        ({"to": "Ana"}, "invalid_phone_number"),
        ({"to": None}, "invalid_parameter"),
        ({"message": "{{who}}"}, "unknown_template_variable"),
        ({"ends_at": "2026-03-02T16:00:00Z"}, "invalid_schedule"),
        ({"sendat": "2026-03-06T10:00:00Z"}, "unknown_parameter"),
    ):
        assert (await desk.change(made["id"], 400, **fields))["code"] == code, fields
    assert (await desk.change(made["id"], 404, agent_id="agent_none"))["code"] == "agent_not_found"
    assert (await desk.change(made["id"], 403, from_number="+12125550199"))["code"] == "from_number_not_owned"
    assert await desk.get(made["id"]) == made


async def test_a_job_changes_its_kind_when_the_old_time_is_cleared(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *", max_occurrences=5, ends_at="2026-04-01T00:00:00")
    changed = await desk.change(made["id"], cron=None, send_at="2026-03-05T09:00:00")
    assert (changed["kind"], changed["cron"], changed["max_occurrences"], changed["ends_at"]) == (
        "once",
        None,
        None,
        None,
    )
    assert changed["next_run_at"] == "2026-03-05T14:00:00Z"


async def test_a_relative_job_gets_another_distance(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(appointment_id=visit["id"], before="PT24H")
    assert (await desk.change(made["id"], before="PT3H"))["nominal_at"] == "2026-03-06T17:00:00Z"


async def test_any_hour_brings_a_held_text_back_to_its_time(desk: Desk) -> None:
    made = await desk.create(send_at="2026-03-06T23:00:00")
    changed = await desk.change(made["id"], any_hour=True)
    assert changed["next_run_at"] == changed["nominal_at"] == "2026-03-07T04:00:00Z"
    assert changed["why"] is None


async def test_what_is_queued_takes_the_new_words_and_the_new_address(
    stored_desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await queued(stored_desk, clock)
    other = await make_number(stored_desk.service, "+12125550101")
    await stored_desk.change(
        made["id"],
        message="New words, {{account.name}}",
        to="+12125550124",
        agent_id=other.agent_id,
        from_number=other.phone_number,
    )
    [text] = await texts_of(stored_desk, made["id"])
    assert text.status is Status.QUEUED
    assert (text.to_number, text.from_number) == ("+12125550124", other.phone_number)
    assert (text.body, text.template) == ("New words, {{account.name}}",) * 2
    assert (text.phone_number_id, text.agent_id) == (other.id, other.agent_id)


async def test_what_is_queued_for_the_old_time_is_withdrawn_when_the_job_moves(
    stored_desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await queued(stored_desk, clock)
    moved = await stored_desk.change(made["id"], cron="0 17 * * *")
    [text] = await texts_of(stored_desk, made["id"])
    assert text.status is Status.CANCELLED
    assert moved["next_run_at"] == "2026-03-02T22:00:00Z"


async def test_new_words_leave_the_time_of_a_job_alone_also_one_that_was_held(
    desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await desk.create(cron="0 22 * * *")
    clock.move_to("2026-03-03T12:00:00Z")
    changed = await desk.change(made["id"], message="New words")
    assert changed["nominal_at"] == "2026-03-03T03:00:00Z"
    assert changed["next_run_at"] == "2026-03-03T13:00:00Z"


async def test_a_paused_job_does_not_come_and_what_is_queued_is_withdrawn(
    stored_desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await queued(stored_desk, clock)
    paused = await stored_desk.act(made["id"], "pause")
    assert (paused["state"], paused["next_run_at"]) == ("paused", None)
    clock.tick(24 * 3600)
    await fire(stored_desk)
    assert [text.status for text in await texts_of(stored_desk, made["id"])] == [Status.CANCELLED]
    assert await stored_desk.happened(made["id"]) == ["created", "paused"]


async def test_a_cron_job_goes_on_with_its_next_occurrence_and_nothing_of_the_pause_is_made_up_for(
    stored_desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await stored_desk.create(**DAILY)
    await stored_desk.act(made["id"], "pause")
    clock.tick(3 * 24 * 3600)
    resumed = await stored_desk.act(made["id"], "resume")
    assert (resumed["state"], resumed["why"]) == ("active", None)
    assert resumed["next_run_at"] == "2026-03-05T15:10:00Z"
    await fire(stored_desk)
    assert await texts_of(stored_desk, made["id"]) == []
    assert await stored_desk.happened(made["id"]) == ["created", "paused", "resumed"]


async def test_a_one_off_resumed_in_time_leaves_at_its_time(desk: Desk) -> None:
    made = await desk.create()
    await desk.act(made["id"], "pause")
    assert (await desk.act(made["id"], "resume"))["next_run_at"] == made["next_run_at"]


async def test_a_one_off_resumed_a_little_late_is_sent_at_once(desk: Desk, clock: FrozenDateTimeFactory) -> None:
    made = await desk.create()
    await desk.act(made["id"], "pause")
    clock.move_to("2026-03-06T15:30:00Z")
    await desk.act(made["id"], "resume")
    await fire(desk)
    assert len(await texts_of(desk, made["id"])) == 1
    assert (await desk.get(made["id"]))["state"] == "finished"


async def test_a_one_off_resumed_too_late_is_missed_and_not_sent(desk: Desk, clock: FrozenDateTimeFactory) -> None:
    made = await desk.create()
    await desk.act(made["id"], "pause")
    clock.move_to("2026-03-06T17:00:00Z")
    await desk.act(made["id"], "resume")
    await fire(desk)
    assert await texts_of(desk, made["id"]) == []
    assert (await desk.get(made["id"]))["state"] == "finished"
    assert await desk.happened(made["id"]) == ["created", "paused", "resumed", "missed"]


async def test_a_cron_job_whose_end_passed_during_the_pause_is_finished(
    desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await desk.create(cron="0 9 * * *", ends_at="2026-03-05T00:00:00")
    await desk.act(made["id"], "pause")
    clock.move_to("2026-03-06T15:00:00Z")
    resumed = await desk.act(made["id"], "resume")
    assert (resumed["state"], resumed["next_run_at"], resumed["why"]) == (
        "finished",
        None,
        "no occurrence is left",
    )


async def test_a_paused_job_is_changed_and_stays_paused(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *")
    await desk.act(made["id"], "pause")
    changed = await desk.change(made["id"], cron="0 17 * * *")
    assert (changed["state"], changed["next_run_at"]) == ("paused", None)
    assert (await desk.act(made["id"], "resume"))["next_run_at"] == "2026-03-02T22:00:00Z"


async def test_a_relative_job_resumed_after_its_visit_moved_comes_before_the_new_time(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(appointment_id=visit["id"], before="PT24H")
    await desk.act(made["id"], "pause")
    await desk.client.patch(f"/v1/appointments/{visit['id']}", json={"starts_at": "2026-03-12T15:00:00"})
    assert (await desk.act(made["id"], "resume"))["nominal_at"] == "2026-03-11T19:00:00Z"


async def test_a_cancelled_job_is_over_and_what_is_queued_is_withdrawn(
    stored_desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await queued(stored_desk, clock)
    cancelled = await stored_desk.act(made["id"], "cancel")
    assert (cancelled["state"], cancelled["next_run_at"]) == ("cancelled", None)
    [text] = await texts_of(stored_desk, made["id"])
    assert text.status is Status.CANCELLED
    assert await stored_desk.get(made["id"]) == cancelled


async def test_a_one_off_whose_text_has_not_left_yet_can_still_be_cancelled(
    desk: Desk, clock: FrozenDateTimeFactory
) -> None:
    made = await desk.create()
    clock.move_to("2026-03-06T15:00:00Z")
    await fire(desk)
    assert (await desk.get(made["id"]))["state"] == "finished"
    assert (await desk.act(made["id"], "cancel"))["state"] == "cancelled"
    [text] = await texts_of(desk, made["id"])
    assert text.status is Status.CANCELLED


@pytest.mark.parametrize(("action", "event"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_doing_it_twice_is_answered_the_same_and_is_no_event(desk: Desk, action: str, event: str) -> None:
    made = await desk.create()
    first = await desk.act(made["id"], action)
    assert await desk.act(made["id"], action) == first
    assert await desk.happened(made["id"]) == ["created", event]


async def test_resuming_what_is_active_changes_nothing(desk: Desk) -> None:
    made = await desk.create()
    assert await desk.act(made["id"], "resume") == made


async def test_what_is_over_cannot_be_changed(desk: Desk, clock: FrozenDateTimeFactory) -> None:
    cancelled = await desk.create(send_at="2026-03-07T10:00:00")
    await desk.act(cancelled["id"], "cancel")
    sent = await desk.create()
    clock.move_to("2026-03-06T15:00:00Z")
    await fire(desk)
    async with desk.service.database.write() as session:
        for message in (await session.exec(select(Message))).all():
            message.status = Status.SENT
            session.add(message)
    for over in (cancelled["id"], sent["id"]):
        errors = [
            await desk.change(over, 409, message="New words"),
            await desk.act(over, "pause", 409),
            await desk.act(over, "resume", 409),
        ]
        assert {error["code"] for error in errors} == {"reminder_already_finished"}
    assert (await desk.act(sent["id"], "cancel", 409))["code"] == "reminder_already_finished"


async def test_a_version_that_was_overtaken_changes_nothing(desk: Desk) -> None:
    made = await desk.create()
    await desk.change(made["id"], message="New words")
    address, headers = f"{ADDRESS}/{made['id']}", {"If-Match": "1"}
    answers = [
        await desk.client.patch(address, json={"message": "Newer words"}, headers=headers),
        await desk.client.post(f"{address}/pause", headers=headers),
        await desk.client.post(f"{address}/resume", headers=headers),
        await desk.client.delete(address, headers=headers),
    ]
    assert {body_of(answer, 412)["error"]["code"] for answer in answers} == {"version_mismatch"}
    paused = await desk.client.post(f"{address}/pause", headers={"If-Match": "2"})
    assert body_of(paused)["version"] == 3
