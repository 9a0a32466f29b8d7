"""`Idempotency-Key`: one effect and one answer, through repeats, races, kills and restarts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.answers import answer
from api.idempotency import purge_expired, recovered_by
from api.route import Route
from api.unit import Work
from messaging.agents import create_agent
from models import clock
from models.agent import Agent
from models.database import Database, signal
from models.errors import Conflict, Unavailable
from models.idempotency import IdempotencyKey
from tests.api.service import JSON, Service, running

AGENTS = "/v1/agents"
KEY = {"Idempotency-Key": "key-1"}


def replayed(response: httpx.Response) -> bool:
    return bool(response.headers.get("Idempotent-Replayed") == "true")


def code(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


async def count(database: Database, table: type[Agent] | type[IdempotencyKey]) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


@dataclass
class Door:
    """A route whose handler waits where a test wants it to, and fails where a test wants it to."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0
    fail: Callable[[], Exception] | None = None
    commits_first: bool = False

    def router(self) -> APIRouter:
        """Return the route: POST /v1/test/door makes an agent."""
        router = APIRouter(route_class=Route)

        async def recover(session: AsyncSession, agent_id: str) -> Response | None:
            agent = await session.get(Agent, agent_id)
            return None if agent is None else answer({"recovered": agent.id}, 201)

        @router.post("/v1/test/door", status_code=201)
        @recovered_by(recover)
        async def go_through(work: Work) -> Response:
            self.calls += 1
            session = await work.session()
            agent = await create_agent(session, work.account_id, {"name": "Through the door"})
            signal(session, "messages")
            if self.commits_first:
                await work.commit(message_id=agent.id)
            self.arrived.set()
            await self.opened.wait()
            if self.fail is not None:
                raise self.fail()
            return answer({"made": agent.id}, 201)

        return router


def door_of(service: Service) -> Door:
    door = Door()
    service.app.include_router(door.router())
    return door


async def test_a_repeat_gets_the_first_answer_and_makes_nothing(stored_service: Service) -> None:
    client = stored_service.client
    first = await client.post(AGENTS, json={"name": "A", "language": "es"}, headers=KEY)
    # The same body, written otherwise.
    again = await client.post(AGENTS, content=b'{ "language":"es",\n"name":"A"}', headers=KEY | JSON)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert not replayed(first)
    assert replayed(again)
    assert first.headers["X-Request-ID"] != again.headers["X-Request-ID"]
    assert await count(stored_service.database, Agent) == 1


async def test_another_body_path_or_method_under_the_same_key_is_409(stored_service: Service) -> None:
    client = stored_service.client
    agent = (await client.post(AGENTS, json={"name": "A"}, headers=KEY)).json()
    path = f"{AGENTS}/{agent['id']}"
    for response in (
        await client.post(AGENTS, json={"name": "B"}, headers=KEY),
        await client.patch(path, json={"name": "A"}, headers=KEY),
        await client.put(path, json={"name": "A"}, headers=KEY),
        await client.delete(path, headers=KEY),
    ):
        assert (response.status_code, code(response)) == (409, "idempotency_key_reused")
    assert (await client.get(path)).json() == agent


async def test_a_key_belongs_to_its_account_and_not_to_its_api_key(service: Service) -> None:
    body = {"name": "A"}
    first = await service.client.post(AGENTS, json=body, headers=KEY)
    colleague = await service.client_with("admin")
    assert (await colleague.post(AGENTS, json=body, headers=KEY)).content == first.content
    stranger = await service.another_account()
    other = await stranger.post(AGENTS, json=body, headers=KEY)
    assert not replayed(other)
    assert other.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_that_cannot_be_is_400(client: httpx.AsyncClient, key: str) -> None:
    response = await client.post(AGENTS, json={"name": "A"}, headers={"Idempotency-Key": key})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["x", "x" * 255, "e9cf6a3a order #7", b"caf\xe9"])
async def test_every_printable_key_is_taken(stored_service: Service, key: str | bytes) -> None:
    raw = key if isinstance(key, bytes) else key.encode()
    headers = [(b"Idempotency-Key", raw)]
    await stored_service.client.post(AGENTS, json={"name": "A"}, headers=headers)
    assert replayed(await stored_service.client.post(AGENTS, json={"name": "A"}, headers=headers))


