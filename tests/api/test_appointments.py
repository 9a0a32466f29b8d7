"""/v1/appointments over HTTP: what a booking system sends, and what it is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from models import clock
from tests.api.numbers import make_number
from tests.api.service import Service

ADDRESS = "/v1/appointments"


@pytest.fixture
async def office(stored_service: Service) -> httpx.AsyncClient:
    """A client of an account that has a number."""
    await make_number(stored_service)
    return stored_service.client


def start(days: float = 10) -> str:
    """An instant some days ahead, on the hour."""
    instant = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def booking(**fields: Any) -> dict[str, Any]:
    """Ana's next visit."""
    return {
        "contact": {"name": "Ana Ruiz", "phone_number": "+12125550123"},
        "starts_at": start(),
        "provider": "Dr. Lee",
        **fields,
    }


async def book(office: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Book and return the appointment."""
    response = await office.post(ADDRESS, json=booking(**fields))
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_booking_is_answered_as_it_is_read_later(office: httpx.AsyncClient) -> None:
    booked = await book(office, service="Cleaning", metadata={"chart": "17"})
    assert booked["object"] == "appointment"
    assert booked["id"] == booked["appointment_id"]
    assert booked["contact"]["name"] == "Ana Ruiz"
    assert booked["from_number"] == "+12125550100"
    assert booked["confirmation"] == "pending"
    assert booked["status"] == "scheduled"
    assert booked["timezone"] == "America/New_York"
    assert (await office.get(f"{ADDRESS}/{booked['id']}")).json() == booked


async def test_everything_wrong_with_a_booking_is_told_at_once(office: httpx.AsyncClient) -> None:
    response = await office.post(
        ADDRESS,
        json={
            "contact": {"name": "Ana", "phone_number": "555-0123"},
            "starts_at": "tomorrow",
            "timezone": "America/Newyork",
            "duration_minutes": "30",
            "remainders": [],
            "reminders": [{"before": "soon", "message": "Hi {{contact.nam}}"}],
        },
    )
    assert response.status_code == 400
    told = {(one["param"], one["code"]) for one in response.json()["error"]["errors"]}
    assert told == {
        ("duration_minutes", "invalid_parameter"),
        ("remainders", "unknown_parameter"),
        ("contact.phone_number", "invalid_phone_number"),
        ("timezone", "invalid_timezone"),
        ("reminders[0].before", "invalid_parameter"),
        ("reminders[0].message", "unknown_template_variable"),
    }


async def test_what_a_change_says_of_telling_the_person_is_checked(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    wrong = await office.patch(f"{ADDRESS}/{booked['id']}", json={"notify": "loudly", "settle": "P9D"})
    assert wrong.status_code == 400
    assert {one["param"] for one in wrong.json()["error"]["errors"]} == {"notify", "settle"}
    right = {"starts_at": start(12), "notify": "always", "settle": "PT0S"}
    moved = await office.patch(f"{ADDRESS}/{booked['id']}", json=right)
    assert moved.json()["changed"] == ["starts_at"]
    plan = await office.get(f"{ADDRESS}/{booked['id']}/plan")
    assert "planned" in [text["state"] for text in plan.json()["data"] if text["kind"] == "correction"]


async def test_a_cancel_may_say_whether_the_person_is_told(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    wrong = await office.post(f"{ADDRESS}/{booked['id']}/cancel", json={"notify": "loudly"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "notify")
    done = await office.post(f"{ADDRESS}/{booked['id']}/cancel", json={"notify": "always", "settle": "PT1M"})
    assert done.status_code == 200, done.text
    assert done.json()["status"] == "cancelled"
    plan = await office.get(f"{ADDRESS}/{booked['id']}/plan")
    assert [text["state"] for text in plan.json()["data"] if text["kind"] == "correction"] == ["planned"]


async def test_until_when_it_must_be_confirmed_is_shown_and_checked(office: httpx.AsyncClient) -> None:
    booked = await book(office, confirm_by="PT12H", on_overdue="release")
    assert (booked["confirm_by"], booked["on_overdue"]) == ("PT12H", "release")
    changed = await office.patch(f"{ADDRESS}/{booked['id']}", json={"on_overdue": "flag"})
    assert (changed.json()["changed"], changed.json()["on_overdue"]) == (["on_overdue"], "flag")
    cleared = await office.patch(f"{ADDRESS}/{booked['id']}", json={"confirm_by": None})
    assert (cleared.json()["confirm_by"], cleared.json()["on_overdue"]) == (None, None)
    wrong = await office.post(ADDRESS, json=booking(confirm_by="soon", on_overdue="release"))
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "confirm_by")


async def test_what_replaces_an_appointment_cancels_it(office: httpx.AsyncClient) -> None:
    old = await book(office)
    new = await office.post(ADDRESS, json=booking(replaces=old["id"], starts_at=start(12)))
    assert new.status_code == 201
    assert (await office.get(f"{ADDRESS}/{old['id']}")).json()["status"] == "cancelled"
    unknown = await office.post(ADDRESS, json=booking(replaces="nothing"))
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (404, "replaces")


async def test_a_patch_reschedules_and_says_what_changed(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    moved = await office.patch(f"{ADDRESS}/{booked['id']}", json={"starts_at": start(12)})
    assert moved.status_code == 200
    assert moved.json()["starts_at"] == start(12)
    assert moved.json()["changed"] == ["starts_at"]
    assert moved.json()["version"] == booked["version"] + 1


async def test_a_patch_for_a_version_that_was_overtaken_is_refused(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    address = f"{ADDRESS}/{booked['id']}"
    first = await office.patch(address, json={"service": "Cleaning"}, headers={"If-Match": "1"})
    assert first.status_code == 200
    second = await office.patch(address, json={"service": "Crown"}, headers={"If-Match": "1"})
    assert second.status_code == 412
    assert second.json()["error"]["code"] == "version_mismatch"


async def test_what_is_put_again_changes_nothing(office: httpx.AsyncClient) -> None:
    address = f"{ADDRESS}/by-external-id/pms/4711"
    sent = booking(reminders=[{"before": "PT24H", "message": "Reply YES to confirm."}])
    first = await office.put(address, json=sent)
    assert first.status_code == 201
    assert first.json()["external_id"] == "pms/4711"
    again = await office.put(address, json=sent)
    assert again.status_code == 200
    assert again.json()["changed"] == []
    assert again.json()["version"] == 1
    assert (await office.get(address)).json()["id"] == first.json()["id"]
    moved = await office.patch(address, json={"starts_at": start(3)})
    assert moved.json()["changed"] == ["starts_at"]


async def test_an_older_version_of_an_appointment_is_ignored(office: httpx.AsyncClient) -> None:
    address = f"{ADDRESS}/by-external-id/4711"
    await office.put(address, json=booking(external_version=2))
    stale = await office.put(address, json=booking(external_version=1, provider="Dr. Wu"))
    assert stale.status_code == 200
    assert stale.json()["stale"] is True
    assert stale.json()["provider"] == "Dr. Lee"


async def test_another_external_id_in_the_body_is_refused(office: httpx.AsyncClient) -> None:
    response = await office.put(f"{ADDRESS}/by-external-id/4711", json=booking(external_id="4712"))
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "external_id"


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("confirm", "confirmation", "confirmed"),
        ("decline", "confirmation", "declined"),
        ("cancel", "status", "cancelled"),
        ("arrive", "status", "arrived"),
        ("complete", "status", "completed"),
        ("no-show", "status", "no_show"),
    ],
)
async def test_an_action_is_done_once_however_often_it_is_asked(
    office: httpx.AsyncClient, action: str, field: str, value: str
) -> None:
    booked = await book(office)
    address = f"{ADDRESS}/{booked['id']}/{action}"
    first, second = await office.post(address), await office.post(address)
    assert first.status_code == second.status_code == 200
    assert first.json()[field] == value
    assert first.json()[f"{field}_by"] == "api"
    assert second.json() == first.json()


async def test_a_cancelled_appointment_is_changed_only_when_reopened(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    address = f"{ADDRESS}/{booked['id']}"
    await office.post(f"{address}/cancel")
    for refused in (
        await office.post(f"{address}/confirm"),
        await office.post(f"{address}/arrive"),
        await office.patch(address, json={"starts_at": start(3)}),
    ):
        assert refused.status_code == 409
        assert refused.json()["error"]["code"] == "appointment_already_cancelled"
    reopened = await office.post(f"{address}/reopen")
    assert reopened.json()["status"] == "scheduled"


async def test_the_plan_and_the_timeline_of_an_appointment(office: httpx.AsyncClient) -> None:
    booked = await book(office)
    plan = (await office.get(f"{ADDRESS}/{booked['id']}/plan")).json()["data"]
    assert [text["before"] for text in plan] == ["P7D", "P1D", "PT2H"]
    assert "Reply YES" in plan[1]["message"]
    assert {text["state"] for text in plan} == {"planned"}
    await office.post(f"{ADDRESS}/{booked['id']}/cancel")
    timeline = (await office.get(f"{ADDRESS}/{booked['id']}/timeline")).json()["data"]
    assert [entry["type"] for entry in timeline] == ["appointment.created", "appointment.cancelled"]
    assert timeline[0]["actor"]["type"] == "api"


async def test_another_accounts_appointment_is_not_there(
    stored_service: Service, office: httpx.AsyncClient
) -> None:
    booked = await book(office, external_id="4711")
    stranger = await stored_service.another_account()
    for answer in (
        await stranger.get(f"{ADDRESS}/{booked['id']}"),
        await stranger.patch(f"{ADDRESS}/{booked['id']}", json={"service": "x"}),
        await stranger.post(f"{ADDRESS}/{booked['id']}/cancel"),
        await stranger.get(f"{ADDRESS}/{booked['id']}/plan"),
        await stranger.get(f"{ADDRESS}/{booked['id']}/timeline"),
        await stranger.get(f"{ADDRESS}/by-external-id/4711"),
        await stranger.patch(f"{ADDRESS}/by-external-id/4711", json={"service": "x"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "appointment_not_found"
    assert (await stranger.get(ADDRESS)).json()["data"] == []


async def test_a_booking_sent_twice_with_a_key_is_made_once(office: httpx.AsyncClient) -> None:
    sent, headers = booking(), {"Idempotency-Key": "once"}
    first = await office.post(ADDRESS, json=sent, headers=headers)
    again = await office.post(ADDRESS, json=sent, headers=headers)
    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert (await office.get(ADDRESS)).json()["count"] == 1


async def test_the_list_goes_by_its_filters(office: httpx.AsyncClient) -> None:
    first = await book(office)
    second = await book(office, contact={"name": "Bo Chen", "phone_number": "+12125550124"}, starts_at=start(20))
    await office.post(f"{ADDRESS}/{second['id']}/confirm")

    async def listed(**params: str) -> list[str]:
        response = await office.get(ADDRESS, params=params)
        assert response.status_code == 200, response.text
        assert response.json()["count"] == len(response.json()["data"])
        return [one["id"] for one in response.json()["data"]]

    assert await listed() == [second["id"], first["id"]]
    assert await listed(confirmation="confirmed") == [second["id"]]
    assert await listed(needs_attention="true") == []
    later = datetime.fromisoformat(start(15)).date().isoformat()
    assert await listed(to=later) == [first["id"]]
    assert await listed(**{"from": later}) == [second["id"]]
    assert await listed(q="che") == [second["id"]]
    assert await listed(q="(212) 555-0123") == [first["id"]]
    assert await listed(q="%") == []
    wrong = await office.get(ADDRESS, params={"from": "soon", "to": "2026-02-30"})
    assert [one["param"] for one in wrong.json()["error"]["errors"]] == ["from", "to"]
    unknown = await office.get(ADDRESS, params={"form": "2026-01-01"})
    assert unknown.json()["error"]["code"] == "unknown_parameter"


NASTY: list[Any] = [
    [],
    "text",
    {"contact": []},
    {"contact": None},
    {"contact": {"name": 5}},
    {"contact": {"name": "A", "metadata": {"a": 1}}},
    {"contact": {"phone_number": "+1" + "2" * 400}},
    {"contact": {"name": "x" * 100_000}},
    {"contact": {"timezone": "../etc/passwd", "language": "\u200b", "name": "\ufffd"}},
    {"starts_at": None},
    {"starts_at": "0001-01-01T00:00:00Z"},
    {"starts_at": "9999-12-31T23:59:59-23:59"},
    {"starts_at": "2026-03-08T02:30:00", "timezone": ""},
    {"duration_minutes": 10**18},
    {"duration_minutes": True},
    {"external_version": True},
    {"external_version": 2**63 - 1},
    {"external_version": -(2**63)},
    {"external_version": "9" * 400},
    {"external_version": "2026-01-01T00:00:00"},
    {"external_id": "x" * 256},
    {"metadata": {"x" * 65: "y"}},
    {"metadata": []},
    {"reminders": [None]},
    {"reminders": {}},
    {"reminders": [{"before": "P" + "9" * 50 + "D", "message": "x"}]},
    {"reminders": [{"before": "P1D", "message": "{{{{{{contact.name}}"}]},
    {"reminders": [{"before": "P1D", "message": "x", "at": "٠٩:٠٠"}]},
    {"reminders": [{"before": "P1D", "message": "x", "only_if": ["unconfirmed"] * 3}]},
    {"patient": {"name": ["a"]}},
    {"status": None},
    {"confirmation": "unreachable"},
    {"keep_confirmation": "yes"},
]


async def test_no_body_breaks_it(service: Service) -> None:
    await make_number(service)
    for body in NASTY:
        sent = {**booking(), **body} if isinstance(body, dict) else body
        for answer in (
            await service.client.post(ADDRESS, json=sent),
            await service.client.put(f"{ADDRESS}/by-external-id/4711", json=sent),
            await service.client.post(f"{ADDRESS}/batch", json={"appointments": [sent]}),
        ):
            assert answer.status_code in (200, 201, 400), body
            assert answer.status_code != 400 or answer.json()["error"]["message"], body
