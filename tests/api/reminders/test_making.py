"""POST /v1/reminders: one-off, cron and relative jobs, as they are made and read again."""

from typing import Any

from sqlmodel import select

from messaging.consent import unsubscribe
from messaging.recipients import lock_recipient
from models.event import SYSTEM
from models.recipient import ConsentSource
from models.reminder import Reminder
from tests.api.reminders.desk import ADDRESS, ANA, Desk, body_of


async def test_a_one_off_reminder_is_answered_as_it_is_read_later(stored_desk: Desk) -> None:
    made = await stored_desk.create(metadata={"chart": "17"}, misfire_grace="PT30M")
    assert made["object"] == "reminder"
    assert made["id"] == made["reminder_id"]
    assert made["id"].startswith("rem_")
    assert (made["kind"], made["state"], made["version"]) == ("once", "active", 1)
    assert made["send_at"] == made["nominal_at"] == made["next_run_at"] == "2026-03-06T15:00:00Z"
    assert (made["to"], made["from_number"]) == (ANA, "+12125550100")
    assert made["timezone"] == "America/New_York"
    assert made["misfire_grace"] == "PT30M"
    assert made["metadata"] == {"chart": "17"}
    assert "warnings" not in made
    assert await stored_desk.get(made["id"]) == made
    assert await stored_desk.happened(made["id"]) == ["created"]


async def test_the_names_of_the_sms_route_work_here_too(desk: Desk) -> None:
    made = await desk.create(to=None, message=None, to_number=ANA, body="Hello")
    assert (made["to"], made["message"]) == (ANA, "Hello")


async def test_a_local_time_is_on_the_clock_of_its_zone(desk: Desk) -> None:
    made = await desk.create(send_at="2026-03-06T10:00:00", timezone="America/Chicago")
    assert made["send_at"] == "2026-03-06T16:00:00Z"
    assert made["timezone"] == "America/Chicago"


async def test_a_local_time_without_a_zone_is_on_the_accounts_clock(desk: Desk) -> None:
    assert (await desk.create(send_at="2026-03-06T10:00:00"))["send_at"] == "2026-03-06T15:00:00Z"


async def test_an_instant_a_moment_ago_is_due_at_once(desk: Desk) -> None:
    made = await desk.create(send_at="2026-03-02T14:59:56Z")
    assert made["next_run_at"] == "2026-03-02T14:59:56Z"


async def test_a_time_that_passed_is_refused(desk: Desk) -> None:
    error = await desk.refuse(send_at="2026-03-02T14:59:00Z")
    assert (error["code"], error["param"]) == ("schedule_in_past", "send_at")
    assert "2026-03-02T15:00:00Z" in error["message"]


async def test_a_cron_reminder_shows_its_next_occurrence(stored_desk: Desk) -> None:
    made = await stored_desk.create(
        cron="0 9 * * 1-5",
        timezone="America/Los_Angeles",
        starts_at="2026-03-04T00:00:00",
        ends_at="2026-04-01T00:00:00-07:00",
        max_occurrences=10,
    )
    assert (made["kind"], made["cron"], made["max_occurrences"]) == ("cron", "0 9 * * 1-5", 10)
    assert (made["starts_at"], made["ends_at"]) == ("2026-03-04T08:00:00Z", "2026-04-01T07:00:00Z")
    assert made["nominal_at"] == made["next_run_at"] == "2026-03-04T17:00:00Z"
    assert made["occurrences"] == 0
    assert await stored_desk.get(made["id"]) == made


async def test_a_cron_reminder_is_on_the_accounts_clock_by_default(desk: Desk) -> None:
    made = await desk.create(cron="@daily", any_hour=True)
    assert (made["timezone"], made["nominal_at"]) == ("America/New_York", "2026-03-03T05:00:00Z")


async def test_both_ends_of_a_cron_reminder_may_be_occurrences(desk: Desk) -> None:
    made = await desk.create(
        cron="0 9 * * *", starts_at="2026-03-04T09:00:00-05:00", ends_at="2026-03-05T09:00:00-05:00"
    )
    assert [text["at"] for text in await desk.next(made["id"])] == [
        "2026-03-04T14:00:00Z",
        "2026-03-05T14:00:00Z",
    ]


async def test_a_relative_reminder_counts_from_its_appointment_and_takes_its_address(stored_desk: Desk) -> None:
    visit = await stored_desk.book()
    made = await stored_desk.create(
        agent_id=None, to=None, from_number=None, appointment_id=visit["id"], before="PT24H"
    )
    assert (made["kind"], made["before"], made["appointment_id"]) == ("relative", "PT24H", visit["id"])
    assert made["nominal_at"] == "2026-03-05T20:00:00Z"
    assert (made["to"], made["from_number"]) == (ANA, stored_desk.number.phone_number)
    assert made["agent_id"] == stored_desk.number.agent_id
    assert made["timezone"] == "America/New_York"


async def test_a_relative_reminder_in_days_keeps_the_time_on_the_wall(desk: Desk) -> None:
    visit = await desk.book(starts_at="2026-03-09T15:00:00")
    elapsed = await desk.create(appointment_id=visit["id"], before="PT48H")
    calendar = await desk.create(appointment_id=visit["id"], before="P2D")
    at_ten = await desk.create(appointment_id=visit["id"], before="P2D", at="10:00")
    assert elapsed["nominal_at"] == "2026-03-07T19:00:00Z"
    assert calendar["nominal_at"] == "2026-03-07T20:00:00Z"
    assert (at_ten["nominal_at"], at_ten["at"]) == ("2026-03-07T15:00:00Z", "10:00")