async def test_what_the_request_did_wrong_is_answered_again_the_same(stored_service: Service) -> None:
    client = stored_service.client
    for number, (method, path, body, status) in enumerate(
        [
            ("POST", AGENTS, {"nmae": "A"}, 400),
            ("PATCH", f"{AGENTS}/agent_none", {"name": "A"}, 404),
            ("DELETE", f"{AGENTS}/agent_none", None, 404),
        ]
    ):
        headers = {"Idempotency-Key": f"wrong-{number}"}
        first = await client.request(method, path, json=body, headers=headers)
        again = await client.request(method, path, json=body, headers=headers)
        assert (first.status_code, again.status_code) == (status, status)
        assert again.content == first.content
        assert replayed(again)


async def test_a_key_is_not_spent_on_401_or_415(service: Service) -> None:
    nobody = service.client_of("key_nobody:secret")
    assert (await nobody.post(AGENTS, json={"name": "A"}, headers=KEY)).status_code == 401
    response = await service.client.post(AGENTS, content=b'{"name": "A"}', headers=KEY)
    assert response.status_code == 415
    response = await service.client.post(AGENTS, json={"name": "A"}, headers=KEY)
    assert (response.status_code, replayed(response)) == (201, False)


async def test_reading_takes_no_notice_of_a_key(client: httpx.AsyncClient) -> None:
    await client.post(AGENTS, json={"name": "A"}, headers=KEY)
    response = await client.get(AGENTS, headers=KEY)
    assert (response.status_code, replayed(response)) == (200, False)


async def test_while_the_first_runs_a_repeat_is_409_and_then_gets_its_answer(stored_service: Service) -> None:
    door, client = door_of(stored_service), stored_service.client
    first = asyncio.create_task(client.post("/v1/test/door", headers=KEY))
    await door.arrived.wait()
    repeat = await client.post("/v1/test/door", headers=KEY)
    assert (repeat.status_code, code(repeat)) == (409, "idempotency_key_in_progress")
    other = await client.post("/v1/test/door", json={}, headers=KEY)
    assert (other.status_code, code(other)) == (409, "idempotency_key_reused")
    door.opened.set()
    answered = await first
    again = await client.post("/v1/test/door", headers=KEY)
    assert answered.status_code == 201
    assert again.content == answered.content
    assert door.calls == 1


async def test_many_at_once_have_one_effect(stored_service: Service) -> None:
    posts = [stored_service.client.post(AGENTS, json={"name": "A"}, headers=KEY) for _ in range(8)]
    responses = await asyncio.gather(*posts)
    assert {response.status_code for response in responses} <= {201, 409}
    assert len({response.json()["id"] for response in responses if response.status_code == 201}) == 1
    assert await count(stored_service.database, Agent) == 1


@pytest.mark.postgresql
async def test_two_processes_answer_one_key_once(migrated_postgres_url: str) -> None:
    async with running(migrated_postgres_url) as one, running(migrated_postgres_url) as two:
        door, other = door_of(one), door_of(two)
        theirs = await two.client_with("read", "write", "admin", account_id=one.account.id)
        first = asyncio.create_task(one.client.post("/v1/test/door", headers=KEY))
        await door.arrived.wait()
        repeat = await theirs.post("/v1/test/door", headers=KEY)
        assert (repeat.status_code, code(repeat)) == (409, "idempotency_key_in_progress")
        door.opened.set()
        answered = await first
        again = await theirs.post("/v1/test/door", headers=KEY)
        assert again.content == answered.content
        assert replayed(again)
        assert other.calls == 1  # it began and was turned back before it had any effect
        assert await count(one.database, Agent) == 1


async def test_a_fault_undoes_everything_and_is_kept(stored_service: Service) -> None:
    door, client = door_of(stored_service), stored_service.client
    door.opened.set()
    door.fail = lambda: Conflict("in_use", "It is in use.")
    first = await client.post("/v1/test/door", headers=KEY)
    assert (first.status_code, await count(stored_service.database, Agent)) == (409, 0)
    door.fail = None
    again = await client.post("/v1/test/door", headers=KEY)
    assert again.content == first.content
    assert (door.calls, await count(stored_service.database, Agent)) == (1, 0)


