"""Errors: the contract's body, whatever was wrong; and no input makes a 500."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from api.body import LARGE, parse
from models.errors import CarrierRefused, CursorExpired, Invalid, Overtaken
from tests.api.service import JSON, Service

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


BAD_JSON = {
    "nothing after a colon": b'{"name": ',
    "NaN": b'{"name": "A", "temperature": NaN}',
    "infinity": b'{"name": "A", "temperature": Infinity}',
    "minus infinity": b'{"name": "A", "temperature": -Infinity}',
    "a number beyond 63 bits": b'{"name": "A", "reply_window_hours": 9223372036854775808}',
    "a negative one": b'{"name": "A", "reply_window_hours": -9223372036854775809}',
    "a number with 5000 digits": b'{"name": "A", "reply_window_hours": ' + b"9" * 5000 + b"}",
    "a fraction beyond every double": b'{"name": "A", "temperature": 1e400}',
    "a large fraction": b'{"name": "A", "temperature": 1e19}',
    "half of a surrogate pair, escaped": b'{"name": "\\ud83d"}',
    "the other half": b'{"name": "\\udE00"}',
    "half of a pair as a field's name": b'{"\\ud83d": "A"}',
    "half of a pair as bytes": b'{"name": "\xed\xa0\xbd"}',
    "NUL, escaped": b'{"name": "A\\u0000"}',
    "NUL as a byte": b'{"name": "A\x00"}',
    "NUL in a nested list": b'{"name": "A", "x": [[{"y": "\\u0000"}]]}',
    "invalid UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "A"}'.encode("utf-16"),
    "a name twice": b'{"name": "A", "name": "B"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "just too deep": b"[" * 33 + b"]" * 33,
    "only spaces": b"   ",
    "two values": b"{} {}",
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_json_that_cannot_be_taken_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(AGENTS, content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_json"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"name"', b"1", b"true", b""])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(AGENTS, content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_parameter"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_json_holds_it_is_taken_as_it_is_or_refused(value: object) -> None:
    taken = taken_or_refused(json.dumps(value).encode())
    if not isinstance(taken, Invalid):
        assert taken == value
        json.dumps(taken, ensure_ascii=False, allow_nan=False).encode()


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_json_or_refused(content: bytes) -> None:
    taken = taken_or_refused(content)
    assert not isinstance(taken, Invalid) or taken.code == "invalid_json"


def taken_or_refused(content: bytes) -> object:
    try:
        return parse(content)
    except Invalid as fault:
        return fault


async def test_a_whole_surrogate_pair_is_fine(client: httpx.AsyncClient) -> None:
    response = await client.post(AGENTS, content=b'{"name": "\\ud83d\\ude00"}', headers=JSON)
    assert response.json()["name"] == "\U0001f600"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json"]
)
async def test_another_media_type_is_415(client: httpx.AsyncClient, kind: str) -> None:
    response = await client.post(AGENTS, content=b'{"name": "A"}', headers={"Content-Type": kind})
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"


async def test_no_media_type_is_415(client: httpx.AsyncClient) -> None:
    assert (await client.post(AGENTS, content=b'{"name": "A"}')).status_code == 415


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    response = await client.post(AGENTS, content=b"x", headers=JSON | {"Content-Encoding": "gzip"})
    assert response.status_code == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json", "Application/JSON"]
)
async def test_every_way_to_say_json_is_taken(client: httpx.AsyncClient, kind: str) -> None:
    response = await client.post(AGENTS, content=b'{"name": "A"}', headers={"Content-Type": kind})
    assert response.status_code == 201


async def test_a_body_over_a_mebibyte_is_413(client: httpx.AsyncClient) -> None:
    fits = json.dumps({"name": "A"}).encode().ljust(2**20)
    assert len(fits) > LARGE
    assert (await client.post(AGENTS, content=fits, headers=JSON)).status_code == 201
    response = await client.post(AGENTS, content=fits + b" ", headers=JSON)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


async def test_a_body_that_does_not_say_its_length_is_measured(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 2**16

    assert (await client.post(AGENTS, content=chunks(), headers=JSON)).status_code == 413


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


async def test_a_route_without_a_body_refuses_one(service: Service, client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json={"name": "A"})).json()
    path = f"{AGENTS}/{agent['id']}"
    response = await client.request("DELETE", path, json={"force": True})
    assert response.json()["error"]["code"] == "unknown_parameter"
    response = await client.request("DELETE", path, json=[])
    assert response.json()["error"]["code"] == "invalid_parameter"
    assert (await client.request("DELETE", path, json={})).status_code == 200


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
