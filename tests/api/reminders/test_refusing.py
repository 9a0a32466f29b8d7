"""What /v1/reminders refuses, with what code, and that it tells everything at once."""

from typing import Any

from models.agent import Agent
from tests.api.numbers import make_number
from tests.api.reminders.desk import ADDRESS, Desk, body_of

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"send_at": "2026-03-06T15:00:00Z", "cron": "0 9 * * *"}, "invalid_schedule", "cron"),
    ({"cron": "0 9 * * *", "before": "PT1H"}, "invalid_schedule", "before"),
    ({"before": "PT1H"}, "invalid_schedule", "appointment_id"),
    ({"starts_at": "2026-03-04T00:00:00Z"}, "invalid_schedule", "starts_at"),
    ({"max_occurrences": 3}, "invalid_schedule", "max_occurrences"),
    ({"at": "10:00"}, "invalid_schedule", "at"),
    ({"send_at": "tomorrow"}, "invalid_parameter", "send_at"),
    ({"send_at": "2026-02-30T10:00:00Z"}, "invalid_parameter", "send_at"),
    ({"send_at": "2025-03-06T15:00:00Z"}, "schedule_in_past", "send_at"),
    ({"cron": "0 9 * *"}, "invalid_cron", "cron"),
    ({"cron": "0 0 9 * * *"}, "invalid_cron", "cron"),
    ({"cron": "61 9 * * *"}, "invalid_cron", "cron"),
    ({"cron": "0 9 30 2 *"}, "invalid_cron", "cron"),
    ({"cron": "@reboot"}, "invalid_cron", "cron"),
    ({"cron": "0 9 * * 5-1"}, "invalid_cron", "cron"),
    ({"cron": "0 9 * * *", "timezone": "Mars/Phobos"}, "invalid_timezone", "timezone"),
    ({"cron": "0 9 * * *", "timezone": "america/new_york"}, "invalid_timezone", "timezone"),
    ({"cron": "0 9 * * *", "ends_at": "2026-03-02T20:00:00Z"}, "invalid_schedule", "ends_at"),
    (
        {"cron": "0 9 * * *", "starts_at": "2026-03-05T00:00:00Z", "ends_at": "2026-03-04T00:00:00Z"},
        "invalid_schedule",
        "ends_at",
    ),
    ({"cron": "0 9 * * *", "max_occurrences": 0}, "invalid_parameter", "max_occurrences"),
    ({"cron": "0 9 * * *", "max_occurrences": 1.5}, "invalid_parameter", "max_occurrences"),
    ({"cron": "0 9 * * *", "max_occurrences": 2**40}, "invalid_parameter", "max_occurrences"),
    ({"to": "12125550123"}, "invalid_phone_number", "to"),
    ({"to": "Ana"}, "invalid_phone_number", "to"),
    ({"from_number": "+1"}, "invalid_phone_number", "from_number"),
    ({"message": ""}, "invalid_parameter", "message"),
    ({"message": "   "}, "invalid_parameter", "message"),
    ({"message": "a" * 1601}, "message_too_long", "message"),
    ({"message": "Hello {{contact.nme}}"}, "unknown_template_variable", "message"),
    ({"message": "Hello {{contact.name"}, "invalid_parameter", "message"),
    ({"only_if": ["unconfirmed"]}, "invalid_parameter", "only_if"),
    ({"appointment_id": "appt_none", "only_if": ["maybe"]}, "invalid_parameter", "only_if"),
    ({"misfire_grace": "10 minutes"}, "invalid_parameter", "misfire_grace"),
    ({"misfire_grace": "PT0S"}, "invalid_parameter", "misfire_grace"),
    ({"misfire_grace": "P1M"}, "invalid_parameter", "misfire_grace"),
    ({"metadata": {"a" * 65: "x"}}, "invalid_parameter", "metadata"),
    ({"metadata": {"a": 1}}, "invalid_parameter", "metadata.a"),
    ({"any_hour": "yes"}, "invalid_parameter", "any_hour"),
    ({"sendat": "2026-03-06T15:00:00Z"}, "unknown_parameter", "sendat"),
    ({"to_number": "+12125550123"}, "invalid_parameter", "to_number"),
    ({"body": "Hello"}, "invalid_parameter", "body"),
]


