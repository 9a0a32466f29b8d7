"""GET /v1/reminders and …/messages: which jobs and which of their texts are listed."""

from freezegun.api import FrozenDateTimeFactory

from models.database import Database
from models.message import Status
from scheduler.firing import Firing
from tests.api.reminders.desk import ADDRESS, ANA, Desk, body_of


async def fire(database: Database) -> None:
    """Turn what is due into messages."""
    while await Firing(database).run_due():
        pass


async def test_jobs_are_listed_newest_first(desk: Desk, clock: FrozenDateTimeFactory) -> None:
    ids = []
    for _ in range(3):
        ids.append((await desk.create())["id"])
        clock.tick(1)
    page = body_of(await desk.client.get(f"{ADDRESS}?limit=2"))
    assert [job["id"] for job in page["data"]] == [ids[2], ids[1]]
    assert page["count"] == 3
    rest = body_of(await desk.client.get(f"{ADDRESS}?limit=2&after={page['next']}"))
    assert [job["id"] for job in rest["data"]] == [ids[0]]
    assert rest["next"] is None


async def test_jobs_are_listed_by_what_they_are(desk: Desk) -> None:
    visit = await desk.book()
    once = await desk.create()
    cron = await desk.create(cron="0 9 * * *", to="+12125550124")
    linked = await desk.create(appointment_id=visit["id"], before="PT24H")
    await desk.act(cron["id"], "pause")
    filters = {
        f"appointment_id={visit['id']}": {linked["id"]},
        "kind=once": {once["id"]},
        "kind=cron": {cron["id"]},
        "state=paused": {cron["id"]},
        "state=active": {once["id"], linked["id"]},
        f"to=%2B{ANA[1:]}": {once["id"], linked["id"]},
        "to=%2B12125550124&state=active": set(),
    }
    for asked, expected in filters.items():
        page = body_of(await desk.client.get(f"{ADDRESS}?{asked}"))
        assert {job["id"] for job in page["data"]} == expected, asked
        assert page["count"] == len(expected)


async def test_a_filter_that_makes_no_sense_is_refused(desk: Desk) -> None:
    for asked, param in (
        ("kind=weekly", "kind"),
        ("state=done", "state"),
        ("to=Ana", "to"),
        ("colour=red", "colour"),
    ):
        assert body_of(await desk.client.get(f"{ADDRESS}?{asked}"), 400)["error"]["param"] == param


async def test_another_accounts_job_is_not_there(desk: Desk) -> None:
    made = await desk.create()
    stranger = await desk.service.another_account()
    address = f"{ADDRESS}/{made['id']}"
    answers = [
        await stranger.get(address),
        await stranger.patch(address, json={"message": "Hello"}),
        await stranger.delete(address),
        await stranger.post(f"{address}/pause"),
        await stranger.post(f"{address}/resume"),
        await stranger.get(f"{address}/next"),
        await stranger.get(f"{address}/messages"),
    ]
    assert [body_of(answer, 404)["error"]["code"] for answer in answers] == ["reminder_not_found"] * 7
    assert body_of(await stranger.get(ADDRESS))["count"] == 0
    assert (await desk.get(made["id"])) == made


async def test_the_texts_of_a_job_are_listed(stored_desk: Desk, clock: FrozenDateTimeFactory) -> None:
    made = await stored_desk.create(cron="0 10 * * *", message="Good morning", any_hour=True)
    other = await stored_desk.create(cron="0 10 * * *", any_hour=True)
    for _ in range(2):
        clock.tick(24 * 3600)
        await fire(stored_desk.service.database)
    page = body_of(await stored_desk.client.get(f"{ADDRESS}/{made['id']}/messages"))
    assert page["count"] == 2
    assert {text["reminder_id"] for text in page["data"]} == {made["id"]}
    assert [text["message"] for text in page["data"]] == ["Good morning"] * 2
    assert [text["status"] for text in page["data"]] == [Status.QUEUED] * 2
    assert page["data"][0]["created_at"] > page["data"][1]["created_at"]
    assert (await stored_desk.get(other["id"]))["occurrences"] == 2
