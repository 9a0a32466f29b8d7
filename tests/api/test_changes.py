"""/v1/changes and /v1/events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from freezegun import freeze_time

import api.routes.changes
from api.services import Services
from models import clock
from models.account import ApiKey
from models.event import Event, record
from tests.api.service import PATIENCE, Service
from webhooks.keeping import Keeping
from webhooks.numbering import Numbering

CHANGES = "/v1/changes"
EVENTS = "/v1/events"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when a request waits for the feed to grow, or to be told that the service stops."""
    waits, wait = asyncio.Event(), api.routes.changes._wait

    async def note(services: Services, event: asyncio.Event, seconds: float) -> None:
        waits.set()
        await wait(services, event, PATIENCE)

    monkeypatch.setattr(api.routes.changes, "_wait", note)
    return waits


async def happen(service: Service, type: str = "appointment.confirmed", *, account_id: str | None = None) -> Event:
    """Let something happen, and give it its place."""
    async with service.database.write() as session:
        event = record(
            session,
            type,
            account_id=account_id or service.account.id,
            appointment_id="appt_1",
            payload={"object": "appointment", "id": "appt_1"},
            previous={"confirmation": "pending"},
        )
    await Numbering(service.database, service.services.vault).run_due()
    return event


async def read(service: Service, query: str = "") -> dict[str, Any]:
    response = await service.client.get(f"{CHANGES}{query}")
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_changes_are_read_from_the_oldest_and_on_from_a_cursor(stored_service: Service) -> None:
    first = await happen(stored_service)
    second = await happen(stored_service, "appointment.cancelled")
    page = await read(stored_service)
    assert [one["id"] for one in page["data"]] == [first.id, second.id]
    assert page["data"][0] == {
        "id": first.id,
        "type": "appointment.confirmed",
        "created_at": page["data"][0]["created_at"],
        "sequence": first.sequence,
        "actor": {"type": "system", "id": None},
        "data": {
            "object": {"object": "appointment", "id": "appt_1"},
            "previous": {"confirmation": "pending"},
        },
    }
    assert page["has_more"] is False
    nothing = await read(stored_service, f"?after={page['next']}")
    assert (nothing["data"], nothing["has_more"], nothing["next"]) == ([], False, page["next"])
    third = await happen(stored_service)
    assert [one["id"] for one in (await read(stored_service, f"?after={page['next']}"))["data"]] == [third.id]


async def test_portions_and_types(service: Service) -> None:
    for type in ("appointment.created", "message.queued", "appointment.confirmed", "contact.unsubscribed"):
        await happen(service, type)
    page = await read(service, "?limit=1")
    assert (len(page["data"]), page["has_more"]) == (1, True)
    page = await read(service, "?types=appointment.created,contact.unsubscribed")
    assert [one["type"] for one in page["data"]] == ["appointment.created", "contact.unsubscribed"]