async def test_a_wrong_field_is_named_with_its_code(desk: Desk) -> None:
    for fields, code, param in WRONG:
        error = await desk.refuse(**fields)
        assert (error["code"], error["param"]) == (code, param), fields
        assert error["message"].startswith((param, "There is no field"))
    assert body_of(await desk.client.get(ADDRESS))["count"] == 0


async def test_a_misspelt_variable_is_answered_with_the_right_one(desk: Desk) -> None:
    error = await desk.refuse(message="Hello {{contact.frist_name}}")
    assert "{{contact.first_name}}" in error["message"]


async def test_what_is_required_is_asked_for(desk: Desk) -> None:
    for name in ("agent_id", "to", "from_number", "message"):
        missing: dict[str, Any] = {name: None}
        error = await desk.refuse(**missing)
        assert (error["code"], error["param"]) == ("invalid_parameter", name)
        assert "required" in error["message"]


async def test_without_any_time_it_says_which_there_are(desk: Desk) -> None:
    job = desk.job()
    del job["send_at"]
    error = body_of(await desk.client.post(ADDRESS, json=job), 400)["error"]
    assert error["code"] == "invalid_schedule"
    assert all(name in error["message"] for name in ("send_at", "cron", "before"))


async def test_everything_wrong_is_told_at_once_also_beside_a_wrong_type_and_an_unknown_name(desk: Desk) -> None:
    error = await desk.refuse(
        to="123", from_number="abc", message=5, cron="bad", timezone="X", misfire_grace="soon", bogus=1
    )
    assert error["errors"][0]["param"] == error["param"] == "bogus"
    assert {one["param"]: one["code"] for one in error["errors"]} == {
        "bogus": "unknown_parameter",
        "message": "invalid_parameter",
        "to": "invalid_phone_number",
        "from_number": "invalid_phone_number",
        "cron": "invalid_cron",
        "timezone": "invalid_timezone",
        "misfire_grace": "invalid_parameter",
    }
    assert len(error["errors"]) == 7


async def test_a_body_that_is_no_object_is_refused(desk: Desk) -> None:
    wrong: list[Any] = [[], "text", 7, None]
    for body in wrong:
        error = body_of(await desk.client.post(ADDRESS, json=body), 400)["error"]
        assert error["code"] == "invalid_parameter"


async def test_an_unknown_agent_is_not_found(desk: Desk) -> None:
    error = await desk.refuse(404, agent_id="agent_0000000000000000")
    assert (error["code"], error["param"]) == ("agent_not_found", "agent_id")


async def test_another_accounts_agent_is_not_found(desk: Desk) -> None:
    stranger = await desk.service.another_account()
    theirs = body_of(await stranger.post("/v1/agents", json={"name": "Theirs"}), 201)
    assert (await desk.refuse(404, agent_id=theirs["id"]))["code"] == "agent_not_found"


async def test_a_number_of_nobody_is_not_owned(desk: Desk) -> None:
    error = await desk.refuse(403, from_number="+12125550199")
    assert (error["code"], error["param"]) == ("from_number_not_owned", "from_number")


async def test_a_number_of_another_agent_is_not_owned_by_this_one(desk: Desk) -> None:
    async with desk.service.database.write() as session:
        agent = Agent(account_id=desk.service.account.id, name="Another")
        session.add(agent)
    assert (await desk.refuse(403, agent_id=agent.id))["code"] == "from_number_not_owned"
    other = await make_number(desk.service, "+12125550101")
    assert (await desk.refuse(403, from_number=other.phone_number))["code"] == "from_number_not_owned"


async def test_an_unknown_appointment_is_not_found(desk: Desk) -> None:
    error = await desk.refuse(404, appointment_id="appt_0000000000000000", before="PT1H")
    assert (error["code"], error["param"]) == ("appointment_not_found", "appointment_id")


async def test_an_appointment_of_somebody_without_a_number_needs_one(desk: Desk) -> None:
    visit = await desk.book(contact={"name": "Landline Lee"})
    error = await desk.refuse(to=None, appointment_id=visit["id"], before="PT1H")
    assert (error["code"], error["param"]) == ("invalid_parameter", "to")


async def test_a_key_that_may_only_read_makes_nothing(desk: Desk) -> None:
    reader = await desk.service.client_with("read")
    error = body_of(await reader.post(ADDRESS, json=desk.job()), 403)["error"]
    assert error["code"] == "insufficient_scope"
    assert (await reader.get(ADDRESS)).status_code == 200
