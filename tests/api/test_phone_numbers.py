"""/v1/phone-numbers, against a carrier that speaks Twilio's protocol over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from messaging.carriers.twilio import TwilioCarrier
from messaging.numbers import forget_tokens
from models.attention import Attention, Reason, open_item
from models.message import Message, Status
from models.phone_number import PhoneNumber
from models.recipient import Recipient
from models.reminder import Reminder, ReminderKind, ReminderState
from sandbox import Account, SandboxCarrier
from tests.api.numbers import make_number
from tests.api.service import Service, running

NUMBERS = "/v1/phone-numbers"
OURS, OTHERS = "+12125550100", "+12125550101"


class Import:
    """A service, the carrier beside it, and the fields of an import that is right."""

    def __init__(self, service: Service, carrier: SandboxCarrier, account: Account, agent_id: str) -> None:
        self.service = service
        self.client = service.client
        self.carrier = carrier
        self.account = account
        self.fields: dict[str, Any] = {
            "phone_number": OURS,
            "twilio_sid": account.sid,
            "twilio_token": account.token,
            "agent_id": agent_id,
        }

    async def post(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        """Import the number, with some fields otherwise; None leaves one out."""
        body = {name: value for name, value in (self.fields | changes).items() if value is not None}
        return await self.client.post(NUMBERS, json=body, headers=headers)

    def sms_url(self) -> str:
        """Where the carrier sends texts to our number."""
        number = self.carrier.accounts.number(OURS)
        assert number is not None
        return number.sms_url

    async def stored(self, number_id: str) -> PhoneNumber:
        """Return the number as it is stored."""
        async with self.service.database.read() as session:
            return await session.get_one(PhoneNumber, number_id)


@pytest.fixture
async def ready(migrated_sqlite_url: str) -> AsyncIterator[Import]:
    """A service over SQLite and a carrier whose account has our number."""
    async with beside_a_carrier(migrated_sqlite_url) as made:
        yield made


@pytest.fixture
async def stored_ready(migrated_url: str) -> AsyncIterator[Import]:
    """The same over both databases."""
    async with beside_a_carrier(migrated_url) as made:
        yield made


@asynccontextmanager
async def beside_a_carrier(url: str) -> AsyncIterator[Import]:
    async with SandboxCarrier() as carrier, running(url, carrier=TwilioCarrier(carrier.url)) as service:
        account, stranger = carrier.register_account(), carrier.register_account()
        carrier.register_number(account.sid, OURS)
        carrier.register_number(stranger.sid, OTHERS)
        agent = (await service.client.post("/v1/agents", json={"name": "A"})).json()
        yield Import(service, carrier, account, agent["id"])


def code(response: httpx.Response) -> tuple[int, str, str | None]:
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("param")


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
    assert code(await ready.post(**{field: value})) == (400, expected, field)
    assert ready.sms_url() == ""


@pytest.mark.parametrize("field", ["phone_number", "twilio_sid", "twilio_token", "agent_id"])
async def test_a_missing_field_is_named(ready: Import, field: str) -> None:
    assert code(await ready.post(**{field: None})) == (400, "invalid_parameter", field)


async def test_wrong_credentials_are_the_token_s_fault(ready: Import) -> None:
    assert code(await ready.post(twilio_token="0" * 32)) == (400, "invalid_parameter", "twilio_token")
    assert code(await ready.post(twilio_sid="AC" + "0" * 32)) == (400, "invalid_parameter", "twilio_token")
    assert (await ready.client.get(NUMBERS)).json()["count"] == 0


async def test_a_number_of_another_carrier_account_is_403(ready: Import) -> None:
    assert code(await ready.post(phone_number=OTHERS)) == (403, "from_number_not_owned", "phone_number")
    assert code(await ready.post(phone_number="+12125550199")) == (403, "from_number_not_owned", "phone_number")


async def test_a_carrier_out_of_reach_is_502_and_the_key_is_free(ready: Import) -> None:
    carrier = ready.service.services.carrier_of("twilio")
    address, carrier.api_url = carrier.api_url, "http://127.0.0.1:9"
    key = {"Idempotency-Key": "import-1"}
    response = await ready.post(key)
    assert code(response) == (502, "carrier_unreachable", None)
    assert response.json()["error"]["type"] == "carrier_error"
    carrier.api_url = address
    assert (await ready.post(key)).status_code == 201


async def test_an_unknown_agent_is_404_and_the_carrier_is_not_asked(ready: Import) -> None:
    assert code(await ready.post(agent_id="agent_none", twilio_token="0" * 32)) == (
        404,
        "agent_not_found",
        "agent_id",
    )


async def test_a_number_is_imported_once(stored_ready: Import) -> None:
    first = (await stored_ready.post()).json()
    url = stored_ready.sms_url()
    assert code(await stored_ready.post()) == (409, "number_already_imported", "phone_number")
    assert stored_ready.sms_url() == url
    stranger = await stored_ready.service.another_account()
    agent = (await stranger.post("/v1/agents", json={"name": "A"})).json()
    body = stored_ready.fields | {"agent_id": agent["id"]}
    assert code(await stranger.post(NUMBERS, json=body)) == (409, "number_already_imported", "phone_number")
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
    assert code(await ready.post(key)) == (502, "carrier_unreachable", None)
    assert (await ready.client.get(NUMBERS)).json()["count"] == 0
    again = await ready.post(key)
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    assert ready.sms_url().endswith(again.json()["id"])


async def test_numbers_are_listed_newest_first_and_filtered(stored_ready: Import) -> None:
    first = (await stored_ready.post()).json()
    second = await make_number(stored_ready.service, "+12125550102")
    page = (await stored_ready.client.get(NUMBERS)).json()
    assert ([one["id"] for one in page["data"]], page["count"]) == ([second.id, first["id"]], 2)
    for query in ({"phone_number": OURS}, {"agent_id": first["agent_id"]}):
        page = (await stored_ready.client.get(NUMBERS, params=query)).json()
        assert [one["id"] for one in page["data"]] == [first["id"]]


async def test_a_patch_changes_the_agent_and_the_limits(stored_ready: Import) -> None:
    number = (await stored_ready.post()).json()
    agent = (await stored_ready.client.post("/v1/agents", json={"name": "B"})).json()
    path = f"{NUMBERS}/{number['id']}"
    changes = {"agent_id": agent["id"], "a2p_registered": False, "max_per_second": 10}
    changed = (await stored_ready.client.patch(path, json=changes)).json()
    assert {name: changed[name] for name in changes} == changes
    assert changed["version"] == number["version"] + 1
    cleared = (await stored_ready.client.patch(path, json={"a2p_registered": None})).json()
    assert (cleared["a2p_registered"], cleared["max_per_second"]) == (None, 10)
    response = await stored_ready.client.patch(path, json={"agent_id": "agent_none"})
    assert code(response) == (404, "agent_not_found", "agent_id")
    response = await stored_ready.client.patch(path, json={"agent_id": None})
    assert code(response) == (400, "invalid_parameter", "agent_id")
    response = await stored_ready.client.patch(path, json={"phone_number": OTHERS})
    assert code(response) == (400, "unknown_parameter", "phone_number")


async def test_a_new_token_is_checked_and_lets_a_stopped_number_send_again(ready: Import) -> None:
    number = (await ready.post()).json()
    path = f"{NUMBERS}/{number['id']}"
    async with ready.service.database.write() as session:
        stored = await session.get_one(PhoneNumber, number["id"])
        stored.stopped_reason = "20003"
        session.add(stored)
        await open_item(session, stored.account_id, Reason.CARRIER_TROUBLE, phone_number_id=stored.id)
    token = ready.carrier.register_account(ready.account.sid, "f" * 32).token
    response = await ready.client.patch(path, json={"twilio_token": "0" * 32})
    assert code(response) == (400, "invalid_parameter", "twilio_token")
    assert (await ready.stored(number["id"])).stopped_reason == "20003"
    changed = (await ready.client.patch(path, json={"twilio_token": token})).json()
    assert changed["stopped_reason"] is None
    stored = await ready.stored(number["id"])
    assert ready.service.services.vault.decrypt(stored.twilio_token_encrypted) == token
    async with ready.service.database.read() as session:
        open_items = select(Attention).where(col(Attention.resolved_at).is_(None))
        assert (await session.exec(open_items)).all() == []


async def test_a_deleted_number_is_gone_here_and_can_be_imported_again(stored_ready: Import) -> None:
    number = (await stored_ready.post()).json()
    path = f"{NUMBERS}/{number['id']}"
    assert (await stored_ready.client.delete(path)).json()["id"] == number["id"]
    assert code(await stored_ready.client.get(path)) == (404, "phone_number_not_found", None)
    assert code(await stored_ready.client.delete(path)) == (404, "phone_number_not_found", None)
    again = await stored_ready.post()
    assert again.status_code == 201
    assert again.json()["id"] != number["id"]


async def test_a_number_with_an_unfinished_reminder_stays(service: Service) -> None:
    number = await make_number(service)
    async with service.database.write() as session:
        reminder = Reminder(
            account_id=number.account_id,
            kind=ReminderKind.ONCE,
            agent_id=number.agent_id,
            phone_number_id=number.id,
            from_number=number.phone_number,
            to_number="+12125550123",
            message="Hello",
            timezone="UTC",
        )
        session.add(reminder)
    path = f"{NUMBERS}/{number.id}"
    assert code(await service.client.delete(path)) == (409, "in_use", None)
    async with service.database.write() as session:
        reminder = await session.get_one(Reminder, reminder.id)
        reminder.state = ReminderState.FINISHED
        session.add(reminder)
    assert (await service.client.delete(path)).status_code == 200


async def test_a_deleted_number_s_token_is_kept_until_its_messages_are_final(stored_service: Service) -> None:
    number = await make_number(stored_service)
    database = stored_service.database
    async with database.write() as session:
        recipient = Recipient(account_id=number.account_id, phone_number="+12125550123")
        session.add(recipient)
        await session.flush()
        message = Message(
            account_id=number.account_id,
            status=Status.SENDING,
            phone_number_id=number.id,
            recipient_id=recipient.id,
            from_number=number.phone_number,
            to_number=recipient.phone_number,
            body="Hello",
        )
        session.add(message)
    assert await forget_tokens(database) == 0  # it is not deleted
    assert (await stored_service.client.delete(f"{NUMBERS}/{number.id}")).status_code == 200
    assert await forget_tokens(database) == 0  # its message is under way
    async with database.write() as session:
        message = await session.get_one(Message, message.id)
        message.status = Status.DELIVERED
        session.add(message)
    assert await forget_tokens(database) == 1
    async with database.read() as session:
        assert (await session.get_one(PhoneNumber, number.id)).twilio_token_encrypted == ""
    assert await forget_tokens(database) == 0


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
        assert code(response) == (409, "number_already_imported", "phone_number")
        response = await service.client.post(NUMBERS, json=body | {"twilio_token": "0" * 32})
        assert code(response) == (400, "invalid_parameter", "twilio_token")
        response = await service.client.patch(f"{NUMBERS}/{number['id']}", json={"twilio_token": "0" * 32})
        assert code(response) == (400, "invalid_parameter", "twilio_token")


async def test_without_a_sandbox_its_numbers_cannot_be_had(service: Service) -> None:
    agent = (await service.client.post("/v1/agents", json={"name": "A"})).json()
    body = {"phone_number": OURS, "agent_id": agent["id"], "carrier": "sandbox"}
    assert code(await service.client.post(NUMBERS, json=body)) == (400, "invalid_parameter", "carrier")


async def test_another_account_s_number_is_not_there(service: Service) -> None:
    number = await make_number(service)
    stranger = await service.another_account()
    path = f"{NUMBERS}/{number.id}"
    for response in (
        await stranger.get(path),
        await stranger.patch(path, json={"a2p_registered": True}),
        await stranger.patch(path, json={"twilio_token": "0" * 32}),
        await stranger.delete(path),
    ):
        assert code(response) == (404, "phone_number_not_found", None)
