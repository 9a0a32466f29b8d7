"""What Twilio calls: signed or refused, once, in any order, also before the answer was stored."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from models.message import Direction, Message, Status
from sandbox import Pace
from tests.api.texting import HERS, OURS, Texting, texting

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@pytest.fixture
async def sms(migrated_sqlite_url: str) -> AsyncIterator[Texting]:
    """A service over SQLite and its carrier, which posts no callbacks by itself."""
    async with texting(migrated_sqlite_url) as sms:
        yield sms


@pytest.fixture
async def called_back(migrated_url: str) -> AsyncIterator[Texting]:
    """A service whose carrier posts its callbacks; the test runs on each kind of database."""
    async with texting(migrated_url, pace=Pace(0, 0)) as sms:
        yield sms


@pytest.fixture
async def stored_sms(migrated_url: str) -> AsyncIterator[Texting]:
    """A service and a carrier that posts no callbacks; the test runs on each kind of database."""
    async with texting(migrated_url) as sms:
        yield sms


async def call(
    sms: Texting, path: str, form: dict[str, str], *, token: str | None = None, signature: str | None = None
) -> httpx.Response:
    """Post a form as the carrier does, signed with the number's token or another."""
    url = f"{sms.service.url}{path}"
    signed = RequestValidator(token or sms.customer.token).compute_signature(url, form)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signed if signature is None else signature,
    }
    async with httpx.AsyncClient() as client:
        return await client.post(url, content=urlencode(form), headers=headers)


def inbound(sms: Texting, **fields: str) -> dict[str, str]:
    """Return the form of a text that arrives."""
    return {
        "MessageSid": "SM" + "a" * 32,
        "AccountSid": sms.customer.sid,
        "From": HERS,
        "To": OURS,
        "Body": "Hello",
        "NumMedia": "0",
    } | fields


def status(sms: Texting, word: str, **fields: str) -> dict[str, str]:
    """Return the form of a status callback."""
    return {"MessageSid": "SM" + "b" * 32, "AccountSid": sms.customer.sid, "MessageStatus": word} | fields


async def until(sms: Texting, wanted: Callable[[Message], bool]) -> list[Message]:
    """Wait until every message of ours is as wanted."""
    async with asyncio.timeout(10):
        while True:
            messages = [one for one in await sms.messages() if one.direction is Direction.OUTBOUND]
            if messages and all(wanted(message) for message in messages):
                return messages
            await asyncio.sleep(0.02)


async def test_a_text_that_arrives_is_stored_before_an_empty_answer(stored_sms: Texting) -> None:
    arrived = await stored_sms.sandbox.receive(HERS, OURS, "Hello 👋", media=["https://pictures.example/1"])
    assert (arrived.webhook_status, arrived.replies) == (200, [])
    [message] = await stored_sms.messages()
    assert (message.body, message.carrier_sid, message.media_count) == ("Hello 👋", arrived.message.sid, 1)
    assert message.status == Status.RECEIVED


async def test_the_answer_is_an_empty_document(sms: Texting) -> None:
    answer = await call(sms, f"/webhooks/twilio/sms/{sms.number.id}", inbound(sms))
    assert (answer.status_code, answer.text) == (200, EMPTY)
    assert answer.headers["Content-Type"].startswith("text/xml")


async def test_the_same_text_twice_is_handled_once(stored_sms: Texting) -> None:
    arrived = await stored_sms.sandbox.receive(HERS, OURS, "STOP")
    again = await stored_sms.sandbox.redeliver(arrived.message.sid)
    assert again.webhook_status == 200
    messages = await stored_sms.messages()
    assert [message.direction for message in messages].count(Direction.INBOUND) == 1
    assert len(messages) == 2, "the STOP and its one confirmation"


async def test_consent_is_committed_with_the_text(sms: Texting) -> None:
    await sms.sandbox.receive(HERS, OURS, "Stop", opt_out_type="STOP")
    answer = await sms.post()
    assert answer.json()["error"]["code"] == "recipient_unsubscribed"
    [changed] = (await sms.client.get("/v1/sms", params={"direction": "inbound"})).json()["data"]
    assert changed["intent"] == "opt_out"


@pytest.mark.parametrize(
    "what",
    [
        "no signature",
        "a wrong signature",
        "another token",
        "no number",
        "another AccountSid",
        "another To",
        "no MessageSid",
        "no From",
    ],
)
async def test_a_text_that_is_not_the_carriers_for_this_number_changes_nothing(sms: Texting, what: str) -> None:
    path = f"/webhooks/twilio/sms/{sms.number.id}"
    form, more = inbound(sms, Body="STOP"), {}
    match what:
        case "no signature":
            more = {"signature": ""}
        case "a wrong signature":
            more = {"signature": "c2lnbmF0dXJl"}
        case "another token":
            more = {"token": "another"}
        case "no number":
            path = "/webhooks/twilio/sms/num_unknown"
        case "another AccountSid":
            form["AccountSid"] = "AC" + "9" * 32
        case "another To":
            form["To"] = HERS
        case "no MessageSid":
            del form["MessageSid"]
        case "no From":
            del form["From"]
    answer = await call(sms, path, form, **more)
    assert answer.status_code == 403
    assert await sms.messages() == []
    assert (await sms.post()).json()["status"] == "sent"


async def test_a_form_that_was_changed_after_it_was_signed_is_refused(sms: Texting) -> None:
    path = f"/webhooks/twilio/sms/{sms.number.id}"
    signature = RequestValidator(sms.customer.token).compute_signature(
        f"{sms.service.url}{path}", inbound(sms, Body="YES")
    )
    assert (await call(sms, path, inbound(sms, Body="STOP"), signature=signature)).status_code == 403


