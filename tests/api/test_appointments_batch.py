"""/v1/appointments/batch: every item is answered in its order, and a bad one spoils no other."""

from typing import Any

import httpx
import pytest

from tests.api.numbers import make_number
from tests.api.service import Service
from tests.api.test_appointments import ADDRESS, booking, start


@pytest.fixture
async def office(stored_service: Service) -> httpx.AsyncClient:
    """A client of an account that has a number."""
    await make_number(stored_service)
    return stored_service.client


async def send(office: httpx.AsyncClient, *items: Any) -> dict[str, Any]:
    """Send a batch and return its answer."""
    response = await office.post(f"{ADDRESS}/batch", json={"appointments": items})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_bad_item_spoils_no_other(office: httpx.AsyncClient) -> None:
    told = await send(
        office,
        booking(external_id="1"),
        booking(starts_at="soon"),
        booking(color="red"),
        "not an object",
        {},
        booking(agent_id="agent_missing"),
        booking(external_id="2"),
    )
    assert (told["created"], told["updated"], told["failed"]) == (2, 0, 5)
    assert [item["index"] for item in told["data"]] == list(range(7))
    assert [item.get("error", {}).get("code") for item in told["data"]] == [
        None,
        "invalid_parameter",
        "unknown_parameter",
        "invalid_parameter",
        "invalid_parameter",
        "agent_not_found",
        None,
    ]
    assert (await office.get(ADDRESS)).json()["count"] == 2


async def test_a_batch_sent_again_changes_only_what_differs(office: httpx.AsyncClient) -> None:
    items = [booking(external_id=str(number)) for number in range(3)]
    await send(office, *items)
    items[1] = booking(external_id="1", starts_at=start(4))
    told = await send(office, *items)
    assert (told["created"], told["updated"], told["unchanged"], told["failed"]) == (0, 1, 2, 0)
    assert [item["changed"] for item in told["data"]] == [[], ["starts_at"], []]


async def test_items_act_in_their_order(office: httpx.AsyncClient) -> None:
    told = await send(
        office,
        booking(external_id="1"),
        {"external_id": "1", "starts_at": start(5)},
        {"external_id": "1", "status": "cancelled"},
        {"external_id": "1", "starts_at": start(6)},
    )
    assert [item.get("changed") for item in told["data"]] == [None, ["starts_at"], ["status"], None]
    assert told["data"][3]["error"]["code"] == "appointment_already_cancelled"


async def test_one_person_in_many_items_is_one_contact(office: httpx.AsyncClient) -> None:
    await send(office, *[booking(starts_at=start(days)) for days in range(3, 9)])
    listed = (await office.get(ADDRESS)).json()["data"]
    assert len({one["contact_id"] for one in listed}) == 1


async def test_too_many_items_are_refused_before_any_is_looked_at(office: httpx.AsyncClient) -> None:
    response = await office.post(f"{ADDRESS}/batch", json={"appointments": [{}] * 10_001})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "too_many_items"
