"""The carrier client against a server that answers what the test says: four words decide what follows."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from messaging.carriers.outcome import (
    Accepted,
    ListingFailed,
    NotTaken,
    Outcome,
    Refused,
    Unanswered,
    Unreachable,
    WrongCredentials,
)
from messaging.carriers.twilio import Credentials, TwilioCarrier, signature_is_right

NOON = datetime.fromisoformat("2026-03-02T12:00:00Z")
CREDENTIALS = Credentials("AC" + "1" * 32, "token")
OURS, HERS = "+12125550100", "+12125550123"
HTML = "<html><h1>502 Bad Gateway</h1></html>"


@dataclass
class Scripted:
    """A server that gives its answers one after the other, and remembers what it was asked."""

    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    carrier: TwilioCarrier = field(default_factory=TwilioCarrier)

    def will_answer(self, status: int, body: object, **headers: str) -> None:
        """Answer this next; what is no text is sent as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append((status, text, {name.replace("_", "-"): value for name, value in headers.items()}))

    async def take(self, request: web.Request) -> web.Response:
        """Answer a request."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.method, request.path_qs, form))
        status, text, headers = self.answers.pop(0)
        return web.Response(status=status, text=text, headers=headers)

    async def create(self, **more: Any) -> Outcome:
        """Hand a text over."""
        return await self.carrier.create(
            CREDENTIALS, to=HERS, from_=OURS, body="Hello", status_callback="http://x/1", **more
        )


@pytest.fixture
async def twilio() -> AsyncIterator[Scripted]:
    """A scripted server and the client at its address."""
    scripted = Scripted()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", scripted.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scripted.carrier = TwilioCarrier(f"http://127.0.0.1:{runner.addresses[0][1]}/", answer_seconds=5)
    yield scripted
    await scripted.carrier.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, {"sid": "SM1", "status": "queued"}, Accepted("SM1", "queued")),
        (200, {"sid": "SM1"}, Accepted("SM1", "queued")),
        (201, "", Unanswered("201 without a sid")),
        (201, {"status": "queued"}, Unanswered("201 without a sid")),
        (201, {"sid": None}, Unanswered("201 without a sid")),
        (201, ["SM1"], Unanswered("201 without a sid")),
        (201, "[" * 100_000, Unanswered("201 without a sid")),
        (400, {"code": 21211, "message": "Invalid 'To'"}, Refused("21211")),
        (400, {"code": "21614"}, Refused("21614")),
        (400, {"code": 21611}, NotTaken("21611", 120)),
        (401, {"code": 20003}, Refused("20003")),
        (404, {"code": 20404}, Refused("20404")),
        (429, {"code": 20429}, NotTaken("20429")),
        (429, HTML, NotTaken("20429")),
        (500, {"code": 20500}, NotTaken("20500")),
        (503, {"code": 20503, "status": 503}, NotTaken("20503")),
        (500, {"message": "no code of Twilio's"}, Unanswered("500 from a gateway")),
        (500, {"code": True}, Unanswered("500 from a gateway")),
        (502, HTML, Unanswered("502 from a gateway")),
        (504, "", Unanswered("504 from a gateway")),
        (403, HTML, Unanswered("403 from a gateway")),
        (302, "", Unanswered("302 from a gateway")),
    ],
)
async def test_only_what_surely_was_not_taken_may_be_tried_again(
    twilio: Scripted, status: int, body: object, outcome: Outcome
) -> None:
    twilio.will_answer(status, body)
    assert await twilio.create() == outcome
    assert len(twilio.asked) == 1, "a text is handed over once"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("99999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)
async def test_the_wait_that_the_carrier_asks_for_is_kept_within_bounds(
    twilio: Scripted, given: str, seconds: float | None
) -> None:
    twilio.will_answer(429, {"code": 20429}, Retry_After=given)
    assert await twilio.create() == NotTaken("20429", seconds)


async def test_the_request_is_twilios_own(twilio: Scripted) -> None:
    twilio.will_answer(201, {"sid": "SM1"})
    await twilio.create(validity_seconds=90_000)
    [(method, path, form)] = twilio.asked
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{CREDENTIALS.account_sid}/Messages.json")
    assert form == {
        "To": HERS,
        "From": OURS,
        "Body": "Hello",
        "StatusCallback": "http://x/1",
        "ValidityPeriod": "36000",
    }


async def test_an_address_where_nobody_listens_took_nothing() -> None:
    carrier = TwilioCarrier("http://127.0.0.1:9")
    outcome = await carrier.create(CREDENTIALS, to=HERS, from_=OURS, body="Hello", status_callback="http://x")
    assert outcome == NotTaken(None)
    await carrier.close()


def listed(sid: str, **fields: object) -> dict[str, object]:
    """Return a message as the carrier lists it."""
    return {
        "sid": sid,
        "to": HERS,
        "from": OURS,
        "body": "Hello",
        "status": "sent",
        "direction": "outbound-api",
        "error_code": None,
        "date_created": "Mon, 02 Mar 2026 12:00:01 +0000",
        "num_media": "0",
        **fields,
    }


async def test_the_list_is_read_to_its_end(twilio: Scripted) -> None:
    base = f"/2010-04-01/Accounts/{CREDENTIALS.account_sid}/Messages.json"
    twilio.will_answer(200, {"messages": [listed("SM3")], "next_page_uri": f"{base}?Page=1&PageToken=PASM3"})
    twilio.will_answer(200, {"messages": [], "next_page_uri": f"{base}?Page=2"})
    twilio.will_answer(200, {"messages": [listed("SM1", error_code=30007)], "next_page_uri": None})
    found = await twilio.carrier.list_messages(CREDENTIALS, since=NOON, to=HERS, from_=OURS)
    assert [(item.sid, item.error_code) for item in found] == [("SM3", None), ("SM1", "30007")]
    assert [path.partition("?")[2] for _, path, _ in twilio.asked] == [
        "PageSize=1000&To=%2B12125550123&From=%2B12125550100",
        "Page=1&PageToken=PASM3",
        "Page=2",
    ]


async def test_reading_ends_where_texts_are_older_than_asked(twilio: Scripted) -> None:
    old = listed("SM1", date_created="Mon, 02 Mar 2026 10:30:00 +0000")
    twilio.will_answer(200, {"messages": [listed("SM2"), old], "next_page_uri": "/more"})
    assert len(await twilio.carrier.list_messages(CREDENTIALS, since=NOON)) == 2
    assert len(twilio.asked) == 1


async def test_texts_of_others_are_left_out_though_the_list_holds_them(twilio: Scripted) -> None:
    others = [listed("SM2", to="+12125550124"), listed("SM3", **{"from": "+12125550101"})]
    twilio.will_answer(200, {"messages": [listed("SM1"), *others]})
    found = await twilio.carrier.list_messages(CREDENTIALS, since=NOON, to=HERS, from_=OURS)
    assert [item.sid for item in found] == ["SM1"]


@pytest.mark.parametrize(
    "written", ["Mon, 02 Mar 2026 12:00:01 +0000", "2026-03-02T12:00:01Z", "2026-03-02T12:00:01"]
)
async def test_instants_are_read_in_either_form(twilio: Scripted, written: str) -> None:
    twilio.will_answer(200, {"messages": [listed("SM1", date_created=written)]})
    [item] = await twilio.carrier.list_messages(CREDENTIALS, since=NOON)
    assert item.created_at == NOON + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"code": 20500}),
        (200, HTML),
        (200, {"messages": None}),
        (200, {"messages": ["SM1"]}),
        (200, {"messages": [listed("SM1", date_created=None)]}),
        (200, {"messages": [{"sid": "SM1"}]}),
        (401, {"code": 20003}),
    ],
)
async def test_a_list_that_cannot_be_read_to_its_end_proves_nothing(
    twilio: Scripted, status: int, body: object
) -> None:
    twilio.will_answer(status, body)
    with pytest.raises(ListingFailed):
        await twilio.carrier.list_messages(CREDENTIALS, since=NOON)


async def test_a_list_without_an_end_is_given_up(twilio: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.carriers.twilio.MOST_PAGES", 3)
    for _ in range(3):
        twilio.will_answer(
            200, {"messages": [listed("SM1")], "next_page_uri": "/x/Accounts/AC/Messages.json?Page=1"}
        )
    with pytest.raises(ListingFailed, match="goes on"):
        await twilio.carrier.list_messages(CREDENTIALS, since=NOON)


async def test_a_number_is_found_by_its_digits_only(twilio: Scripted) -> None:
    numbers = [{"phone_number": "+12125550101", "sid": "PN2"}, {"phone_number": OURS, "sid": "PN1"}]
    twilio.will_answer(200, {"incoming_phone_numbers": numbers})
    twilio.will_answer(200, {"incoming_phone_numbers": []})
    assert await twilio.carrier.find_number(CREDENTIALS, OURS) == "PN1"
    assert await twilio.carrier.find_number(CREDENTIALS, OURS) is None


@pytest.mark.parametrize(
    ("status", "error"), [(401, WrongCredentials), (404, WrongCredentials), (500, Unreachable)]
)
async def test_credentials_that_are_wrong_are_told_from_a_carrier_in_trouble(
    twilio: Scripted, status: int, error: type[Exception]
) -> None:
    twilio.will_answer(status, {"code": 1})
    with pytest.raises(error):
        await twilio.carrier.find_number(CREDENTIALS, OURS)


async def test_a_number_is_pointed_at_our_webhook(twilio: Scripted) -> None:
    twilio.will_answer(200, {"sid": "PN1"})
    await twilio.carrier.point_webhook(CREDENTIALS, "PN1", "https://texts.example/sms")
    [(method, path, form)] = twilio.asked
    assert (method, path.rpartition("/")[2]) == ("POST", "PN1.json")
    assert form == {"SmsUrl": "https://texts.example/sms", "SmsMethod": "POST"}


def test_twilios_own_example_of_a_signature_is_right() -> None:
    # From Twilio, "Webhooks security".
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+12349013030"],
        "Digits": ["1234"],
        "From": ["+12349013030"],
        "To": ["+18005551212"],
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature_is_right("12345", url, form, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not signature_is_right("12345", url, form, "0/KCTR6DLpKmkAf8muzZqo1nDgR=")
    assert not signature_is_right("12345", url, form, "")
