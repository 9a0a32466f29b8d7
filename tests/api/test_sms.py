"""POST /v1/sms and its kin, against a real carrier: every check in its order, every answer, each text once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from messaging.carriers.outcome import Outcome
from messaging.consent import unsubscribe
from messaging.gate import Departure
from messaging.recipients import lock_recipient
from models import clock
from models.agent import Agent
from models.base import rfc3339
from models.event import SYSTEM
from models.message import Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import ConsentSource
from tests.api.texting import HERS, OURS, Texting, texting


@pytest.fixture
async def sms(migrated_sqlite_url: str) -> AsyncIterator[Texting]:
    """A service over SQLite and its carrier."""
    async with texting(migrated_sqlite_url) as sms:
        yield sms


@pytest.fixture
async def stored_sms(migrated_url: str) -> AsyncIterator[Texting]:
    """The same; the test runs once over SQLite and once over PostgreSQL."""
    async with texting(migrated_url) as sms:
        yield sms


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return the status, code and param of an error."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("param")


async def stop(sms: Texting, person: str = HERS) -> None:
    """Let a person have unsubscribed."""
    async with sms.service.database.write() as session:
        recipient = await lock_recipient(session, sms.service.account.id, person)
        await unsubscribe(session, recipient, source=ConsentSource.API, by=SYSTEM)


async def test_a_text_is_sent_and_shown_with_its_timeline(stored_sms: Texting) -> None:
    answer = await stored_sms.post(message="See you soon", metadata={"visit": "7"})
    assert answer.status_code == 201
    sent = answer.json()
    assert (sent["status"], sent["to"], sent["from"], sent["segments"]) == ("sent", HERS, OURS, 1)
    assert "warnings" not in sent
    [taken] = stored_sms.taken()
    assert (taken.to, taken.from_, taken.body) == (HERS, OURS, "See you soon")
    shown = await stored_sms.get(sent["message_id"])
    assert shown["carrier_sid"] == taken.sid
    assert (shown["message"], shown["metadata"], shown["attempts"]) == ("See you soon", {"visit": "7"}, 1)
    assert [step["status"] for step in shown["timeline"]] == ["queued", "sending", "sent"]


async def test_to_number_and_body_are_other_names(sms: Texting) -> None:
    answer = await sms.post(to=None, message=None, to_number=HERS, body="Hello")
    assert answer.json()["status"] == "sent"
    assert [message.body for message in sms.taken()] == ["Hello"]


async def test_everything_is_checked_in_the_order_that_is_promised(sms: Texting) -> None:
    """Each request has every later fault as well, and only the first that is left is told."""
    await stop(sms, "+13125550123")
    await sms.set(sms.number, a2p_registered=False)
    other = Agent(account_id=sms.service.account.id, name="Another")
    async with sms.service.database.write() as session:
        session.add(other)
    wrong: dict[str, Any] = {
        "agent_id": "agent_unknown",
        "to": "+1312555012",
        "from_number": OURS,
        "message": "x" * 1601,
        "send_at": "2020-01-01T00:00:00Z",
        "metadate": {},
    }

    async def told(client: httpx.AsyncClient) -> tuple[int, str, str | None]:
        return error_of(await client.post("/v1/sms", json=wrong))

    assert await told(sms.service.client_of("key_none:nothing")) == (401, "invalid_api_key", None)
    assert await told(await sms.service.client_with("read")) == (403, "insufficient_scope", None)
    client = await sms.service.client_with("write")
    assert await told(client) == (400, "unknown_parameter", "metadate")
    del wrong["metadate"]
    assert await told(client) == (400, "invalid_phone_number", "to")
    wrong["to"] = "+13125550123"
    assert await told(client) == (400, "schedule_in_past", "send_at")
    del wrong["send_at"]
    assert await told(client) == (404, "agent_not_found", "agent_id")
    wrong["agent_id"] = other.id
    assert await told(client) == (403, "from_number_not_owned", "from_number")
    wrong["agent_id"] = sms.number.agent_id
    assert await told(client) == (400, "message_too_long", "message")
    wrong["message"] = "Hello"
    assert await told(client) == (400, "sms_not_supported_in_region", "from_number")
    await sms.set(sms.number, a2p_registered=True)
    assert await told(client) == (403, "recipient_unsubscribed", "to")
    assert sms.taken() == []
    assert await sms.messages() == []


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"message": ""}, "invalid_parameter", "message"),
        ({"message": " \n"}, "invalid_parameter", "message"),
        ({"message": 5}, "invalid_parameter", "message"),
        ({"agent_id": None}, "invalid_parameter", "agent_id"),
        ({"to": "2125550123"}, "invalid_phone_number", "to"),
        ({"from_number": "+1 (212) 555-0100"}, "invalid_phone_number", "from_number"),
        ({"send_at": "tomorrow"}, "invalid_parameter", "send_at"),
        ({"send_at": "2030-01-01T09:00:00"}, "invalid_parameter", "send_at"),
        ({"expires_in": "4 hours"}, "invalid_parameter", "expires_in"),
        ({"any_hour": "yes"}, "invalid_parameter", "any_hour"),
        ({"metadata": {"a": 1}}, "invalid_parameter", None),
        ({"sendat": "2030-01-01T09:00:00Z"}, "unknown_parameter", "sendat"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_sent(
    sms: Texting, fields: dict[str, Any], code: str, param: str | None
) -> None:
    answer = await sms.post(**fields)
    status, told, named = error_of(answer)
    assert (status, told) == (400, code)
    if param is not None:
        assert named == param
        assert param in answer.json()["error"]["message"]
    assert await sms.messages() == []


@pytest.mark.parametrize("send_at", ["9999-12-31T23:59:59Z", "2030-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"])
async def test_instants_at_the_ends_of_time_are_no_defect(sms: Texting, send_at: str) -> None:
    answer = await sms.post(send_at=send_at, expires_in="P1D")
    assert answer.status_code in (201, 400)


async def test_another_accounts_agent_and_number_are_not_there(sms: Texting) -> None:
    stranger = await sms.service.another_account()
    assert error_of(await stranger.post("/v1/sms", json=sms.body())) == (404, "agent_not_found", "agent_id")
    sent = (await sms.post()).json()["message_id"]
    assert error_of(await stranger.get(f"/v1/sms/{sent}"))[:2] == (404, "message_not_found")
    assert error_of(await stranger.post(f"/v1/sms/{sent}/resend"))[:2] == (404, "message_not_found")


async def test_a_deleted_number_sends_nothing(sms: Texting) -> None:
    await sms.set(sms.number, deleted_at=clock.now())
    assert error_of(await sms.post())[:2] == (403, "from_number_not_owned")


async def test_an_unregistered_number_may_text_abroad(sms: Texting) -> None:
    await sms.set(sms.number, a2p_registered=False)
    assert (await sms.post(to="+447700900123")).status_code == 201


async def test_a_long_text_is_taken_with_a_warning(sms: Texting) -> None:
    assert len((await sms.post(message="x" * 601)).json()["warnings"]) == 1
    assert (await sms.post(message="x" * 1600)).status_code == 201


async def test_what_surely_was_not_taken_is_queued(sms: Texting) -> None:
    right = sms.carrier.api_url
    sms.carrier.api_url = "http://127.0.0.1:9"
    refused = await sms.post()
    sms.carrier.api_url = right
    sms.sandbox.faults.add("rate_limited", times=1, seconds=60)
    limited = await sms.post()
    sms.sandbox.faults.add("server_error", times=1)
    trouble = await sms.post()
    assert [(answer.status_code, answer.json()["status"]) for answer in (refused, limited, trouble)] == [
        (201, "queued")
    ] * 3
    shown = await sms.get(limited.json()["message_id"])
    assert (shown["error_code"], shown["attempts"]) == ("20429", 1)
    assert "again" in shown["error_message"]
    assert sms.taken() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "bad_gateway"},
        {"kind": "reset"},
        {"kind": "reset", "accept": "at_once"},
        {"kind": "empty_answer"},
        {"kind": "hang", "seconds": 1},
    ],
)
async def test_a_lost_answer_is_unknown(sms: Texting, fault: dict[str, Any]) -> None:
    sms.carrier.answer_seconds = 0.3
    sms.sandbox.faults.add(times=1, **fault)
    answer = await sms.post()
    assert (answer.status_code, answer.json()["status"]) == (201, "unknown")


@pytest.mark.parametrize("code", ["21211", "20003", "30034", "21612"])
async def test_what_the_carrier_refuses_is_told_and_kept(stored_sms: Texting, code: str) -> None:
    stored_sms.sandbox.faults.add("refused", code=int(code))
    answer = await stored_sms.post()
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (502, "carrier_error", "carrier_rejected")
    assert error["carrier_code"] == code
    shown = await stored_sms.get(error["message_id"])
    assert (shown["status"], shown["error_code"]) == ("failed", code)
    assert shown["error_message"]


async def test_an_opt_out_at_the_carrier_is_told_and_recorded(stored_sms: Texting) -> None:
    stored_sms.sandbox.opt_outs.apply(OURS, HERS, "STOP")
    assert error_of(await stored_sms.post()) == (403, "recipient_unsubscribed", "to")
    [message] = await stored_sms.messages()
    assert (message.status, message.error_code) == (Status.BLOCKED, "21610")
    stored_sms.sandbox.opt_outs.apply(OURS, HERS, "START")
    assert error_of(await stored_sms.post()) == (403, "recipient_unsubscribed", "to")
    assert stored_sms.taken() == []


async def test_a_text_for_later_is_scheduled_and_can_be_cancelled(stored_sms: Texting) -> None:
    at = rfc3339((clock.now() + timedelta(days=1)).replace(microsecond=0))
    made = await stored_sms.post(send_at=at)
    assert (made.status_code, made.json()["status"]) == (201, "scheduled")
    id = made.json()["message_id"]
    assert (await stored_sms.get(id))["send_at"] == at
    for _ in range(2):
        cancelled = await stored_sms.client.post(f"/v1/sms/{id}/cancel")
        assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert [step["status"] for step in cancelled.json()["timeline"]] == ["scheduled", "cancelled"]


async def test_what_has_left_cannot_be_cancelled_and_is_sent_again_as_a_new_text(stored_sms: Texting) -> None:
    id = (await stored_sms.post()).json()["message_id"]
    assert error_of(await stored_sms.client.post(f"/v1/sms/{id}/cancel"))[:2] == (409, "invalid_transition")
    again = await stored_sms.client.post(f"/v1/sms/{id}/resend")
    assert (again.status_code, again.json()["status"], again.json()["resend_of"]) == (201, "sent", id)
    assert [message.body for message in stored_sms.taken()] == ["Hello", "Hello"]


async def test_a_number_with_a_pace_queues_what_comes_too_fast(sms: Texting) -> None:
    await sms.set(sms.number, max_per_second=0.1)
    statuses = [(await sms.post()).json()["status"] for _ in range(3)]
    assert statuses == ["sent", "queued", "queued"]


async def test_a_text_to_a_held_number_waits(sms: Texting) -> None:
    async with sms.service.database.write() as session:
        recipient = await lock_recipient(session, sms.service.account.id, HERS)
        recipient.held_since = clock.now()
        session.add(recipient)
    assert (await sms.post()).json()["status"] == "queued"
    assert sms.taken() == []


async def test_a_place_that_does_not_come_free_leaves_the_text_to_the_engine(
    sms: Texting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.sms.PLACE_SECONDS", 0.05)
    places = sms.service.services.way_out.places
    held = await places.take_several()
    assert (await sms.post()).json()["status"] == "queued"
    places.give_back(held)
    assert await sms.service.services.way_out.send_due() == 1
    await sms.service.services.way_out.finish()
    assert len(sms.taken()) == 1


async def test_many_texts_at_once_leave_each_once(stored_sms: Texting) -> None:
    answers = await asyncio.gather(*(stored_sms.post(message=f"Text {number}") for number in range(60)))
    assert {answer.json()["status"] for answer in answers} == {"sent"}
    assert sorted(message.body for message in stored_sms.taken()) == sorted(f"Text {n}" for n in range(60))
    assert stored_sms.service.services.way_out.places.taken == 0


async def test_the_same_request_twice_sends_one_text(stored_sms: Texting) -> None:
    first = await stored_sms.post(key="a")
    again = await stored_sms.post(key="a")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert error_of(await stored_sms.post(key="a", message="Other"))[:2] == (409, "idempotency_key_reused")
    assert len(stored_sms.taken()) == 1


async def test_the_same_request_at_the_same_instant_sends_one_text(stored_sms: Texting) -> None:
    stored_sms.sandbox.faults.add("hang", times=1, seconds=0.2, accept="at_once")
    answers = await asyncio.gather(*(stored_sms.post(key="a") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(stored_sms.taken()) == 1


async def test_a_refusal_given_again_sends_no_second_text(stored_sms: Texting) -> None:
    stored_sms.sandbox.faults.add("refused", code=21211, times=1)
    first = await stored_sms.post(key="a")
    again = await stored_sms.post(key="a")
    assert (first.status_code, again.status_code) == (502, 502)
    assert first.json()["error"]["message_id"] == again.json()["error"]["message_id"]
    assert len(await stored_sms.messages()) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_a_request_cut_off_before_its_answer_is_answered_from_what_became_of_its_text(
    stored_sms: Texting, taken: bool
) -> None:
    way_out = stored_sms.service.services.way_out
    hand_over = way_out.hand_over

    async def die(departure: Departure) -> Outcome:
        if taken:
            await hand_over(departure)
        raise RuntimeError("the process ends here")

    way_out.hand_over = die  # type: ignore[method-assign]  # a process that ends
    headers = {"Idempotency-Key": "a"}
    cut_off = await stored_sms.service.unchecked().post("/v1/sms", json=stored_sms.body(), headers=headers)
    assert cut_off.status_code == 500
    way_out.hand_over = hand_over  # type: ignore[method-assign]  # the next process
    assert way_out.places.taken == 0
    [message] = await stored_sms.messages()
    assert message.status == Status.SENDING
    running = await stored_sms.post(key="a")
    assert error_of(running)[:2] == (409, "idempotency_key_in_progress")
    await stored_sms.set(message, status=Status.UNKNOWN)
    answered = await stored_sms.post(key="a")
    assert (answered.status_code, answered.json()["status"]) == (201, "unknown")
    assert answered.json()["message_id"] == message.id
    assert answered.headers["Idempotent-Replayed"] == "true"
    assert len(stored_sms.taken()) == taken


async def test_a_fault_before_anything_was_made_frees_the_key(sms: Texting) -> None:
    way_out = sms.service.services.way_out
    pass_one = way_out.pass_one

    async def die(*_: object) -> None:
        raise RuntimeError("the process ends here")

    way_out.pass_one = die  # type: ignore[method-assign, assignment]  # a process that ends
    headers = {"Idempotency-Key": "a"}
    assert (await sms.service.unchecked().post("/v1/sms", json=sms.body(), headers=headers)).status_code == 500
    way_out.pass_one = pass_one  # type: ignore[method-assign]  # the next process
    assert (await sms.post(key="a")).json()["status"] == "sent"
    assert len(await sms.messages()) == 1


async def test_texts_are_listed_by_what_is_asked(stored_sms: Texting) -> None:
    first = (await stored_sms.post(message="First")).json()["message_id"]
    since = rfc3339(clock.now())
    second = (await stored_sms.post(to="+13125550123", message="Second")).json()["message_id"]
    await stored_sms.sandbox.receive(HERS, OURS, "Hello you")

    async def found(**asked: str) -> list[str]:
        answer = await stored_sms.client.get("/v1/sms", params=asked)
        assert answer.status_code == 200, answer.text
        return [shown["message"] for shown in answer.json()["data"]]

    assert await found() == ["Hello you", "Second", "First"]
    assert await found(to=HERS) == ["First"]
    assert await found(from_number=HERS) == ["Hello you"]
    assert await found(direction="inbound") == ["Hello you"]
    assert await found(direction="outbound", status="sent") == ["Second", "First"]
    assert await found(agent_id=stored_sms.number.agent_id, since=since) == ["Hello you", "Second"]
    assert await found(until=since) == ["First"]
    assert await found(appointment_id="appt_none") == []
    wrong = await stored_sms.client.get("/v1/sms", params={"status": "posted"})
    assert error_of(wrong)[0] == 400
    assert {first, second} == {(await stored_sms.get(id))["id"] for id in (first, second)}


async def test_a_text_that_arrived_is_shown_with_how_it_was_read_and_answered(sms: Texting) -> None:
    async with sms.service.database.write() as session:
        number = await session.get_one(PhoneNumber, sms.number.id)
        recipient = await lock_recipient(session, sms.service.account.id, HERS)
        common: dict[str, Any] = {
            "account_id": number.account_id,
            "phone_number_id": number.id,
            "recipient_id": recipient.id,
        }
        inbound = Message(
            **common,
            direction=Direction.INBOUND,
            kind=Kind.INBOUND,
            status=Status.RECEIVED,
            from_number=HERS,
            to_number=OURS,
            body="YES",
            intent="confirm",
            confidence=0.98,
            decided_by="builtin",
        )
        session.add(inbound)
        await session.flush()
        reply = Message(
            **common, kind=Kind.REPLY, from_number=OURS, to_number=HERS, body="Thank you", in_reply_to=inbound.id
        )
        session.add(reply)
    shown = await sms.get(inbound.id)
    assert (shown["intent"], shown["confidence"], shown["agent"]) == ("confirm", 0.98, "builtin")
    assert shown["answer_message_id"] == reply.id
    assert error_of(await sms.client.post(f"/v1/sms/{inbound.id}/cancel"))[:2] == (409, "invalid_transition")
