"""/v1/webhooks."""

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult
from freezegun import freeze_time
from standardwebhooks import Webhook

from models import clock
from models.agent import Agent
from models.attention import Reason, open_item
from models.event import Event, record
from models.webhook import Endpoint
from tests.api.service import Service, running
from tests.webhooks.receiver import Receiver, receiving
from webhooks.delivering import Delivering
from webhooks.numbering import Numbering
from webhooks.post import Poster

WEBHOOKS = "/v1/webhooks"
URL = "https://example.com/showup"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked up here, without the network."""

    async def resolve(_: ThreadedResolver, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        address = {"localhost": "127.0.0.1", "example.com": "93.184.215.14"}[host]
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def private_service(migrated_url: str) -> AsyncIterator[Service]:
    """A service whose webhooks may go to this machine; on SQLite, then on PostgreSQL."""
    poster = Poster(allow_private=True)
    async with running(migrated_url, poster=poster) as service:
        yield service
        await poster.close()


async def happen(service: Service, type: str = "appointment.confirmed", about: str = "appt_1") -> Event:
    async with service.database.write() as session:
        return record(
            session, type, account_id=service.account.id, appointment_id=about, payload={"object": "appointment"}
        )


async def deliver(service: Service) -> None:
    vault, poster = service.services.vault, service.services.poster
    await Numbering(service.database, vault).run_due()
    delivering = Delivering(service.database, vault, poster)
    while await delivering.run_due():
        await delivering.finish()


async def create(service: Service, url: str = URL, **more: Any) -> dict[str, Any]:
    response = await service.client.post(WEBHOOKS, json={"url": url, **more})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_a_new_webhook_shows_its_secret_once(stored_service: Service) -> None:
    made = await create(stored_service)
    assert made["id"] == made["webhook_id"]
    assert made["id"].startswith("whk_")
    assert (made["events"], made["exclude_key"], made["enabled"], made["agent_id"]) == (None, None, True, None)
    secret = made.pop("secret")
    Webhook(secret)
    assert secret.startswith("whsec_")
    client = stored_service.client
    assert (await client.get(f"{WEBHOOKS}/{made['id']}")).json() == made
    assert (await client.get(WEBHOOKS)).json()["data"] == [made]
    async with stored_service.database.read() as session:
        stored = await session.get_one(Endpoint, made["id"])
    assert secret not in stored.secret_encrypted
    assert secret.removeprefix("whsec_") not in stored.secret_encrypted


async def test_a_webhook_is_changed_and_removed(stored_service: Service) -> None:
    client = stored_service.client
    path = f"{WEBHOOKS}/{(await create(stored_service))['id']}"
    changed = (await client.patch(path, json={"events": ["appointment.confirmed"], "enabled": False})).json()
    assert (changed["events"], changed["enabled"]) == (["appointment.confirmed"], False)
    assert changed["disabled_reason"] == "disabled on request"
    assert (await client.patch(path, json={"events": None})).json()["events"] is None
    enabled = (await client.post(f"{path}/enable")).json()
    assert (enabled["enabled"], enabled["disabled_at"], enabled["disabled_reason"]) == (True, None, None)
    assert (await client.post(f"{path}/enable")).json() == enabled
    assert (await client.patch(path, json={})).json() == enabled
    moved = (await client.patch(path, json={"url": "https://example.com/other"})).json()
    assert (moved["url"], moved["version"]) == ("https://example.com/other", enabled["version"] + 1)
    stale = await client.patch(path, json={"enabled": False}, headers={"If-Match": "1"})
    assert stale.status_code == 412
    assert (await client.delete(path)).json()["id"] == moved["id"]
    for gone in (await client.get(path), await client.delete(path), await client.post(f"{path}/test")):
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "webhook_not_found")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "url"),
        ({"url": None}, "url"),
        ({"url": "nowhere"}, "url"),
        ({"url": "http://127.0.0.1:8000/"}, "url"),
        ({"url": "http://localhost/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://[::1]/"}, "url"),
        ({"url": "https://me:pass@example.com/"}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["message.queued"]}, "events"),
        ({"url": URL, "events": ["message.sent", "message.sent"]}, "events"),
        ({"url": URL, "exclude_key": "key_0000000000000000"}, "exclude_key"),
        ({"url": URL, "enabled": None}, "enabled"),
        ({"url": URL, "retries": 3}, "retries"),
    ],
)
async def test_a_wrong_body_is_refused_by_name(service: Service, body: dict[str, Any], param: str) -> None:
    response = await service.client.post(WEBHOOKS, json=body)
    assert (response.status_code, response.json()["error"]["param"].partition(".")[0]) == (400, param)
    assert (await service.client.get(WEBHOOKS)).json()["count"] == 0


async def test_a_webhook_cannot_be_moved_to_a_private_address(service: Service) -> None:
    path = f"{WEBHOOKS}/{(await create(service))['id']}"
    for body in ({"url": "http://10.0.0.1/"}, {"url": None}):
        response = await service.client.patch(path, json=body)
        assert (response.status_code, response.json()["error"]["param"]) == (400, "url")


async def test_webhooks_need_the_scope_admin_and_are_an_account_s_own(service: Service) -> None:
    path = f"{WEBHOOKS}/{(await create(service))['id']}"
    writer = await service.client_with("read", "write")
    for response in (
        await writer.post(WEBHOOKS, json={"url": URL}),
        await writer.post(f"{path}/test"),
        await writer.post(f"{path}/rotate-secret"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (403, "insufficient_scope")
    assert (await writer.get(path)).status_code == 200
    stranger = await service.another_account()
    for response in (
        await stranger.get(path),
        await stranger.patch(path, json={"enabled": False}),
        await stranger.delete(path),
        await stranger.post(f"{path}/test"),
        await stranger.post(f"{path}/rotate-secret"),
        await stranger.post(f"{path}/enable"),
        await stranger.get(f"{path}/deliveries"),
        await stranger.post(f"{path}/deliveries/evt_1/replay"),
    ):
        assert response.status_code == 404
    assert (await stranger.get(WEBHOOKS)).json()["count"] == 0


async def test_a_test_posts_a_signed_event_at_once_and_tells_the_answer(
    private_service: Service, receiver: Receiver
) -> None:
    made = await create(private_service, receiver.url)
    path = f"{WEBHOOKS}/{made['id']}/test"
    result = (await private_service.client.post(path)).json()
    assert (result["delivered"], result["response_status"], result["error"]) == (True, 204, None)
    [posted] = receiver.posted
    posted.verify(made["secret"])
    assert (posted.body["type"], posted.body["id"]) == ("webhook.test", result["event_id"])
    receiver.status = 500
    again = (await private_service.client.post(path, headers={"Idempotency-Key": "t1"})).json()
    assert (again["delivered"], again["response_status"], again["error"]) == (False, 500, "answered 500")
    replayed = await private_service.client.post(path, headers={"Idempotency-Key": "t1"})
    assert replayed.json() == again
    assert len(receiver.posted) == 2


async def test_deliveries_are_listed_and_replayed(private_service: Service, receiver: Receiver) -> None:
    client = private_service.client
    path = f"{WEBHOOKS}/{(await create(private_service, receiver.url))['id']}"
    receiver.status = 500
    failed = await happen(private_service)
    await deliver(private_service)
    receiver.status = 200
    fine = await happen(private_service, about="appt_2")
    await deliver(private_service)
    listed = (await client.get(f"{path}/deliveries")).json()
    assert {one["event_id"]: one["state"] for one in listed["data"]} == {
        failed.id: "pending",
        fine.id: "delivered",
    }
    [waiting] = (await client.get(f"{path}/deliveries?state=pending")).json()["data"]
    assert (waiting["attempts"], waiting["response_status"], waiting["error"]) == (1, 500, "answered 500")
    assert waiting["next_attempt_at"] > waiting["last_attempt_at"]

    replayed = (await client.post(f"{path}/deliveries/{failed.id}/replay")).json()
    assert (replayed["state"], replayed["attempts"]) == ("pending", 0)
    await deliver(private_service)
    assert receiver.ids.count(failed.id) == 2
    assert (await client.get(f"{path}/deliveries?state=pending")).json()["count"] == 0
    unknown = await client.post(f"{path}/deliveries/evt_none/replay")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "event_not_found")
    await client.patch(path, json={"enabled": False})
    refused = await client.post(f"{path}/deliveries/{failed.id}/replay")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "invalid_transition")


async def test_an_internal_event_is_not_replayed(private_service: Service) -> None:
    path = f"{WEBHOOKS}/{(await create(private_service))['id']}"
    event = await happen(private_service, "message.queued")
    assert (await private_service.client.post(f"{path}/deliveries/{event.id}/replay")).status_code == 404


async def test_a_rotated_secret_is_shown_once_and_the_old_one_signs_for_a_day(
    private_service: Service, receiver: Receiver
) -> None:
    made = await create(private_service, receiver.url)
    path = f"{WEBHOOKS}/{made['id']}"
    rotated = (await private_service.client.post(f"{path}/rotate-secret")).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_secret_until"] is not None
    assert "secret" not in (await private_service.client.get(path)).json()
    await private_service.client.post(f"{path}/test")
    receiver.posted[0].verify(made["secret"])
    receiver.posted[0].verify(rotated["secret"])
    with freeze_time(clock.now() + timedelta(hours=25), real_asyncio=True):
        await private_service.client.post(f"{path}/test")
        receiver.posted[1].verify(rotated["secret"])
    assert " " not in receiver.posted[1].headers["webhook-signature"]


async def test_an_agent_s_webhook_is_changed_at_the_agent(private_service: Service) -> None:
    async with private_service.database.write() as session:
        agent = Agent(account_id=private_service.account.id, name="Front desk", webhook_url="https://example.com/")
        session.add(agent)
    await happen(private_service, "message.received")
    await Numbering(private_service.database, private_service.services.vault).run_due()
    client = private_service.client
    [shown] = (await client.get(WEBHOOKS)).json()["data"]
    assert (shown["agent_id"], shown["events"]) == (agent.id, ["message.received"])
    path = f"{WEBHOOKS}/{shown['id']}"
    for response in (await client.delete(path), await client.patch(path, json={"url": URL})):
        assert (response.status_code, response.json()["error"]["code"]) == (409, "in_use")
    assert (await client.patch(path, json={"enabled": False})).json()["enabled"] is False


async def test_enabling_a_webhook_that_was_given_up_resolves_what_staff_saw(private_service: Service) -> None:
    made = await create(private_service)
    async with private_service.database.write() as session:
        item = await open_item(session, private_service.account.id, Reason.WEBHOOK_DISABLED, note="disabled")
        endpoint = await session.get_one(Endpoint, made["id"])
        endpoint.enabled, endpoint.attention_id = False, item.id
        session.add(endpoint)
    client = private_service.client
    assert (await client.get("/v1/attention?status=open")).json()["count"] == 1
    await client.post(f"{WEBHOOKS}/{made['id']}/enable")
    assert (await client.get("/v1/attention?status=open")).json()["count"] == 0


@pytest.mark.parametrize("url", ["http://localhost/replies", "http://10.0.0.1/", "https://me:pass@example.com/"])
async def test_an_agent_s_address_is_checked_like_every_other(service: Service, url: str) -> None:
    client = service.client
    agent = (await client.post("/v1/agents", json={"name": "Desk", "webhook_url": URL})).json()
    path = f"/v1/agents/{agent['id']}"
    body = {"name": "Desk", "webhook_url": url}
    for response in (
        await client.post("/v1/agents", json=body),
        await client.put(path, json=body),
        await client.patch(path, json={"webhook_url": url}),
    ):
        assert (response.status_code, response.json()["error"]["param"]) == (400, "webhook_url")
    assert (await client.get(path)).json() == agent
