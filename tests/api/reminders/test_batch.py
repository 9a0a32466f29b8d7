"""POST /v1/reminders/batch: every item is answered in its order, and a bad one spoils no other."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from sqlmodel import col, func, select

from messaging.consent import unsubscribe
from messaging.recipients import lock_recipient
from models.event import SYSTEM, Event
from models.recipient import ConsentSource
from models.reminder import Reminder
from tests.api.reminders.desk import ADDRESS, ANA, Desk, body_of


async def send(desk: Desk, *items: Any) -> dict[str, Any]:
    """Send a batch and return its answer."""
    return body_of(await desk.client.post(f"{ADDRESS}/batch", json={"reminders": items}))


async def test_a_bad_item_spoils_no_other(stored_desk: Desk) -> None:
    visit = await stored_desk.book()
    job = stored_desk.job
    told = await send(
        stored_desk,
        job(),
        job(to="Ana"),
        job(colour="red"),
        "not an object",
        None,
        {},
        job(agent_id="agent_none"),
        job(from_number="+12125550199"),
        job(cron="0 9 * * 1-5"),
        job(appointment_id=visit["id"], before="PT24H"),
        job(appointment_id="appt_none", before="PT24H"),
        job(send_at="2026-03-01T10:00:00Z"),
        job(appointment_id=visit["id"], before="P30D"),
    )
    assert (told["created"], told["updated"], told["failed"]) == (3, 0, 10)
    assert [item["index"] for item in told["data"]] == list(range(13))
    assert [item.get("error", {}).get("code") for item in told["data"]] == [
        None,
        "invalid_phone_number",
        "unknown_parameter",
        "invalid_parameter",
        "invalid_parameter",
        "invalid_parameter",
        "agent_not_found",
        "from_number_not_owned",
        None,
        None,
        "appointment_not_found",
        "schedule_in_past",
        "schedule_in_past",
    ]
    kinds = [(await stored_desk.get(told["data"][index]["reminder_id"]))["kind"] for index in (0, 8, 9)]
    assert kinds == ["once", "cron", "relative"]
    assert body_of(await stored_desk.client.get(ADDRESS))["count"] == 3


async def test_what_is_made_in_a_batch_is_what_would_be_made_alone(stored_desk: Desk) -> None:
    fields: dict[str, Any] = {"cron": "0 22 * * *", "max_occurrences": 4, "metadata": {"chart": "17"}}
    alone = await stored_desk.create(**fields)
    told = await send(stored_desk, stored_desk.job(**fields))
    together = await stored_desk.get(told["data"][0]["reminder_id"])
    own = {"id", "reminder_id"}
    assert {name: value for name, value in together.items() if name not in own} == {
        name: value for name, value in alone.items() if name not in own
    }
    assert await stored_desk.happened(together["id"]) == ["created"]


async def test_all_faults_of_an_item_are_told(desk: Desk) -> None:
    told = await send(desk, {"to": "Ana", "message": 5, "cron": "soon"})
    errors = told["data"][0]["error"]["errors"]
    assert {error["param"] for error in errors} == {"agent_id", "to", "from_number", "message", "cron"}


async def test_an_item_for_somebody_who_unsubscribed_carries_a_warning(desk: Desk) -> None:
    async with desk.service.database.write() as session:
        recipient = await lock_recipient(session, desk.service.account.id, ANA)
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, by=SYSTEM)
    told = await send(desk, desk.job(), desk.job(to="+12125550124"))
    assert "unsubscribed" in told["data"][0]["warnings"][0]
    assert "warnings" not in told["data"][1]


async def test_thousands_of_reminders_are_made_at_once(desk: Desk, clock: FrozenDateTimeFactory) -> None:
    items = [desk.job(to=f"+1212555{number:04}") for number in range(2500)]
    told = await send(desk, *items)
    assert (told["created"], told["failed"]) == (2500, 0)
    assert len({item["reminder_id"] for item in told["data"]}) == 2500
    async with desk.service.database.read() as session:
        stored = dict((await session.exec(select(Reminder.id, Reminder.to_number))).all())
        events = select(func.count()).select_from(Event).where(col(Event.type) == "reminder.created")
        assert (await session.exec(events)).one() == 2500
    assert [stored[item["reminder_id"]] for item in told["data"]] == [item["to"] for item in items]


async def test_more_than_ten_thousand_are_refused(desk: Desk) -> None:
    response = await desk.client.post(f"{ADDRESS}/batch", json={"reminders": [{}] * 10_001})
    error = body_of(response, 400)["error"]
    assert (error["code"], error["param"]) == ("too_many_items", "reminders")


async def test_a_batch_of_nothing_is_taken_and_one_that_is_none_is_not(desk: Desk) -> None:
    assert await send(desk) == {"data": [], "created": 0, "updated": 0, "failed": 0}
    bodies: list[Any] = [{}, {"reminders": {}}, {"reminders": None}, {"jobs": []}, []]
    for body in bodies:
        response = await desk.client.post(f"{ADDRESS}/batch", json=body)
        assert body_of(response, 400)["error"]["type"] == "invalid_request"


async def test_the_same_key_makes_the_batch_once(desk: Desk) -> None:
    body = {"reminders": [desk.job(), desk.job(to="Ana")]}
    headers = {"Idempotency-Key": "batch-once"}
    first = await desk.client.post(f"{ADDRESS}/batch", json=body, headers=headers)
    again = await desk.client.post(f"{ADDRESS}/batch", json=body, headers=headers)
    assert again.json() == first.json()
    assert body_of(await desk.client.get(ADDRESS))["count"] == 1
