"""/v1/contacts."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from messaging.consent import subscribe, unsubscribe
from messaging.recipients import lock_recipient
from models.event import REPLY, Event
from models.recipient import EVERY_SENDER, ConsentSource
from tests.api.service import Service

CONTACTS = "/v1/contacts"
ANA = {
    "name": "Ana Silva",
    "phone_number": "+12125550123",
    "external_id": "p-4711",
    "timezone": "America/Chicago",
    "language": "es-MX",
    "metadata": {"chart": "4711"},
}


async def make(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await client.post(CONTACTS, json=ANA | changes)
    assert response.status_code == 201
    made: dict[str, Any] = response.json()
    return made


def error(response: httpx.Response) -> tuple[int, str, str | None]:
    body = response.json()["error"]
    return response.status_code, body["code"], body.get("param")


async def test_a_contact_is_kept_as_it_was_given(stored_service: Service) -> None:
    client = stored_service.client
    contact = await make(client)
    assert {name: contact[name] for name in ANA} == ANA
    assert contact["id"] == contact["contact_id"]
    assert contact["id"].startswith("con_")
    assert (contact["reachability"], contact["consent"], contact["consent_history"]) == (
        "unknown",
        "subscribed",
        [],
    )
    assert (await client.get(f"{CONTACTS}/{contact['id']}")).json() == contact


@pytest.mark.parametrize("phone_number", [None, ""])
async def test_a_person_without_a_phone_can_be_entered(
    client: httpx.AsyncClient, phone_number: str | None
) -> None:
    contact = (await client.post(CONTACTS, json={"name": "Ana Silva", "phone_number": phone_number})).json()
    assert (contact["phone_number"], contact["reachability"]) == (None, "no_phone")


async def test_the_same_person_is_brought_up_to_date(stored_service: Service) -> None:
    client = stored_service.client
    contact = await make(client)
    for body in (
        {"external_id": "p-4711", "name": "Ana Silva-Reyes"},
        {"phone_number": "+12125550123", "name": "ANA  silva-REYES", "language": "en"},
        {"phone_number": "+12125550123", "timezone": None},
    ):
        response = await client.post(CONTACTS, json=body)
        assert (response.status_code, response.json()["id"]) == (200, contact["id"])
    last = response.json()
    assert (last["language"], last["timezone"], last["metadata"]) == ("en", None, {"chart": "4711"})
    assert last["version"] == contact["version"] + 3


async def test_the_same_again_is_the_same(stored_service: Service) -> None:
    contact = await make(stored_service.client)
    response = await stored_service.client.post(CONTACTS, json=ANA)
    assert (response.status_code, response.json()) == (200, contact)


async def test_two_people_may_share_a_phone(client: httpx.AsyncClient) -> None:
    ana = await make(client)
    tom = await make(client, name="Tom Silva", external_id="p-4712")
    assert ana["id"] != tom["id"]
    page = (await client.get(CONTACTS, params={"phone_number": "+12125550123"})).json()
    assert [one["id"] for one in page["data"]] == [tom["id"], ana["id"]]


async def test_a_patch_changes_what_it_names(stored_service: Service) -> None:
    client = stored_service.client
    contact = await make(client)
    path = f"{CONTACTS}/{contact['id']}"
    changes = {"phone_number": "+12125550124", "timezone": None, "metadata": {"room": "3"}}
    changed = (await client.patch(path, json=changes)).json()
    assert (changed["phone_number"], changed["timezone"], changed["name"]) == ("+12125550124", None, "Ana Silva")
    assert changed["metadata"] == {"chart": "4711", "room": "3"}
    assert (await client.patch(path, json={"metadata": {"chart": None}})).json()["metadata"] == {"room": "3"}
    assert (await client.patch(path, json={})).json()["version"] == contact["version"] + 2
    stale = await client.patch(path, json={"name": "X"}, headers={"If-Match": "1"})
    assert error(stale) == (412, "version_mismatch", None)


async def test_another_s_external_id_cannot_be_taken(client: httpx.AsyncClient) -> None:
    await make(client)
    tom = await make(client, name="Tom Silva", external_id="p-4712")
    response = await client.patch(f"{CONTACTS}/{tom['id']}", json={"external_id": "p-4711"})
    assert (response.status_code, response.json()["error"]["param"]) == (409, "external_id")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone_number", "555-0123", "invalid_phone_number"),
        ("phone_number", 12125550123, "invalid_parameter"),
        ("timezone", "Chicago", "invalid_timezone"),
        ("language", "Klingon!", "invalid_parameter"),
        ("name", "x" * 201, "invalid_parameter"),
        ("metadata", {"chart": 4711}, "invalid_parameter"),
        ("consent", "maybe", "invalid_parameter"),
        ("phone", "+12125550123", "unknown_parameter"),
    ],
)
async def test_a_wrong_field_is_named(client: httpx.AsyncClient, field: str, value: object, code: str) -> None:
    status, found, param = error(await client.post(CONTACTS, json=ANA | {field: value}))
    assert (status, found) == (400, code)
    assert param is not None
    assert param.split(".")[0] == field


async def test_faults_of_form_and_of_sense_come_together(client: httpx.AsyncClient) -> None:
    response = await client.post(CONTACTS, json={"name": 7, "phone_number": "1", "timezone": "x", "colour": "red"})
    found = {one["param"]: one["code"] for one in response.json()["error"]["errors"]}
    assert found == {
        "name": "invalid_parameter",
        "phone_number": "invalid_phone_number",
        "timezone": "invalid_timezone",
        "colour": "unknown_parameter",
    }


async def test_nobody_is_not_a_contact(client: httpx.AsyncClient) -> None:
    assert error(await client.post(CONTACTS, json={})) == (400, "invalid_parameter", "name")
    assert error(await client.post(CONTACTS, json=[]))[:2] == (400, "invalid_parameter")


async def test_a_stop_shows_with_its_history_on_everyone_with_that_number(stored_service: Service) -> None:
    client, account_id = stored_service.client, stored_service.account.id
    ana = await make(client)
    tom = await make(client, name="Tom Silva", external_id="p-4712")
    eve = await make(client, name="Eve", external_id="p-1", phone_number="+12125550199")
    async with stored_service.database.write() as session:
        recipient = await lock_recipient(session, account_id, "+12125550123")
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, message_id="msg_1", by=REPLY)
    page = (await client.get(CONTACTS)).json()
    consents = {one["id"]: (one["consent"], one["reachability"]) for one in page["data"]}
    stopped = ("unsubscribed", "unsubscribed")
    assert consents == {ana["id"]: stopped, tom["id"]: stopped, eve["id"]: ("subscribed", "unknown")}
    [change] = (await client.get(f"{CONTACTS}/{ana['id']}")).json()["consent_history"]
    assert (change["consent"], change["source"], change["message_id"]) == ("unsubscribed", "keyword", "msg_1")
    async with stored_service.database.write() as session:
        recipient = await lock_recipient(session, account_id, "+12125550123")
        await subscribe(session, recipient, sender=EVERY_SENDER, source=ConsentSource.KEYWORD, by=REPLY)
    found = (await client.get(f"{CONTACTS}/{ana['id']}")).json()
    assert (found["consent"], found["reachability"]) == ("subscribed", "unknown")
    assert [change["consent"] for change in found["consent_history"]] == ["subscribed", "unsubscribed"]


async def test_a_program_can_stop_texts_and_a_start_does_not_lift_that(stored_service: Service) -> None:
    client = stored_service.client
    contact = await make(client, consent="unsubscribed")
    assert contact["consent"] == "unsubscribed"
    [change] = contact["consent_history"]
    assert (change["source"], change["sender"]) == ("api", None)
    async with stored_service.database.write() as session:
        recipient = await lock_recipient(session, stored_service.account.id, "+12125550123")
        assert not await subscribe(session, recipient, sender=EVERY_SENDER, source=ConsentSource.KEYWORD, by=REPLY)
    path = f"{CONTACTS}/{contact['id']}"
    assert (await client.patch(path, json={"consent": "unsubscribed"})).json()["consent_history"] == [change]
    lifted = (await client.patch(path, json={"consent": "subscribed"})).json()
    assert (lifted["consent"], len(lifted["consent_history"])) == ("subscribed", 2)
    async with stored_service.database.read() as session:
        types = (await session.exec(select(Event.type).where(Event.contact_id == contact["id"]))).all()
    assert sorted(types) == ["contact.resubscribed", "contact.unsubscribed"]


async def test_consent_needs_a_number(client: httpx.AsyncClient) -> None:
    response = await client.post(CONTACTS, json={"name": "Ana", "consent": "unsubscribed"})
    assert error(response) == (400, "invalid_parameter", "consent")
    assert (await client.get(CONTACTS)).json()["count"] == 0


async def test_an_erased_person_is_gone_and_the_opt_out_stays(stored_service: Service) -> None:
    client = stored_service.client
    contact = await make(client, consent="unsubscribed")
    path = f"{CONTACTS}/{contact['id']}"
    erased = await client.delete(path)
    assert erased.status_code == 200
    assert (erased.json()["name"], erased.json()["phone_number"], erased.json()["metadata"]) == (None, None, {})
    assert error(await client.get(path)) == (404, "contact_not_found", None)
    assert error(await client.delete(path)) == (404, "contact_not_found", None)
    assert (await client.get(CONTACTS)).json()["count"] == 0
    back = await make(client)
    assert back["id"] != contact["id"]
    assert back["consent"] == "unsubscribed"


async def test_contacts_are_listed_and_filtered(client: httpx.AsyncClient) -> None:
    ana = await make(client)
    bob = (await client.post(CONTACTS, json={"name": "Bob"})).json()

    async def listed(**query: str) -> list[str]:
        return [one["id"] for one in (await client.get(CONTACTS, params=query)).json()["data"]]

    assert await listed() == [bob["id"], ana["id"]]
    assert await listed(reachability="no_phone") == [bob["id"]]
    assert await listed(external_id="p-4711") == [ana["id"]]
    assert await listed(phone_number="+12125550123") == [ana["id"]]
    assert error(await client.get(CONTACTS, params={"phone_number": "555"})) == (
        400,
        "invalid_phone_number",
        "phone_number",
    )


async def test_another_account_s_contact_is_not_there(service: Service) -> None:
    contact = await make(service.client)
    stranger = await service.another_account()
    path = f"{CONTACTS}/{contact['id']}"
    for response in (
        await stranger.get(path),
        await stranger.patch(path, json={"name": "X"}),
        await stranger.delete(path),
    ):
        assert error(response) == (404, "contact_not_found", None)
    assert (await stranger.get(CONTACTS)).json()["count"] == 0
    assert (await stranger.post(CONTACTS, json=ANA)).status_code == 201
