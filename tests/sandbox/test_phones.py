"""A phone over HTTP: its thread, its answers, and the feed of what is new."""

import asyncio

import pytest
from twilio.rest import Client

from sandbox import Account, SandboxCarrier
from tests.sandbox.application import Application
from tests.sandbox.conftest import HERS, HIS, OURS, Operator, until_final


async def test_phones_are_listed_with_the_newest_text_first(
    client: Client, carrier: SandboxCarrier, operator: Operator
) -> None:
    await client.messages.create_async(to=HERS, from_=OURS, body="First")
    await client.messages.create_async(to=HIS, from_=OURS, body="Second")
    await carrier.receive(HERS, OURS, "Third")

    phones = (await operator.ok("GET", "/sandbox/phones"))["data"]

    assert isinstance(phones, list)
    assert [(phone["phone_number"], phone["newest"]["body"], phone["messages"]) for phone in phones] == [
        (HERS, "Third", 2),
        (HIS, "Second", 1),
    ]
    limited = (await operator.ok("GET", "/sandbox/phones?limit=1"))["data"]
    assert limited == phones[:1]


async def test_a_thread_has_both_directions_with_status(
    client: Client, carrier: SandboxCarrier, operator: Operator
) -> None:
    asked = await client.messages.create_async(to=HERS, from_=OURS, body="Reply YES or NO")
    await until_final(carrier, asked.sid)
    await carrier.receive(HERS, OURS, "YES")
    await client.messages.create_async(to=HIS, from_=OURS, body="Not hers")

    thread = (await operator.ok("GET", f"/sandbox/phones/{HERS}/messages"))["data"]

    assert isinstance(thread, list)
    assert [(message["direction"], message["body"], message["status"]) for message in thread] == [
        ("outbound-api", "Reply YES or NO", "delivered"),
        ("inbound", "YES", "received"),
    ]
    assert (await operator.ok("GET", "/sandbox/phones/+12125550177/messages"))["data"] == []


async def test_answering_on_a_phone_reaches_the_application(operator: Operator, application: Application) -> None:
    answer = await operator.ok("POST", f"/sandbox/phones/{HERS}/messages", {"to": OURS, "body": "YES"})

    (post,) = application.posts
    assert post.signed
    assert (post.form["From"], post.form["Body"]) == (HERS, "YES")
    assert (answer["sid"], answer["webhook_status"]) == (post.form["MessageSid"], 200)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/sandbox/phones/{HERS}/messages", {"to": "+12125550199", "body": "YES"}, 404),
        ("/sandbox/phones/home/messages", {"to": OURS, "body": "YES"}, 404),
        (f"/sandbox/phones/{HERS}/messages", {"to": OURS}, 400),
        (f"/sandbox/phones/{HERS}/messages", {"body": "YES"}, 400),
        (f"/sandbox/phones/{HERS}/messages", {"to": OURS, "body": "x" * 1601}, 400),
    ],
)
async def test_an_answer_that_cannot_be_is_refused(
    operator: Operator, application: Application, path: str, body: dict[str, str], status: int
) -> None:
    assert (await operator.call("POST", path, body))[0] == status
    assert application.posts == []


async def test_the_feed_tells_new_texts_and_statuses_in_order(
    client: Client, carrier: SandboxCarrier, operator: Operator
) -> None:
    start = (await operator.ok("GET", "/sandbox/phones/events"))["next"]
    message = await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    await until_final(carrier, message.sid)
    await carrier.receive(HIS, OURS, "Hi")

    feed = await operator.ok("GET", f"/sandbox/phones/events?after={start}&wait=5")

    events = feed["data"]
    assert isinstance(events, list)
    assert [(event["what"], event["phone_number"]) for event in events] == [
        ("message", HERS),
        ("status", HERS),
        ("status", HERS),
        ("message", HIS),
    ]
    assert feed["reset"] is False
    assert feed["next"] == events[-1]["number"] == 4
    assert (await operator.ok("GET", f"/sandbox/phones/events?after={feed['next']}"))["data"] == []


async def test_the_feed_waits_for_the_next_event(carrier: SandboxCarrier, account: Account) -> None:
    waiting = asyncio.create_task(carrier.phones.events(0, wait=30))
    await asyncio.sleep(0)
    assert not waiting.done()
    await carrier.receive(HERS, OURS, "Hi")

    (event,) = await asyncio.wait_for(waiting, 5)

    assert event.message.body == "Hi"
    assert await carrier.phones.events(1, wait=0) == []


async def test_a_page_that_missed_events_is_told_to_start_again(
    carrier: SandboxCarrier, operator: Operator, client: Client
) -> None:
    for _ in range(1001):
        await carrier.receive(HERS, OURS, "Hi")

    late = await operator.ok("GET", "/sandbox/phones/events?after=0&wait=30")
    assert (late["data"], late["next"], late["reset"]) == ([], 1001, True)
    of_another_run = await operator.ok("GET", "/sandbox/phones/events?after=5000&wait=30")
    assert (of_another_run["next"], of_another_run["reset"]) == (1001, True)
    kept = (await operator.ok("GET", "/sandbox/phones/events?after=1"))["data"]
    assert isinstance(kept, list)
    assert len(kept) == 1000


async def test_our_own_number_is_no_phone(client: Client, carrier: SandboxCarrier, operator: Operator) -> None:
    await client.messages.create_async(to=HERS, from_=OURS, body="Hello")

    phones = (await operator.ok("GET", "/sandbox/phones"))["data"]

    assert isinstance(phones, list)
    assert [phone["phone_number"] for phone in phones] == [HERS]
