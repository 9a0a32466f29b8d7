"""POST /v1/phone-numbers, against a carrier that speaks Twilio's protocol over real sockets."""

import asyncio
from typing import Any

import pytest

from messaging.carriers.twilio import TwilioCarrier
from sandbox import SandboxCarrier
from tests.api.importing import NUMBERS, OTHERS, OURS, Import, fault
from tests.api.service import Service, running


async def test_an_import_is_checked_with_the_carrier_and_points_its_texts_here(stored_ready: Import) -> None:
    response = await stored_ready.post(a2p_registered=True, max_per_second=2.5)
    assert response.status_code == 201
    number = response.json()
    assert number["id"] == number["phone_number_id"]
    assert number["id"].startswith("num_")
    assert (number["phone_number"], number["carrier"]) == (OURS, "twilio")
    assert (number["a2p_registered"], number["max_per_second"]) == (True, 2.5)
    url = stored_ready.service.services.public_url
    assert stored_ready.sms_url() == f"{url}/webhooks/twilio/sms/{number['id']}"
    assert (await stored_ready.client.get(f"{NUMBERS}/{number['id']}")).json() == number


async def test_the_token_is_stored_encrypted_and_never_shown(ready: Import) -> None:
    response = await ready.post()
    token = ready.account.token
    stored = await ready.stored(response.json()["id"])
    assert token not in stored.twilio_token_encrypted
    assert ready.service.services.vault.decrypt(stored.twilio_token_encrypted) == token
    for answer in (response, await ready.client.get(NUMBERS), await ready.client.get(f"{NUMBERS}/{stored.id}")):
        assert token not in answer.text


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("phone_number", "2125550100", "invalid_phone_number"),
        ("phone_number", "+1212", "invalid_phone_number"),
        ("twilio_sid", "XX00000000000000000000000000000000", "invalid_parameter"),
        ("twilio_sid", "AC", "invalid_parameter"),
        ("twilio_token", "short", "invalid_parameter"),
        ("twilio_token", "with spaces in the middle of it", "invalid_parameter"),
        ("max_per_second", 0, "invalid_parameter"),
        ("max_per_second", 1e9, "invalid_parameter"),
        ("a2p_registered", "yes", "invalid_parameter"),
        ("carrier", "acme", "invalid_parameter"),
        ("twilio_sidd", "AC", "unknown_parameter"),
    ],
)
async def test_a_wrong_field_is_named(ready: Import, field: str, value: Any, expected: str) -> None:
    assert fault(await ready.post(**{field: value})) == (400, expected, field)
    assert ready.sms_url() == ""


@pytest.mark.parametrize("field", ["phone_number", "twilio_sid", "twilio_token", "agent_id"])
async def test_a_missing_field_is_named(ready: Import, field: str) -> None:
    assert fault(await ready.post(**{field: None})) == (400, "invalid_parameter", field)


async def test_wrong_credentials_are_the_token_s_fault(ready: Import) -> None:
    assert fault(await ready.post(twilio_token="0" * 32)) == (400, "invalid_parameter", "twilio_token")
    assert fault(await ready.post(twilio_sid="AC" + "0" * 32)) == (400, "invalid_parameter", "twilio_token")
    assert (await ready.client.get(NUMBERS)).json()["count"] == 0


async def test_a_number_of_another_carrier_account_is_403(ready: Import) -> None:
    assert fault(await ready.post(phone_number=OTHERS)) == (403, "from_number_not_owned", "phone_number")
    assert fault(await ready.post(phone_number="+12125550199")) == (403, "from_number_not_owned", "phone_number")


async def test_a_carrier_out_of_reach_is_502_and_the_key_is_free(ready: Import) -> None:
    carrier = ready.service.services.carrier_of("twilio")
    address, carrier.api_url = carrier.api_url, "http://127.0.0.1:9"
    key = {"Idempotency-Key": "import-1"}
    response = await ready.post(key)
    assert fault(response) == (502, "carrier_unreachable", None)
    assert response.json()["error"]["type"] == "carrier_error"
    carrier.api_url = address
    assert (await ready.post(key)).status_code == 201