@pytest.mark.parametrize("failure", [ZeroDivisionError, lambda: Unavailable("Not now.")])
async def test_after_our_own_failure_the_key_is_free(
    stored_service: Service, failure: Callable[[], Exception]
) -> None:
    door = door_of(stored_service)
    door.opened.set()
    door.fail = failure
    client = stored_service.unchecked()
    assert (await client.post("/v1/test/door", headers=KEY)).status_code in (500, 503)
    assert await count(stored_service.database, Agent) == 0
    door.fail = None
    response = await client.post("/v1/test/door", headers=KEY)
    assert (response.status_code, replayed(response)) == (201, False)


@pytest.mark.parametrize("failure", [ZeroDivisionError, lambda: Unavailable("Not now.")])
async def test_a_request_cut_off_after_its_commit_is_answered_from_what_it_made(
    stored_service: Service, failure: Callable[[], Exception]
) -> None:
    door = door_of(stored_service)
    door.opened.set()
    door.commits_first, door.fail = True, failure
    client = stored_service.unchecked()
    assert (await client.post("/v1/test/door", headers=KEY)).status_code in (500, 503)
    again = await client.post("/v1/test/door", headers=KEY)
    assert (again.status_code, replayed(again)) == (201, True)
    assert again.json()["recovered"].startswith("agent_")
    assert (door.calls, await count(stored_service.database, Agent)) == (1, 1)


async def test_a_fault_after_the_commit_is_kept_too(stored_service: Service) -> None:
    door, client = door_of(stored_service), stored_service.client
    door.opened.set()
    door.commits_first, door.fail = True, lambda: Conflict("in_use", "It is in use.")
    first = await client.post("/v1/test/door", headers=KEY)
    again = await client.post("/v1/test/door", headers=KEY)
    assert (first.status_code, again.content) == (409, first.content)
    assert (door.calls, await count(stored_service.database, Agent)) == (1, 1)


async def test_an_answer_after_a_commit_in_between_is_the_one_given_again(stored_service: Service) -> None:
    door, client = door_of(stored_service), stored_service.client
    door.opened.set()
    door.commits_first = True
    first = await client.post("/v1/test/door", headers=KEY)
    again = await client.post("/v1/test/door", headers=KEY)
    assert "made" in first.json()
    assert again.content == first.content


async def test_a_key_is_free_again_after_24_hours(stored_service: Service) -> None:
    client, database = stored_service.client, stored_service.database
    first = await client.post(AGENTS, json={"name": "A"}, headers=KEY)
    await make_older(database, timedelta(hours=23, minutes=59))
    assert replayed(await client.post(AGENTS, json={"name": "A"}, headers=KEY))
    await make_older(database, timedelta(minutes=1))
    second = await client.post(AGENTS, json={"name": "B"}, headers=KEY)
    assert (second.status_code, replayed(second)) == (201, False)
    assert second.json()["id"] != first.json()["id"]
    assert (await client.post(AGENTS, json={"name": "B"}, headers=KEY)).content == second.content


async def test_expired_keys_are_purged_and_others_stay(stored_service: Service) -> None:
    client, database = stored_service.client, stored_service.database
    await client.post(AGENTS, json={"name": "A"}, headers={"Idempotency-Key": "old"})
    await make_older(database, timedelta(hours=24))
    await client.post(AGENTS, json={"name": "A"}, headers={"Idempotency-Key": "new"})
    assert await purge_expired(database) == 1
    async with database.read() as session:
        assert (await session.exec(select(IdempotencyKey.key))).all() == ["new"]


async def test_listeners_hear_of_a_request_once_it_is_committed_and_never_of_a_repeat(service: Service) -> None:
    heard: list[frozenset[str]] = []
    door = door_of(service)
    door.opened.set()
    service.database.on_commit(heard.append)
    door.fail = lambda: Conflict("in_use", "It is in use.")
    await service.client.post("/v1/test/door")
    assert heard == []
    door.fail = None
    await service.client.post("/v1/test/door", headers=KEY)
    await service.client.post("/v1/test/door", headers=KEY)
    assert heard == [frozenset({"messages"})]


async def make_older(database: Database, age: timedelta) -> None:
    async with database.write() as session:
        for row in (await session.exec(select(IdempotencyKey).order_by(col(IdempotencyKey.key)))).all():
            row.created_at -= age
            session.add(row)
    assert clock.now() > row.created_at
