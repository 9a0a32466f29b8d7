"""Bodies: JSON that can be taken, of a size that can be taken; all else is refused at the door."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.body import LARGE, parse
from models.errors import Invalid
from tests.api.service import JSON, Service

AGENTS = "/v1/agents"

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


async def test_a_route_without_a_body_refuses_one(service: Service, client: httpx.AsyncClient) -> None:
    agent = (await client.post(AGENTS, json={"name": "A"})).json()
    path = f"{AGENTS}/{agent['id']}"
    response = await client.request("DELETE", path, json={"force": True})
    assert response.json()["error"]["code"] == "unknown_parameter"
    response = await client.request("DELETE", path, json=[])
    assert response.json()["error"]["code"] == "invalid_parameter"
    assert (await client.request("DELETE", path, json={})).status_code == 200