async def test_a_relative_reminder_moves_with_its_appointment(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(appointment_id=visit["id"], before="PT24H")
    moved = await desk.client.patch(f"/v1/appointments/{visit['id']}", json={"starts_at": "2026-03-10T15:00:00"})
    assert moved.status_code == 200
    assert (await desk.get(made["id"]))["nominal_at"] == "2026-03-09T19:00:00Z"


async def test_a_reminder_goes_with_a_cancelled_appointment(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(appointment_id=visit["id"])
    await desk.client.post(f"/v1/appointments/{visit['id']}/cancel")
    assert (await desk.get(made["id"]))["state"] == "cancelled"
    error = await desk.refuse(409, appointment_id=visit["id"])
    assert error["code"] == "appointment_already_cancelled"


async def test_a_linked_reminder_may_have_conditions(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(
        appointment_id=visit["id"], only_if=["unconfirmed"], message="Please reply YES or NO."
    )
    assert made["only_if"] == ["unconfirmed"]
    assert "warnings" not in made


async def test_a_reminder_must_come_before_the_visit_it_is_about(desk: Desk) -> None:
    visit = await desk.book()
    too_late: list[tuple[dict[str, Any], str, str]] = [
        ({"before": "P5D"}, "schedule_in_past", "before"),
        ({"send_at": "2026-03-06T15:00:00-05:00"}, "invalid_schedule", "send_at"),
        ({"cron": "0 16 6 * *"}, "invalid_schedule", "cron"),
    ]
    for fields, code, param in too_late:
        error = await desk.refuse(appointment_id=visit["id"], **fields)
        assert (error["code"], error["param"]) == (code, param)


async def test_the_clock_of_a_relative_reminder_is_its_appointments(desk: Desk) -> None:
    visit = await desk.book()
    error = await desk.refuse(appointment_id=visit["id"], before="PT1H", timezone="Europe/Paris")
    assert (error["code"], error["param"]) == ("invalid_schedule", "timezone")
    assert "America/New_York" in error["message"]


async def test_a_reminder_for_somebody_who_unsubscribed_is_made_with_a_warning(stored_desk: Desk) -> None:
    async with stored_desk.service.database.write() as session:
        recipient = await lock_recipient(session, stored_desk.service.account.id, ANA)
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, by=SYSTEM)
    [warning] = (await stored_desk.create())["warnings"]
    assert ANA in warning
    assert "unsubscribed" in warning
    assert "warnings" not in await stored_desk.create(to="+12125550124")


async def test_a_long_text_is_taken_with_a_warning(desk: Desk) -> None:
    [warning] = (await desk.create(message="a" * 601))["warnings"]
    assert "601" in warning


async def test_a_text_outside_sending_hours_shows_when_it_will_leave_and_why(desk: Desk) -> None:
    made = await desk.create(send_at="2026-03-06T23:00:00")
    assert made["nominal_at"] == "2026-03-07T04:00:00Z"
    assert made["next_run_at"] == "2026-03-07T13:00:00Z"
    assert "sending hours in America/New_York" in made["why"]


async def test_any_hour_lifts_the_sending_hours(desk: Desk) -> None:
    made = await desk.create(send_at="2026-03-06T23:00:00", any_hour=True)
    assert made["next_run_at"] == made["nominal_at"]
    assert made["why"] is None


async def test_a_text_that_asks_for_an_answer_moves_earlier(desk: Desk) -> None:
    visit = await desk.book(starts_at="2026-03-07T09:00:00")
    made = await desk.create(
        appointment_id=visit["id"], send_at="2026-03-06T23:00:00", message="Will you come? Reply YES or NO."
    )
    assert made["next_run_at"] == "2026-03-07T01:00:00Z"


async def test_a_text_that_no_hour_is_left_for_is_skipped_and_flagged_and_never_silently_dropped(
    desk: Desk,
) -> None:
    visit = await desk.book(starts_at="2026-03-02T10:30:00")
    await desk.client.patch("/v1/account", json={"sending_hours": {"start": "12:00", "end": "13:00"}})
    made = await desk.create(appointment_id=visit["id"], before="PT5M")
    assert (made["state"], made["next_run_at"]) == ("finished", None)
    assert made["why"] in made["warnings"][0]
    assert await desk.happened(made["id"]) == ["created", "skipped"]
    flagged = body_of(await desk.client.get("/v1/attention?reason=reminder_skipped"))["data"]
    assert [item["appointment_id"] for item in flagged] == [visit["id"]]


async def test_making_a_reminder_wakes_the_alarm(desk: Desk) -> None:
    told: list[frozenset[str]] = []
    desk.service.database.on_commit(told.append)
    await desk.create()
    assert {"reminders", "events"} <= told[-1]


async def test_the_same_key_makes_one_reminder(stored_desk: Desk) -> None:
    headers = {"Idempotency-Key": "make-once"}
    first = await stored_desk.client.post(ADDRESS, json=stored_desk.job(), headers=headers)
    again = await stored_desk.client.post(ADDRESS, json=stored_desk.job(), headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    async with stored_desk.service.database.read() as session:
        assert len((await session.exec(select(Reminder))).all()) == 1
