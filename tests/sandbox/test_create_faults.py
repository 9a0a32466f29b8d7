"""Creates that go wrong on demand, as Twilio's client sees them, and whether the text was taken."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import Account, Fault, SandboxCarrier
from sandbox.faults import Faults
from tests.sandbox.conftest import HERS, HIS, OURS, twilio_client


async def send(client: Client, to: str = HERS) -> str | None:
    """The SID of a text, if the answer had one."""
    return (await client.messages.create_async(to=to, from_=OURS, body="Hello")).sid


@pytest.mark.parametrize(("accept", "taken"), [("no", 0), ("at_once", 1)])
async def test_a_reset_loses_the_answer_and_perhaps_the_text(
    client: Client, carrier: SandboxCarrier, accept: str, taken: int
) -> None:
    carrier.faults.add("reset", times=1, accept=accept)

    with pytest.raises(aiohttp.ClientConnectionError):
        await send(client)
    assert len(carrier.messages) == taken
    assert await send(client)


@pytest.mark.parametrize(("accept", "taken"), [("no", 0), ("at_once", 1)])
async def test_a_hang_outlasts_the_clients_patience(
    client: Client, carrier: SandboxCarrier, accept: str, taken: int
) -> None:
    carrier.faults.add("hang", times=1, seconds=30, accept=accept)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send(client), 0.2)
    assert len(carrier.messages) == taken


async def test_a_text_can_be_taken_after_the_client_gave_up(client: Client, carrier: SandboxCarrier) -> None:
    carrier.faults.add("hang", times=1, seconds=0.3, accept="late")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send(client), 0.1)
    events = await carrier.phones.events(0, wait=5)

    assert events[0].message.to == HERS


async def test_a_hang_that_is_waited_for_ends_in_an_answer_or_a_lost_connection(
    client: Client, carrier: SandboxCarrier
) -> None:
    carrier.faults.add("hang", times=1, seconds=0.01, accept="at_once")
    assert await send(client)

    carrier.faults.add("hang", times=1, seconds=0.01)
    with pytest.raises(aiohttp.ClientConnectionError):
        await send(client)
    assert len(carrier.messages) == 1


async def test_too_many_requests_says_when_to_come_back(carrier: SandboxCarrier, account: Account) -> None:
    carrier.faults.add("rate_limited", times=1, seconds=1.5)

    async with (
        aiohttp.ClientSession(carrier.url, headers={"Authorization": account.authorization}) as session,
        session.post(
            f"/2010-04-01/Accounts/{account.sid}/Messages.json", data={"To": HERS, "From": OURS, "Body": "Hello"}
        ) as response,
    ):
        assert (response.status, response.headers["Retry-After"]) == (429, "2")
        assert (await response.json())["code"] == 20429
    assert len(carrier.messages) == 0


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("server_error", None, (20500, 500)),
        ("server_error", 20503, (20503, 503)),
        ("refused", 21614, (21614, 400)),
        ("refused", 20003, (20003, 401)),
        ("refused", 29999, (29999, 400)),
    ],
)
async def test_a_refusal_comes_with_its_code_and_takes_nothing(
    client: Client, carrier: SandboxCarrier, kind: str, code: int | None, expected: tuple[int, int]
) -> None:
    carrier.faults.add(kind, times=1, code=code)

    with pytest.raises(TwilioRestException) as refusal:
        await send(client)
    assert (refusal.value.code, refusal.value.status) == expected
    assert len(carrier.messages) == 0
    assert await send(client)


@pytest.mark.parametrize(("accept", "taken"), [(None, 0), ("at_once", 1)])
async def test_a_gateways_page_is_no_json(
    client: Client, carrier: SandboxCarrier, accept: str | None, taken: int
) -> None:
    carrier.faults.add("bad_gateway", times=1, accept=accept)

    with pytest.raises(TwilioRestException) as refusal:
        await send(client)
    assert refusal.value.status == 502
    last = client.http_client._test_only_last_response
    assert last is not None
    assert "<html>" in last.text
    assert len(carrier.messages) == taken


@pytest.mark.parametrize(("accept", "taken"), [(None, 1), ("no", 0)])
async def test_an_empty_201_has_no_sid(
    carrier: SandboxCarrier, account: Account, accept: str | None, taken: int
) -> None:
    carrier.faults.add("empty_answer", times=1, accept=accept)

    async with (
        aiohttp.ClientSession(carrier.url, headers={"Authorization": account.authorization}) as session,
        session.post(
            f"/2010-04-01/Accounts/{account.sid}/Messages.json", data={"To": HERS, "From": OURS, "Body": "Hello"}
        ) as response,
    ):
        assert (response.status, await response.text()) == (201, "")
    assert len(carrier.messages) == taken


async def test_a_rule_strikes_only_whom_it_names_and_as_often_as_it_says(
    client: Client, carrier: SandboxCarrier
) -> None:
    rule = carrier.faults.add("refused", code=21614, times=2, to="+1212555012*")
    carrier.faults.add("refused", code=21408, from_="+12125550199")
    assert await send(client, to="+12125550130")

    for _ in range(2):
        with pytest.raises(TwilioRestException):
            await send(client, to=HIS)
    assert await send(client, to=HIS)
    assert rule.hits == 2
    assert rule in carrier.faults.spent


async def test_a_seed_repeats_what_probability_does(carrier: SandboxCarrier) -> None:
    async def taken_of(number: int) -> list[bool]:
        async with SandboxCarrier(seed=number) as carrier:
            account = carrier.register_account()
            carrier.register_number(account.sid, OURS)
            carrier.faults.add("server_error", probability=0.5)
            async with twilio_client(carrier, account.sid, account.token) as client:
                taken = []
                for _ in range(20):
                    before = len(carrier.messages)
                    with suppress(TwilioRestException):
                        await send(client)
                    taken.append(len(carrier.messages) > before)
                return taken

    first = await taken_of(7)

    assert set(first) == {True, False}
    assert await taken_of(7) == first
    assert await taken_of(8) != first


async def test_rules_are_lifted(client: Client, carrier: SandboxCarrier) -> None:
    kept = carrier.faults.add("refused", code=21614)
    other = carrier.faults.add("refused", code=21408)
    assert carrier.faults.remove(kept.id)
    assert not carrier.faults.remove(kept.id)
    with pytest.raises(TwilioRestException) as refusal:
        await send(client)
    assert refusal.value.code == other.code

    carrier.faults.clear()
    assert await send(client)


@pytest.mark.parametrize(
    ("add", "named"),
    [
        (lambda faults: faults.add("explode"), "kind"),
        (lambda faults: faults.add("hang"), "seconds"),
        (lambda faults: faults.add("hang", seconds=-1), "seconds"),
        (lambda faults: faults.add("hang", seconds=float("nan")), "seconds"),
        (lambda faults: faults.add("hang", seconds=1, accept="maybe"), "accept"),
        (lambda faults: faults.add("reset", accept="late"), "accept"),
        (lambda faults: faults.add("rate_limited", seconds=1, accept="at_once"), "accept"),
        (lambda faults: faults.add("refused"), "code"),
        (lambda faults: faults.add("reset", times=0), "times"),
        (lambda faults: faults.add("reset", probability=0), "probability"),
        (lambda faults: faults.add("reset", status="sent"), "status"),
        (lambda faults: faults.add("callback_lost", status="gone"), "status"),
    ],
)
async def test_a_rule_that_means_nothing_is_refused_by_name(
    carrier: SandboxCarrier, add: Callable[[Faults], Fault], named: str
) -> None:
    with pytest.raises(ValueError, match=f"^{named}:"):
        add(carrier.faults)
    assert not carrier.faults
