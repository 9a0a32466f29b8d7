"""The control API: the token, accounts, numbers, faults, pace, ledger and inbound texts from elsewhere."""

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import Account, SandboxCarrier
from tests.sandbox.application import Application
from tests.sandbox.conftest import HERS, HIS, OURS, Operator, twilio_client

PATHS = (
    ("GET", "/sandbox/accounts"),
    ("POST", "/sandbox/accounts"),
    ("POST", "/sandbox/faults"),
    ("GET", "/sandbox/ledger"),
    ("GET", "/sandbox/phones"),
    ("GET", "/sandbox/phones/events"),
    ("POST", f"/sandbox/phones/{HERS}/messages"),
    ("POST", "/sandbox/inbound"),
)


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer ", "Basic QTpC", "Bearer ñ"])
async def test_nobody_gets_in_without_the_token(carrier: SandboxCarrier, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with aiohttp.ClientSession(carrier.url, headers=headers) as session:
        for method, path in PATHS:
            async with session.request(method, path, json={}) as response:
                assert response.status == 401
                assert "control token" in (await response.json())["error"]["message"]
    assert carrier.accounts.all() == []


async def test_tokens_are_made_up_or_given() -> None:
    assert SandboxCarrier().control_token != SandboxCarrier().control_token
    assert SandboxCarrier(control_token="mine").control_token == "mine"


async def test_another_process_sets_up_an_account_and_sends(carrier: SandboxCarrier, operator: Operator) -> None:
    account = await operator.ok("POST", "/sandbox/accounts", {})
    number = await operator.ok(
        "POST",
        "/sandbox/numbers",
        {"account_sid": account["sid"], "phone_number": OURS, "sms_url": "http://127.0.0.1:9/sms"},
    )

    async with twilio_client(carrier, str(account["sid"]), str(account["token"])) as client:
        (found,) = await client.incoming_phone_numbers.list_async(phone_number=OURS)
        await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    assert (found.sid, found.sms_url) == (number["sid"], "http://127.0.0.1:9/sms")
    assert (await operator.ok("GET", "/sandbox/accounts"))["data"] == [{"sid": account["sid"]}]
    assert (await operator.ok("GET", "/sandbox/numbers"))["data"] == [number]


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("/sandbox/accounts", {"sid": "AC1"}, 400, "account SID"),
        ("/sandbox/accounts", {"sid": 5}, 400, "sid"),
        ("/sandbox/accounts", {"name": "x"}, 400, "unknown: name"),
        ("/sandbox/accounts", [], 400, "object"),
        ("/sandbox/numbers", {"phone_number": OURS}, 400, "account_sid"),
        ("/sandbox/numbers", {"account_sid": "AC" + "9" * 32, "phone_number": OURS}, 404, "no account"),
        ("/sandbox/faults", {"kind": "explode"}, 400, "kind"),
        ("/sandbox/faults", {"kind": "reset", "times": 1.5}, 400, "times"),
        ("/sandbox/faults", {"kind": "reset", "probability": "often"}, 400, "probability"),
        ("/sandbox/inbound", {"from": HERS, "to": OURS, "body": "x", "opt_out_type": "GO"}, 400, "opt_out_type"),
        ("/sandbox/inbound", {"from": HERS, "to": OURS, "media": "x"}, 400, "media"),
        ("/sandbox/inbound", {"from": HERS, "to": "+12125550199", "body": "x"}, 404, "to"),
        ("/sandbox/inbound/SM1/redeliver", {}, 404, "SM1"),
    ],
)
async def test_what_is_wrong_is_named(
    operator: Operator, account: Account, path: str, body: object, status: int, named: str
) -> None:
    answered, content = await operator.call("POST", path, body)

    assert answered == status
    assert isinstance(content["error"], dict)
    assert named in content["error"]["message"]


async def test_what_is_not_json_is_refused(carrier: SandboxCarrier) -> None:
    headers = {"Authorization": f"Bearer {carrier.control_token}"}
    async with aiohttp.ClientSession(carrier.url, headers=headers) as session:
        for body in (b"{", b"\xff", b'{"sid": "\\ud800"}', b'{"sid": NaN}'):
            async with session.post("/sandbox/accounts", data=body) as response:
                assert response.status == 400