async def test_an_unknown_agent_is_404_and_the_carrier_is_not_asked(ready: Import) -> None:
    assert fault(await ready.post(agent_id="agent_none", twilio_token="0" * 32)) == (
        404,
        "agent_not_found",
        "agent_id",
    )


async def test_a_number_is_imported_once(stored_ready: Import) -> None:
    first = (await stored_ready.post()).json()
    url = stored_ready.sms_url()
    assert fault(await stored_ready.post()) == (409, "number_already_imported", "phone_number")
    assert stored_ready.sms_url() == url
    stranger = await stored_ready.service.another_account()
    agent = (await stranger.post("/v1/agents", json={"name": "A"})).json()
    body = stored_ready.fields | {"agent_id": agent["id"]}
    assert fault(await stranger.post(NUMBERS, json=body)) == (409, "number_already_imported", "phone_number")
    assert url.endswith(first["id"])


async def test_of_many_imports_at_once_one_wins_and_has_the_webhook(stored_ready: Import) -> None:
    responses = await asyncio.gather(*(stored_ready.post() for _ in range(5)))
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409]
    (winner,) = (response.json() for response in responses if response.status_code == 201)
    assert stored_ready.sms_url().endswith(winner["id"])


async def test_a_repeat_with_the_same_key_imports_nothing_twice(stored_ready: Import) -> None:
    key = {"Idempotency-Key": "import-1"}
    first = await stored_ready.post(key)
    again = await stored_ready.post(key)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_webhook_that_cannot_be_set_undoes_the_import(
    ready: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = TwilioCarrier.point_webhook

    async def elsewhere(self: TwilioCarrier, *arguments: Any) -> None:
        monkeypatch.setattr(TwilioCarrier, "point_webhook", point)
        self.api_url, address = "http://127.0.0.1:9", self.api_url
        try:
            await point(self, *arguments)
        finally:
            self.api_url = address

    monkeypatch.setattr(TwilioCarrier, "point_webhook", elsewhere)
    key = {"Idempotency-Key": "import-1"}
    assert fault(await ready.post(key)) == (502, "carrier_unreachable", None)
    assert (await ready.client.get(NUMBERS)).json()["count"] == 0
    again = await ready.post(key)
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    assert ready.sms_url().endswith(again.json()["id"])


class FakeSandbox:
    """What the command line wires for numbers of the sandbox."""

    def __init__(self, carrier: SandboxCarrier) -> None:
        self.carrier = carrier

    async def register(self, account_id: str, phone_number: str, sms_url: str) -> tuple[str, str, str]:
        """Open an account with that number."""
        account = self.carrier.register_account()
        number = self.carrier.register_number(account.sid, phone_number, sms_url=sms_url)
        return account.sid, account.token, number.sid


async def test_a_sandbox_number_needs_no_twilio_account(migrated_url: str) -> None:
    async with SandboxCarrier() as carrier, running(migrated_url, sandbox=FakeSandbox(carrier)) as service:
        agent = (await service.client.post("/v1/agents", json={"name": "A"})).json()
        body = {"phone_number": OURS, "agent_id": agent["id"], "carrier": "sandbox"}
        response = await service.client.post(NUMBERS, json=body)
        assert response.status_code == 201
        number = response.json()
        assert (number["carrier"], number["twilio_sid"][:2]) == ("sandbox", "AC")
        known = carrier.accounts.number(OURS)
        assert known is not None
        assert known.sms_url.endswith(f"/webhooks/twilio/sms/{number['id']}")
        response = await service.client.post(NUMBERS, json=body)
        assert fault(response) == (409, "number_already_imported", "phone_number")
        response = await service.client.post(NUMBERS, json=body | {"twilio_token": "0" * 32})
        assert fault(response) == (400, "invalid_parameter", "twilio_token")
        response = await service.client.patch(f"{NUMBERS}/{number['id']}", json={"twilio_token": "0" * 32})
        assert fault(response) == (400, "invalid_parameter", "twilio_token")


async def test_without_a_sandbox_its_numbers_cannot_be_had(service: Service) -> None:
    agent = (await service.client.post("/v1/agents", json={"name": "A"})).json()
    body = {"phone_number": OURS, "agent_id": agent["id"], "carrier": "sandbox"}
    assert fault(await service.client.post(NUMBERS, json=body)) == (400, "invalid_parameter", "carrier")
