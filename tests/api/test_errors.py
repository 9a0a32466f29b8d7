"""Errors: the contract's body, whatever was wrong; and no input makes a 500."""

import httpx
import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from models.errors import CarrierRefused, CursorExpired, Overtaken
from tests.api.service import Service

AGENTS = "/v1/agents"


class Deadlock(Exception):
    """What PostgreSQL tells the one of two that has to give way."""

    sqlstate = "40P01"


async def test_an_unknown_address_is_404(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/nothing")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "route_not_found"


async def test_a_wrong_method_is_405_and_names_the_right_ones(client: httpx.AsyncClient) -> None:
    response = await client.put(AGENTS)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert response.json()["error"]["code"] == "method_not_allowed"


async def test_a_slash_at_the_end_is_another_address(client: httpx.AsyncClient) -> None:
    assert (await client.get(AGENTS + "/")).status_code == 404


async def test_all_faults_of_a_body_come_at_once_the_first_on_top(client: httpx.AsyncClient) -> None:
    body = {
        "name": "",
        "temperature": 3,
        "timezone": "Mars/Olympus",
        "reply_window_hours": 0,
        "enable_sms_reply": 1,
    }
    error = (await client.post(AGENTS, json=body)).json()["error"]
    assert {one["param"] for one in error["errors"]} == set(body)
    assert error["code"] == error["errors"][0]["code"]
    assert error["param"] == error["errors"][0]["param"]
    assert [one["code"] for one in error["errors"] if one["param"] == "timezone"] == ["invalid_timezone"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("nmae", "x", "unknown_parameter"),
        ("name", None, "invalid_parameter"),
        ("name", 7, "invalid_parameter"),
        ("name", "x" * 201, "invalid_parameter"),
        ("temperature", "0.5", "invalid_parameter"),
        ("temperature", 2.01, "invalid_parameter"),
        ("temperature", -0.01, "invalid_parameter"),
        ("reply_window_hours", 721, "invalid_parameter"),
        ("reply_window_hours", 1.5, "invalid_parameter"),
        ("reply_window_hours", True, "invalid_parameter"),
        ("enable_sms_reply", "yes", "invalid_parameter"),
        ("language", "english", "invalid_parameter"),
        ("timezone", "New York", "invalid_timezone"),
        ("timezone", "../../etc/passwd", "invalid_timezone"),
        ("webhook_url", "ftp://example.com", "invalid_parameter"),
        ("system_prompt", "Hello {{contact.nmae}}", "unknown_template_variable"),
        ("fallback_message", "Hello {{contact.name}", "invalid_parameter"),
    ],
)
async def test_a_wrong_field_is_named_with_its_code(
    client: httpx.AsyncClient, field: str, value: object, code: str
) -> None:
    response = await client.post(AGENTS, json={"name": "A", field: value})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, field)
    assert field in error["message"]


async def test_an_unknown_field_stands_before_a_missing_one(client: httpx.AsyncClient) -> None:
    error = (await client.post(AGENTS, json={"nmae": "A"})).json()["error"]
    assert [(one["code"], one["param"]) for one in error["errors"]] == [
        ("unknown_parameter", "nmae"),
        ("invalid_parameter", "name"),
    ]


@pytest.mark.parametrize("query", ["?lmit=5", "?limit=5&send_at=now", "?%00=1", "?=1"])
async def test_an_unknown_query_parameter_is_refused(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(AGENTS + query)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unknown_parameter"


async def test_a_write_takes_no_unknown_query_parameter_either(client: httpx.AsyncClient) -> None:
    response = await client.post(AGENTS + "?dry_run=true", json={"name": "A"})
    assert response.json()["error"]["code"] == "unknown_parameter"


@pytest.mark.parametrize("id", ["%00", "agent_%00", "x" * 3000, "%ED%A0%80", "%FF", "..%2F..", "'", "\U0001f600"])
async def test_an_id_that_cannot_be_is_never_a_500(client: httpx.AsyncClient, id: str) -> None:
    response = await client.get(f"{AGENTS}/{id}")
    assert response.status_code in (400, 404)
    assert response.json()["error"]["code"] in ("invalid_parameter", "agent_not_found", "route_not_found")


@pytest.mark.parametrize(
    "query",
    [
        "limit=" + "9" * 5000,
        "limit=9223372036854775808",
        "offset=-9223372036854775809",
        "limit=NaN",
        "limit=",
        "limit=%00",
        "after=%00",
        "after=" + "a" * 2000,
        "updated_since=0000-00-00T00:00:00Z",
        "updated_since=9999-12-31T23:59:59-14:00",
        "updated_since=2026-03-12T15:00:00",
        "updated_since=%00",
        "updated_since=1773342000",
    ],
)
async def test_a_query_value_that_cannot_be_is_400_and_named(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"{AGENTS}?{query}")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_parameter")
    assert error["param"] == query.partition("=")[0]


async def test_every_answer_has_an_id_and_keeps_a_sane_one_of_the_caller(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/v1/nothing")).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    response = await client.get("/healthz", headers={"X-Request-ID": "trace-0123456789"})
    assert response.headers["X-Request-ID"] == "trace-0123456789"
    response = await client.get("/healthz", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert response.headers["X-Request-ID"].startswith("req_")


async def test_every_answer_is_safe_in_a_browser(client: httpx.AsyncClient) -> None:
    for path in ("/v1/nothing", "/healthz", "/docs"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DataError("INSERT", {}, Exception("integer out of range")), 400, "invalid_parameter"),
        (IntegrityError("INSERT", {}, Exception("unique")), 503, "unavailable"),
        (OperationalError("UPDATE", {}, Deadlock("deadlock detected")), 503, "unavailable"),
        (Overtaken(1, 2), 412, "version_mismatch"),
        (CursorExpired("cursor_expired", "Too old."), 410, "cursor_expired"),
        (
            CarrierRefused("carrier_rejected", "No.", carrier_code="30007", message_id="msg_1"),
            502,
            "carrier_rejected",
        ),
    ],
)
async def test_whatever_a_lower_room_raises_has_its_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fail(_: object) -> dict[str, object]:
        raise error

    monkeypatch.setattr("messaging.agents.agent_object", fail)
    response = await service.unchecked().post(AGENTS, json={"name": "A"})
    body = response.json()["error"]
    assert (response.status_code, body["code"]) == (status, code)
    assert ("Retry-After" in response.headers) == (status == 503)
    if isinstance(error, CarrierRefused):
        assert (body["type"], body["carrier_code"], body["message_id"]) == ("carrier_error", "30007", "msg_1")


async def test_a_defect_is_answered_plainly_and_shows_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> dict[str, object]:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("messaging.agents.agent_object", broken)
    response = await service.unchecked().post(AGENTS, json={"name": "A"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert response.headers["X-Request-ID"]
    assert "secret" not in response.text
    assert "Traceback" not in response.text