async def test_another_account_s_events_are_not_there(service: Service) -> None:
    await happen(service)
    stranger = await service.another_account()
    assert (await stranger.get(CHANGES)).json()["data"] == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("after=nonsense", "after"),
        ("after=", "after"),
        ("types=message.queued", "types"),
        ("types=", "types"),
        ("wait=-1", "wait"),
        ("wait=61", "wait"),
        ("wait=soon", "wait"),
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("since=now", "since"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(service: Service, query: str, param: str) -> None:
    response = await service.client.get(f"{CHANGES}?{query}")
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


async def test_a_cursor_older_than_what_is_kept_is_410(stored_service: Service) -> None:
    start = (await read(stored_service))["next"]
    await happen(stored_service)
    with freeze_time(clock.now() + timedelta(days=31), real_asyncio=True):
        await Keeping(stored_service.database).run_due()
    response = await stored_service.client.get(f"{CHANGES}?after={start}")
    assert (response.status_code, response.json()["error"]["code"]) == (410, "cursor_expired")
    assert (await read(stored_service))["data"] == []


async def test_a_waiting_request_is_answered_when_something_happens(
    stored_service: Service, held: asyncio.Event
) -> None:
    after = (await read(stored_service))["next"]
    waiting = asyncio.create_task(read(stored_service, f"?after={after}&wait=60"))
    await held.wait()
    event = await happen(stored_service)
    assert [one["id"] for one in (await waiting)["data"]] == [event.id]


async def test_a_waiting_request_ends_without_anything(service: Service) -> None:
    assert (await read(service, "?wait=1"))["data"] == []


async def test_a_waiting_request_ends_when_the_service_stops(service: Service, held: asyncio.Event) -> None:
    waiting = asyncio.create_task(read(service, "?wait=60"))
    await held.wait()
    service.services.stopping.set()
    assert (await waiting)["data"] == []


class Stream:
    """A client of server-sent events."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def block(self) -> dict[str, str]:
        """Return the next block of lines by name; a comment is named with an empty text."""
        made: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    return made
                name, _, value = line.partition(":")
                made[name] = value.removeprefix(" ")
        raise EOFError

    async def event(self) -> dict[str, str]:
        """Return the next event."""
        while "event" not in (block := await self.block()):
            pass
        return block

    async def ends(self) -> bool:
        """Tell whether the stream ends."""
        try:
            while True:
                await self.block()
        except EOFError:
            return True


@asynccontextmanager
async def streaming(service: Service, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    """Open a stream."""
    client = service.unchecked()
    async with client.stream("GET", f"{EVENTS}{query}", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


async def test_a_stream_tells_what_was_and_what_happens(stored_service: Service) -> None:
    first = await happen(stored_service)
    async with streaming(stored_service) as stream:
        told = await stream.event()
        assert (told["event"], orjson.loads(told["data"])["id"]) == ("appointment.confirmed", first.id)
        second = await happen(stored_service, "appointment.cancelled")
        told = await stream.event()
        assert (told["event"], orjson.loads(told["data"])["id"]) == ("appointment.cancelled", second.id)
        assert told["id"] == (await read(stored_service))["next"]


async def test_a_stream_resumes_behind_the_last_event_that_was_seen(service: Service) -> None:
    await happen(service)
    second = await happen(service)
    async with streaming(service) as stream:
        seen = (await stream.event())["id"]
    async with streaming(service, **{"Last-Event-ID": seen}) as stream:
        assert orjson.loads((await stream.event())["data"])["id"] == second.id
    async with streaming(service, f"?after={seen}") as stream:
        assert orjson.loads((await stream.event())["data"])["id"] == second.id


async def test_a_stream_that_resumes_too_late_is_told_to_reset_and_goes_on_from_now(service: Service) -> None:
    start = (await read(service))["next"]
    await happen(service)
    with freeze_time(clock.now() + timedelta(days=31), real_asyncio=True):
        await Keeping(service.database).run_due()
    async with streaming(service, **{"Last-Event-ID": start}) as stream:
        reset = await stream.event()
        assert (reset["event"], orjson.loads(reset["data"])) == ("reset", {"code": "cursor_expired"})
        later = await happen(service)
        assert orjson.loads((await stream.event())["data"])["id"] == later.id


async def test_a_stream_says_something_now_and_then_and_keeps_its_place_fresh(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.routes.changes, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(api.routes.changes, "LOOK_SECONDS", 0.01)
    await happen(service)
    async with streaming(service, "?types=contact.unsubscribed") as stream:
        while "" not in (block := await stream.block()):
            pass
        assert block[""] == "still here"
        assert block["id"] == (await read(service))["next"]


async def test_a_stream_ends_when_its_key_is_revoked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.routes.changes, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(api.routes.changes, "LOOK_SECONDS", 0.01)
    async with streaming(service) as stream:
        key_id = service.client.headers["Authorization"].removeprefix("Bearer ").partition(":")[0]
        async with service.database.write() as session:
            key = await session.get_one(ApiKey, key_id)
            key.revoked_at = clock.now()
            session.add(key)
        service.services.keys.forget(key_id)
        assert await stream.ends()


async def test_a_stream_ends_itself_when_the_service_stops(service: Service) -> None:
    async with streaming(service) as stream:
        await stream.block()
        service.services.stopping.set()
        assert await stream.ends()


async def test_a_stream_needs_a_key_and_a_cursor_of_ours(service: Service) -> None:
    assert (await service.client_of(None).get(EVENTS)).status_code == 401
    wrong = await service.client.get(EVENTS, headers={"Last-Event-ID": "evt_1"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "invalid_parameter")
    assert (await service.client.get(f"{EVENTS}?types=nothing")).status_code == 400
