"""/v1/agents."""

import httpx
import pytest

from models.agent import DEFAULT_FALLBACK, DEFAULT_PROMPT
from models.reminder import Reminder, ReminderKind, ReminderState
from tests.api.numbers import make_number
from tests.api.service import Service

AGENTS = "/v1/agents"
FULL = {
    "name": "Front desk",
    "system_prompt": "You answer for {{account.name}}.",
    "language": "es",
    "timezone": "America/Chicago",
    "llm_model": "gpt-test",
    "temperature": 0,
    "enable_sms_reply": False,
    "reply_window_hours": 720,
    "fallback_message": "Sorry.",
    "help_message": "Call us.",
    "webhook_url": "https://example.com/hook",
}


async def test_a_new_agent_has_the_defaults(client: httpx.AsyncClient) -> None:
    response = await client.post(AGENTS, json={"name": "A"})
    assert response.status_code == 201
    agent = response.json()
    assert agent["id"] == agent["agent_id"]
    assert agent["id"].startswith("agent_")
    assert (agent["language"], agent["temperature"], agent["reply_window_hours"]) == ("en", 0.3, 24)
    assert (agent["enable_sms_reply"], agent["timezone"], agent["llm_model"]) == (True, None, None)
    assert agent["system_prompt"] == DEFAULT_PROMPT
    assert agent["version"] == 1
    assert agent["created_at"] <= agent["updated_at"]
    assert agent["created_at"].endswith("Z")
    assert (await client.get(f"{AGENTS}/{agent['id']}")).json() == agent


async def test_every_setting_is_kept(stored_service: Service) -> None:
    client = stored_service.client
    agent = (await client.post(AGENTS, json=FULL)).json()
    assert {name: agent[name] for name in FULL} == FULL
    assert (await client.get(f"{AGENTS}/{agent['id']}")).json() == agent


async def test_a_patch_leaves_what_it_does_not_name_and_null_is_the_default(client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json=FULL)).json()
    changes = {"name": "Desk", "timezone": None, "fallback_message": None}
    changed = (await client.patch(f"{AGENTS}/{agent['id']}", json=changes)).json()
    assert changed["version"] == 2
    expected = FULL | {"name": "Desk", "timezone": None, "fallback_message": DEFAULT_FALLBACK}
    assert {name: changed[name] for name in FULL} == expected


async def test_a_patch_that_changes_nothing_is_no_new_version(client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json=FULL)).json()
    assert (await client.patch(f"{AGENTS}/{agent['id']}", json={"name": "Front desk"})).json() == agent
    assert (await client.patch(f"{AGENTS}/{agent['id']}", json={})).json() == agent


async def test_a_put_replaces_everything(client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json=FULL)).json()
    replaced = (await client.put(f"{AGENTS}/{agent['id']}", json={"name": "B"})).json()
    fresh = (await client.post(AGENTS, json={"name": "B"})).json()
    assert {name: replaced[name] for name in FULL} == {name: fresh[name] for name in FULL}
    assert (replaced["id"], replaced["version"]) == (agent["id"], 2)
    assert (await client.put(f"{AGENTS}/{agent['id']}", json={"language": "en"})).status_code == 400


async def test_a_deleted_agent_is_answered_once_and_gone(client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json={"name": "A"})).json()
    path = f"{AGENTS}/{agent['id']}"
    gone = await client.delete(path)
    assert (gone.status_code, gone.json()["id"]) == (200, agent["id"])
    for again in (await client.delete(path), await client.get(path), await client.patch(path, json={"name": "B"})):
        assert (again.status_code, again.json()["error"]["code"]) == (404, "agent_not_found")
    assert (await client.get(AGENTS)).json() == {"data": [], "count": 0, "next": None}


@pytest.mark.parametrize("state", [ReminderState.ACTIVE, ReminderState.PAUSED])
async def test_an_agent_with_an_unfinished_reminder_stays(service: Service, state: ReminderState) -> None:
    number = await make_number(service)
    async with service.database.write() as session:
        reminder = Reminder(
            account_id=service.account.id,
            kind=ReminderKind.ONCE,
            state=state,
            agent_id=number.agent_id,
            phone_number_id=number.id,
            from_number=number.phone_number,
            to_number="+12125550123",
            message="Hello",
            timezone="UTC",
        )
        session.add(reminder)
    path = f"{AGENTS}/{number.agent_id}"
    response = await service.client.delete(path)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "in_use")
    assert (await service.client.get(path)).status_code == 200


async def test_an_agent_that_answers_on_a_number_stays_until_the_number_goes(service: Service) -> None:
    number = await make_number(service)
    path = f"{AGENTS}/{number.agent_id}"
    response = await service.client.delete(path)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "in_use")
    assert number.phone_number in response.json()["error"]["message"]
    assert (await service.client.delete(f"/v1/phone-numbers/{number.id}")).status_code == 200
    assert (await service.client.delete(path)).status_code == 200


async def test_another_account_s_agent_is_not_there(service: Service) -> None:
    agent = (await service.client.post(AGENTS, json={"name": "A"})).json()
    stranger = await service.another_account()
    path = f"{AGENTS}/{agent['id']}"
    for response in (
        await stranger.get(path),
        await stranger.patch(path, json={"name": "B"}),
        await stranger.put(path, json={"name": "B"}),
        await stranger.delete(path),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (404, "agent_not_found")
    assert (await stranger.get(AGENTS)).json()["count"] == 0


async def test_an_overtaken_version_is_412(stored_service: Service) -> None:
    client = stored_service.client
    path = f"{AGENTS}/{(await client.post(AGENTS, json={'name': 'A'})).json()['id']}"
    assert (await client.patch(path, json={"name": "B"}, headers={"If-Match": "1"})).json()["version"] == 2
    for method, body in (("PATCH", {"name": "C"}), ("PUT", {"name": "C"}), ("DELETE", None)):
        response = await client.request(method, path, json=body, headers={"If-Match": "1"})
        assert (response.status_code, response.json()["error"]["code"]) == (412, "version_mismatch")
    assert (await client.patch(path, json={"name": "C"}, headers={"If-Match": '"2"'})).json()["version"] == 3
    assert (await client.patch(path, json={"name": "D"}, headers={"If-Match": "*"})).json()["version"] == 4


async def test_a_version_that_is_none_is_400(client: httpx.AsyncClient) -> None:
    path = f"{AGENTS}/{(await client.post(AGENTS, json={'name': 'A'})).json()['id']}"
    for header in ("", "one", "-1", "1.5", "9" * 50, 'W/"1"'):
        response = await client.patch(path, json={"name": "B"}, headers={"If-Match": header})
        assert (response.status_code, response.json()["error"]["param"]) == (400, "If-Match")
