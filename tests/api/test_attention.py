"""/v1/attention."""

from datetime import timedelta

from freezegun import freeze_time
from sqlmodel import select

from models import clock
from models.attention import Attention, Reason, open_item
from models.event import Event
from tests.api.service import Service

ATTENTION = "/v1/attention"


async def open_two(service: Service) -> tuple[Attention, Attention]:
    async with service.database.write() as session:
        first = await open_item(
            session, service.account.id, Reason.QUESTION, appointment_id="appt_1", note="When?"
        )
        second = await open_item(session, service.account.id, Reason.LATE_REPLY, contact_id="con_1")
        second.opened_at += timedelta(seconds=1)
        session.add(second)
    return first, second


async def test_items_are_listed_opened_last_first_and_filtered(stored_service: Service) -> None:
    first, second = await open_two(stored_service)
    client = stored_service.client

    async def listed(query: str) -> list[str]:
        page = (await client.get(f"{ATTENTION}{query}")).json()
        assert page["count"] == len(page["data"])
        return [item["id"] for item in page["data"]]

    assert await listed("") == [second.id, first.id]
    assert await listed("?reason=question") == [first.id]
    assert await listed("?reason=question&status=resolved") == []
    assert await listed("?status=open") == [second.id, first.id]
    assert await listed("?contact_id=con_1") == [second.id]
    assert await listed("?appointment_id=appt_1") == [first.id]
    await client.post(f"{ATTENTION}/{first.id}/resolve")
    assert await listed("?status=open") == [second.id]
    assert await listed("?status=resolved") == [first.id]


async def test_pages_follow_the_instant_of_opening(stored_service: Service) -> None:
    first, second = await open_two(stored_service)
    page = (await stored_service.client.get(f"{ATTENTION}?limit=1")).json()
    assert [item["id"] for item in page["data"]] == [second.id]
    page = (await stored_service.client.get(f"{ATTENTION}?limit=1&after={page['next']}")).json()
    assert ([item["id"] for item in page["data"]], page["next"]) == ([first.id], None)


async def test_a_resolved_item_names_who_and_when_and_stays_so(stored_service: Service) -> None:
    first, _ = await open_two(stored_service)
    client = stored_service.client
    item = (await client.post(f"{ATTENTION}/{first.id}/resolve")).json()
    assert (item["resolved_by"], item["reason"], item["note"]) == ("api", "question", "When?")
    assert item["resolved_at"] is not None
    with freeze_time(clock.now() + timedelta(hours=1), real_asyncio=True):
        assert (await client.post(f"{ATTENTION}/{first.id}/resolve")).json() == item
    assert (await client.get(f"{ATTENTION}/{first.id}")).json() == item
    async with stored_service.database.read() as session:
        types = (await session.exec(select(Event.type).where(Event.appointment_id == "appt_1"))).all()
    assert sorted(types) == ["attention.opened", "attention.resolved"]


async def test_an_unknown_reason_or_status_is_400(service: Service) -> None:
    for query in ("reason=boredom", "status=closed", "reason="):
        response = await service.client.get(f"{ATTENTION}?{query}")
        assert response.status_code == 400
        assert response.json()["error"]["param"] == query.partition("=")[0]


async def test_another_account_s_item_is_not_there(service: Service) -> None:
    first, _ = await open_two(service)
    stranger = await service.another_account()
    for response in (
        await stranger.get(f"{ATTENTION}/{first.id}"),
        await stranger.post(f"{ATTENTION}/{first.id}/resolve"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (404, "attention_not_found")
    assert (await stranger.get(ATTENTION)).json()["count"] == 0
