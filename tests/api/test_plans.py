"""/v1/plans over HTTP, and the plans of appointments."""

from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from models.event import Event
from tests.api.numbers import make_number
from tests.api.service import Service
from tests.api.test_appointments import ADDRESS as APPOINTMENTS
from tests.api.test_appointments import booking, start

PLANS = "/v1/plans"
FULL: dict[str, Any] = {
    "name": "New patients",
    "default": False,
    "reminders": [
        {
            "before": None,
            "business_days": None,
            "on": "booked",
            "at": None,
            "message": "You are booked at {{account.name}}.",
            "only_if": [],
            "any_hour": True,
            "move": None,
        },
        {
            "before": None,
            "business_days": 2,
            "on": None,
            "at": "10:00",
            "message": {"en": "Reply YES or NO.", "es": "Responda SI o NO."},
            "only_if": ["unconfirmed"],
            "any_hour": False,
            "move": "later",
        },
    ],
    "confirm_by": "PT12H",
    "on_overdue": "release",
    "on_decline": "cancel",
}
SHORT = {"name": "Short", "reminders": [{"before": "P1D", "message": "Reply YES or NO."}]}


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Make a plan and return it."""
    response = await client.post(PLANS, json=SHORT | fields)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_everything_said_of_a_plan_is_kept(stored_service: Service) -> None:
    client = stored_service.client
    plan = (await client.post(PLANS, json=FULL)).json()
    assert {name: plan[name] for name in FULL} == FULL
    assert plan["id"] == plan["plan_id"]
    assert plan["id"].startswith("plan_")
    read = (await client.get(f"{PLANS}/{plan['id']}")).json()
    plan.pop("warnings")
    assert read == plan
    assert (await client.get(PLANS)).json() == {"data": [read], "count": 1, "next": None}


async def test_a_plan_says_little_by_default(client: httpx.AsyncClient) -> None:
    plan = await make(client)
    said = (plan["default"], plan["confirm_by"], plan["on_overdue"], plan["on_decline"], plan["version"])
    assert said == (False, None, None, "flag", 1)
    assert "warnings" not in plan
    assert (await make(client, reminders=[]))["reminders"] == []


async def test_warnings_come_with_the_answer(client: httpx.AsyncClient) -> None:
    reminders = [
        {"before": "P7D", "message": {"en": "Reply CANCEL if you cannot come."}},
        {"before": "P1D", "message": {"en": "Yes?", "es": "Si?"}},
    ]
    lacking, cancel = (await make(client, reminders=reminders))["warnings"]
    assert lacking == "reminders[0].message has no text in es: such people get the one in en."
    assert cancel.startswith("reminders[0]: The text asks for CANCEL")


async def test_a_patch_leaves_what_it_does_not_name_and_a_put_replaces_all(stored_service: Service) -> None:
    client = stored_service.client
    plan = (await client.post(PLANS, json=FULL)).json()
    path = f"{PLANS}/{plan['id']}"
    changed = (await client.patch(path, json={"name": "Other", "confirm_by": None})).json()
    assert (changed["name"], changed["confirm_by"], changed["on_overdue"]) == ("Other", None, None)
    assert (changed["reminders"], changed["on_decline"], changed["version"]) == (FULL["reminders"], "cancel", 2)
    assert (await client.patch(path, json={"name": "Other"})).json()["version"] == 2
    assert (await client.patch(path, json={"name": "X"}, headers={"If-Match": "1"})).status_code == 412
    replaced = (await client.put(path, json=SHORT)).json()
    fresh = await make(client)
    assert {name: replaced[name] for name in FULL} == {name: fresh[name] for name in FULL}
    assert (await client.put(path, json={"name": "Without texts"})).status_code == 400


async def test_one_plan_is_the_default(stored_service: Service) -> None:
    client = stored_service.client
    first, second = await make(client, default=True), await make(client, default=True)
    shown = {plan["id"]: plan["default"] for plan in (await client.get(PLANS)).json()["data"]}
    assert shown == {first["id"]: False, second["id"]: True}


async def test_a_deleted_plan_is_answered_once_and_gone(client: httpx.AsyncClient) -> None:
    plan = await make(client, default=True)
    path = f"{PLANS}/{plan['id']}"
    gone = await client.delete(path)
    assert (gone.status_code, gone.json()["id"], gone.json()["default"]) == (200, plan["id"], False)
    for again in (await client.delete(path), await client.get(path), await client.patch(path, json={"name": "B"})):
        assert (again.status_code, again.json()["error"]["code"]) == (404, "plan_not_found")


async def test_everything_wrong_is_told_at_once(client: httpx.AsyncClient) -> None:
    wrong = {
        "reminders": [{"before": "soon", "message": {"en": "{{nobody}}"}}],
        "on_overdue": "release",
        "on_decline": "shrug",
        "cadence": 1,
    }
    response = await client.post(PLANS, json=wrong)
    assert response.status_code == 400
    params = {error["param"] for error in response.json()["error"]["errors"]}
    assert params == {
        "cadence",
        "name",
        "on_decline",
        "on_overdue",
        "reminders[0].before",
        "reminders[0].message.en",
    }


@pytest.mark.parametrize("message", [7, None, {"en": 7}, ["Hi."]])
async def test_a_message_is_a_text_or_texts(client: httpx.AsyncClient, message: object) -> None:
    response = await client.post(PLANS, json=SHORT | {"reminders": [{"before": "P1D", "message": message}]})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "reminders[0].message"


async def test_changes_need_the_scope_admin(service: Service) -> None:
    writer = await service.client_with("read", "write")
    plan = await make(service.client)
    assert (await writer.get(f"{PLANS}/{plan['id']}")).status_code == 200
    for answer in (
        await writer.post(PLANS, json=SHORT),
        await writer.patch(f"{PLANS}/{plan['id']}", json={"name": "B"}),
        await writer.delete(f"{PLANS}/{plan['id']}"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_scope")


async def test_another_account_sees_no_plan_of_ours(service: Service) -> None:
    plan = await make(service.client)
    other = await service.another_account()
    assert (await other.get(f"{PLANS}/{plan['id']}")).status_code == 404
    assert (await other.get(PLANS)).json()["count"] == 0


async def test_the_events_of_plans_are_ours_alone(service: Service) -> None:
    plan = await make(service.client)
    await service.client.patch(f"{PLANS}/{plan['id']}", json={"name": "B"})
    await service.client.delete(f"{PLANS}/{plan['id']}")
    async with service.database.read() as session:
        query = select(Event.type, Event.actor_type).where(col(Event.type).startswith("plan."))
        stored = [tuple(row) for row in (await session.exec(query.order_by(col(Event.sequence)))).all()]
    assert stored == [("plan.created", "api"), ("plan.updated", "api"), ("plan.deleted", "api")]
    assert (await service.client.get("/v1/changes")).json()["data"] == []


async def test_an_appointment_is_planned_by_the_plan_it_names(stored_service: Service) -> None:
    await make_number(stored_service)
    client = stored_service.client
    plan, other = (await client.post(PLANS, json=FULL)).json(), await make(client)
    booked = (await client.post(APPOINTMENTS, json=booking(plan_id=plan["id"]))).json()
    assert (booked["plan_id"], booked["confirm_by"], booked["on_decline"]) == (plan["id"], "PT12H", "cancel")
    path = f"{APPOINTMENTS}/{booked['id']}"
    texts = (await client.get(f"{path}/plan")).json()["data"]
    assert [text["message"][:17] for text in texts] == ["You are booked at", "Reply YES or NO."]
    moved = (await client.patch(path, json={"plan_id": other["id"]})).json()
    assert (moved["plan_id"], moved["confirm_by"]) == (other["id"], None)
    assert "plan_id" in moved["changed"]
    unknown = await client.patch(path, json={"plan_id": "plan_nowhere"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "plan_not_found")
    both = await client.patch(path, json={"plan_id": plan["id"], "reminders": []})
    assert (both.status_code, both.json()["error"]["param"]) == (400, "reminders")


async def test_a_no_cancels_where_the_plan_says_so(stored_service: Service) -> None:
    await make_number(stored_service)
    client = stored_service.client
    plan = await make(client, on_decline="cancel")
    booked = (await client.post(APPOINTMENTS, json=booking(plan_id=plan["id"]))).json()
    for _ in range(2):
        declined = await client.post(f"{APPOINTMENTS}/{booked['id']}/decline")
        assert declined.status_code == 200
        said = (declined.json()["status"], declined.json()["confirmation"])
        assert said == ("cancelled", "declined")


async def test_texts_of_a_plan_are_changed_as_reminders_one_by_one(stored_service: Service) -> None:
    await make_number(stored_service)
    client = stored_service.client
    plan = (await client.post(PLANS, json=FULL)).json()
    booked = (await client.post(APPOINTMENTS, json=booking(plan_id=plan["id"], starts_at=start(20)))).json()
    listed = (await client.get("/v1/reminders", params={"appointment_id": booked["id"]})).json()["data"]
    job = next(one for one in listed if one["business_days"] == 2)
    path = f"/v1/reminders/{job['id']}"
    reworded = (await client.patch(path, json={"message": "Please reply YES or NO."})).json()
    assert (reworded["business_days"], reworded["at"]) == (2, "10:00")
    assert reworded["next_run_at"] == job["next_run_at"]
    moved = (await client.patch(path, json={"before": "P1D"})).json()
    assert (moved["business_days"], moved["before"], moved["at"]) == (None, "P1D", "10:00")
