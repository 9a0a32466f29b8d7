"""GET …/next: when the texts of a job will leave, over clock changes, sending hours and its ends."""

import pytest

from tests.api.reminders.desk import ADDRESS, Desk, body_of


async def ats(desk: Desk, count: int, **fields: object) -> list[str]:
    """Make a cron job and return when its next texts leave."""
    made = await desk.create(any_hour=True, **fields)
    return [text["at"] for text in await desk.next(made["id"], count)]


async def test_a_fixed_time_keeps_its_place_on_the_wall_when_clocks_go_forward(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *", timezone="America/New_York", starts_at="2026-03-07T00:00:00")
    texts = await desk.next(made["id"], 3)
    assert [text["at"] for text in texts] == [
        "2026-03-07T14:00:00Z",
        "2026-03-08T13:00:00Z",
        "2026-03-09T13:00:00Z",
    ]
    assert [text["local"] for text in texts] == [
        "2026-03-07T09:00:00-05:00",
        "2026-03-08T09:00:00-04:00",
        "2026-03-09T09:00:00-04:00",
    ]
    assert all(text["nominal_at"] == text["at"] and text["why"] is None for text in texts)


async def test_a_fixed_time_keeps_its_place_on_the_wall_when_clocks_go_back(desk: Desk) -> None:
    assert await ats(desk, 3, cron="0 9 * * *", starts_at="2026-10-31T00:00:00") == [
        "2026-10-31T13:00:00Z",
        "2026-11-01T14:00:00Z",
        "2026-11-02T14:00:00Z",
    ]


async def test_a_time_that_is_skipped_comes_once_right_after_the_gap(desk: Desk) -> None:
    assert await ats(desk, 3, cron="15,45 2 * * *", starts_at="2026-03-08T00:00:00") == [
        "2026-03-08T07:00:00Z",
        "2026-03-09T06:15:00Z",
        "2026-03-09T06:45:00Z",
    ]


async def test_a_time_that_comes_twice_is_taken_once_the_first_time(desk: Desk) -> None:
    assert await ats(desk, 2, cron="30 1 * * *", starts_at="2026-11-01T00:00:00") == [
        "2026-11-01T05:30:00Z",
        "2026-11-02T06:30:00Z",
    ]


async def test_every_half_hour_comes_in_both_readings_of_the_repeated_hour_and_in_none_of_the_skipped(
    desk: Desk,
) -> None:
    assert await ats(desk, 5, cron="30 * * * *", starts_at="2026-11-01T00:00:00") == [
        "2026-11-01T04:30:00Z",
        "2026-11-01T05:30:00Z",
        "2026-11-01T06:30:00Z",
        "2026-11-01T07:30:00Z",
        "2026-11-01T08:30:00Z",
    ]
    assert await ats(desk, 2, cron="30 * * * *", starts_at="2026-03-08T01:00:00") == [
        "2026-03-08T06:30:00Z",
        "2026-03-08T07:30:00Z",
    ]


async def test_each_job_is_on_its_own_clock(desk: Desk) -> None:
    zones = {"Asia/Kolkata": "03:30", "Europe/London": "09:00", "Australia/Lord_Howe": "22:00", "UTC": "09:00"}
    for zone, expected in zones.items():
        [at] = await ats(desk, 1, cron="0 9 * * *", timezone=zone)
        assert at[11:16] == expected


async def test_a_one_off_in_the_gap_is_right_after_it_and_one_that_comes_twice_is_the_first(desk: Desk) -> None:
    skipped = await desk.create(send_at="2026-03-08T02:30:00", any_hour=True)
    twice = await desk.create(send_at="2026-11-01T01:30:00", any_hour=True)
    assert skipped["send_at"] == "2026-03-08T07:00:00Z"
    assert twice["send_at"] == "2026-11-01T05:30:00Z"
    [text] = await desk.next(skipped["id"])
    assert text["local"] == "2026-03-08T03:00:00-04:00"


async def test_texts_outside_sending_hours_are_listed_when_they_leave(desk: Desk) -> None:
    made = await desk.create(cron="0 22 * * *")
    first, second = await desk.next(made["id"], 2)
    assert (first["nominal_at"], first["at"]) == ("2026-03-03T03:00:00Z", "2026-03-03T13:00:00Z")
    assert first["local"] == "2026-03-03T08:00:00-05:00"
    assert "sending hours" in first["why"]
    assert second["at"] == "2026-03-04T13:00:00Z"


async def test_occurrences_that_sending_hours_bring_to_one_instant_are_one_text(desk: Desk) -> None:
    made = await desk.create(cron="0 */3 * * *", starts_at="2026-03-02T20:00:00")
    texts = await desk.next(made["id"], 3)
    # 21:00, 00:00, 03:00 and 06:00 may not leave; at 08:00 the last of them does.
    assert [text["at"] for text in texts] == [
        "2026-03-03T13:00:00Z",
        "2026-03-03T14:00:00Z",
        "2026-03-03T17:00:00Z",
    ]
    assert texts[0]["nominal_at"] == "2026-03-03T11:00:00Z"


async def test_every_minute_under_narrow_sending_hours_is_answered_too(desk: Desk) -> None:
    await desk.client.patch("/v1/account", json={"sending_hours": {"start": "09:00", "end": "09:01"}})
    made = await desk.create(cron="* * * * *")
    texts = await desk.next(made["id"], 100)
    assert len(texts) == 100
    assert all(text["at"].endswith(("14:00:00Z", "13:00:00Z")) for text in texts)
    assert len({text["at"] for text in texts}) == 100


async def test_a_job_lists_no_more_than_is_left_of_it(desk: Desk) -> None:
    limited = await desk.create(cron="0 9 * * *", max_occurrences=3)
    ending = await desk.create(cron="0 9 * * *", ends_at="2026-03-04T12:00:00")
    once = await desk.create()
    assert len(await desk.next(limited["id"])) == 3
    assert len(await desk.next(ending["id"])) == 2
    assert [text["at"] for text in await desk.next(once["id"])] == ["2026-03-06T15:00:00Z"]


async def test_a_linked_job_lists_nothing_from_the_start_of_its_visit_on(desk: Desk) -> None:
    visit = await desk.book()
    made = await desk.create(appointment_id=visit["id"], cron="0 9 * * *")
    assert [text["at"][:10] for text in await desk.next(made["id"])] == [
        "2026-03-03",
        "2026-03-04",
        "2026-03-05",
        "2026-03-06",
    ]


@pytest.mark.parametrize("action", ["pause", "cancel"])
async def test_a_job_that_sends_nothing_lists_nothing(desk: Desk, action: str) -> None:
    made = await desk.create(cron="0 9 * * *")
    await desk.act(made["id"], action)
    assert await desk.next(made["id"]) == []


async def test_count_is_ten_by_default_and_a_hundred_at_most(desk: Desk) -> None:
    made = await desk.create(cron="0 9 * * *")
    address = f"{ADDRESS}/{made['id']}/next"
    assert len(body_of(await desk.client.get(address))["data"]) == 10
    assert len(await desk.next(made["id"], 100)) == 100
    for count in ("0", "101", "many"):
        error = body_of(await desk.client.get(f"{address}?count={count}"), 400)["error"]
        assert (error["code"], error["param"]) == ("invalid_parameter", "count")