async def test_the_signature_covers_the_query_too(sms: Texting) -> None:
    path = f"/webhooks/twilio/sms/{sms.number.id}?from=proxy"
    assert (await call(sms, path, inbound(sms))).status_code == 200


async def test_a_token_that_cannot_be_read_asks_the_carrier_to_come_again(sms: Texting) -> None:
    await sms.set(sms.number, twilio_token_encrypted="encrypted with another key")
    answer = await call(sms, f"/webhooks/twilio/sms/{sms.number.id}", inbound(sms))
    assert answer.status_code == 503
    assert await sms.messages() == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe=%ff", b"&" * 1000, b"a=1&" * 500])
async def test_forms_that_are_none_are_refused(sms: Texting, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
    async with httpx.AsyncClient(base_url=sms.service.url) as client:
        for path in (f"/webhooks/twilio/sms/{sms.number.id}", "/webhooks/twilio/status/msg_unknown"):
            assert (await client.post(path, content=content, headers=headers)).status_code == 403


async def test_a_form_that_is_too_large_is_refused(sms: Texting) -> None:
    answer = await call(sms, f"/webhooks/twilio/sms/{sms.number.id}", inbound(sms, Body="x" * 300_000))
    assert answer.status_code == 413


async def test_a_text_is_delivered_by_its_callbacks(called_back: Texting) -> None:
    await called_back.post()
    [message] = await until(called_back, lambda message: message.status is Status.DELIVERED)
    assert [step["status"] for step in (await called_back.get(message.id))["timeline"]][-1] == "delivered"


@pytest.mark.parametrize("fault", ["callbacks_reversed", "callbacks_shuffled", "callback_doubled"])
async def test_whatever_the_order_and_number_of_callbacks_a_text_ends_delivered(
    called_back: Texting, fault: str
) -> None:
    called_back.sandbox.faults.add(fault)
    await asyncio.gather(*(called_back.post(message=f"Text {number}") for number in range(10)))
    messages = await until(called_back, lambda message: message.status is Status.DELIVERED)
    assert len(messages) == 10


@pytest.mark.parametrize(("kind", "code"), [("undelivered", 30003), ("failed", 30007)])
async def test_what_is_accepted_and_fails_later_ends_undelivered(
    called_back: Texting, kind: str, code: int
) -> None:
    called_back.sandbox.faults.add(kind, code=code)
    await called_back.post()
    [message] = await until(called_back, lambda message: message.status is Status.UNDELIVERED)
    assert message.error_code == str(code)


async def test_callbacks_that_come_before_the_answer_settle_the_text(called_back: Texting) -> None:
    called_back.sandbox.faults.add("hang", seconds=0.5, accept="at_once")
    asking = asyncio.create_task(called_back.post())
    await until(called_back, lambda message: message.status is Status.DELIVERED)
    assert not asking.done(), "the carrier has not answered yet"
    answer = await asking
    assert (answer.status_code, answer.json()["status"]) == (201, "delivered")
    [message] = await called_back.messages()
    assert message.carrier_sid == called_back.taken()[0].sid


async def test_a_callback_finds_its_text_though_the_answer_was_lost(called_back: Texting) -> None:
    called_back.sandbox.faults.add("reset", accept="at_once")
    await called_back.post()
    [message] = await until(called_back, lambda message: message.status is Status.DELIVERED)
    assert message.carrier_sid == called_back.taken()[0].sid
    assert len(called_back.taken()) == 1


@pytest.mark.parametrize("what", ["no signature", "another token", "unknown text", "another AccountSid", "no sid"])
async def test_a_callback_that_is_not_the_carriers_changes_nothing(sms: Texting, what: str) -> None:
    id = (await sms.post()).json()["message_id"]
    form, path, more = status(sms, "delivered", MessageSid=sms.taken()[0].sid), f"/webhooks/twilio/status/{id}", {}
    match what:
        case "no signature":
            more = {"signature": ""}
        case "another token":
            more = {"token": "another"}
        case "unknown text":
            path = "/webhooks/twilio/status/msg_unknown"
        case "another AccountSid":
            form["AccountSid"] = "AC" + "9" * 32
        case "no sid":
            del form["MessageSid"]
    assert (await call(sms, path, form, **more)).status_code == 403
    assert (await sms.get(id))["status"] == "sent"


async def test_a_callback_is_checked_with_the_token_of_its_own_number(sms: Texting) -> None:
    id = (await sms.post()).json()["message_id"]
    form = status(sms, "delivered", MessageSid=sms.taken()[0].sid)
    await sms.set(sms.number, deleted_at=sms.number.created_at)
    answer = await call(sms, f"/webhooks/twilio/status/{id}", form)
    assert answer.status_code == 204, "a number that was deleted keeps its token until its texts are final"
    assert (await sms.get(id))["status"] == "delivered"


async def test_a_callback_at_the_address_of_a_text_that_arrived_changes_nothing(sms: Texting) -> None:
    await sms.sandbox.receive(HERS, OURS, "Hello")
    [message] = await sms.messages()
    form = status(sms, "delivered", MessageSid=message.carrier_sid or "")
    assert (await call(sms, f"/webhooks/twilio/status/{message.id}", form)).status_code == 204
    assert (await sms.get(message.id))["status"] == "received"


@pytest.mark.parametrize("public_url", ["https://texts.example", "https://practice.example/showup"])
async def test_signatures_are_checked_against_the_public_address(sms: Texting, public_url: str) -> None:
    sms.service.services.public_url = public_url
    path = f"/webhooks/twilio/sms/{sms.number.id}"
    form: dict[str, Any] = inbound(sms)
    right = RequestValidator(sms.customer.token).compute_signature(f"{public_url}{path}", form)
    assert (await call(sms, path, form)).status_code == 403
    assert (await call(sms, path, form, signature=right)).status_code == 200