async def test_a_number_of_another_account_is_a_conflict(operator: Operator, account: Account) -> None:
    other = await operator.ok("POST", "/sandbox/accounts", {})

    status, _ = await operator.call(
        "POST", "/sandbox/numbers", {"account_sid": other["sid"], "phone_number": OURS}
    )

    assert status == 409


async def test_faults_are_set_watched_and_lifted(client: Client, operator: Operator) -> None:
    once = await operator.ok("POST", "/sandbox/faults", {"kind": "refused", "code": 21614, "times": 1, "to": HERS})
    lasting = await operator.ok("POST", "/sandbox/faults", {"kind": "list_lags", "seconds": 5, "from": OURS})
    with pytest.raises(TwilioRestException):
        await client.messages.create_async(to=HERS, from_=OURS, body="Hello")

    shown = await operator.ok("GET", "/sandbox/faults")
    assert shown == {"data": [lasting], "spent": [once | {"hits": 1}]}

    assert await operator.ok("DELETE", f"/sandbox/faults/{lasting['id']}") == {"removed": True}
    assert await operator.ok("DELETE", f"/sandbox/faults/{lasting['id']}") == {"removed": False}
    await operator.ok("POST", "/sandbox/faults", {"kind": "reset"})
    await operator.ok("DELETE", "/sandbox/faults")
    assert (await operator.ok("GET", "/sandbox/faults"))["data"] == []


async def test_the_pace_is_changed_in_part(carrier: SandboxCarrier, operator: Operator) -> None:
    assert await operator.ok("PATCH", "/sandbox/pace", {"delivered_after": 2.5, "callbacks": False}) == {
        "sent_after": 0,
        "delivered_after": 2.5,
        "callbacks": False,
        "report_queued": False,
    }
    assert (carrier.pace.delivered_after, carrier.pace.callbacks) == (2.5, False)
    status, _ = await operator.call("PATCH", "/sandbox/pace", {"sent_after": -1})
    assert status == 400
    assert (await operator.ok("GET", "/sandbox/pace"))["sent_after"] == 0


async def test_the_ledger_is_read_on_from_where_one_stopped(
    client: Client, carrier: SandboxCarrier, operator: Operator
) -> None:
    for body in ("1", "2", "3"):
        await client.messages.create_async(
            to=HERS, from_=OURS, body=body, status_callback="http://127.0.0.1:9/status"
        )
    await carrier.receive(HIS, OURS, "4")

    first = await operator.ok("GET", "/sandbox/ledger?limit=3")
    rest = await operator.ok("GET", f"/sandbox/ledger?after={first['next']}")

    assert isinstance(first["data"], list)
    assert isinstance(rest["data"], list)
    assert [entry["body"] for entry in first["data"]] == ["1", "2", "3"]
    assert first["data"][0]["status_callback"] == "http://127.0.0.1:9/status"
    assert [(entry["body"], entry["direction"]) for entry in rest["data"]] == [("4", "inbound")]
    assert (await operator.ok("GET", f"/sandbox/ledger?after={rest['next']}"))["data"] == []


async def test_an_inbound_text_comes_from_elsewhere_and_again(
    operator: Operator, application: Application
) -> None:
    text = {"from": HERS, "to": OURS, "body": "Basta", "media": ["http://127.0.0.1/1"], "opt_out_type": "STOP"}
    answer = await operator.ok("POST", "/sandbox/inbound", text)
    await operator.ok("POST", f"/sandbox/inbound/{answer['sid']}/redeliver")

    first, second = application.posts
    assert first.form == second.form
    assert (first.form["OptOutType"], first.form["NumMedia"]) == ("STOP", "1")
    assert answer["webhook_status"] == 200
    assert (await operator.ok("GET", "/sandbox/opt-outs"))["data"] == [{"from": OURS, "to": HERS}]
