"""Status callbacks: what is posted, signed how, and in which order."""

import asyncio

import pytest
from aiohttp import web
from twilio.rest import Client

from sandbox import Account, Pace, SandboxCarrier
from tests.sandbox.application import Application, Post
from tests.sandbox.conftest import HERS, OURS, twilio_client, until_final


def statuses(posts: list[Post]) -> list[str]:
    return [post.form["MessageStatus"] for post in posts]


async def test_a_text_is_reported_sent_and_then_delivered(
    client: Client, account: Account, application: Application
) -> None:
    message = await client.messages.create_async(
        to=HERS, from_=OURS, body="Hello", status_callback=f"{application.url}/status/msg_1?a=b%20c"
    )

    posts = await application.wait_for_count(2)

    assert statuses(posts) == ["sent", "delivered"]
    assert all(post.signed and post.path == "/status/msg_1" for post in posts)
    assert posts[0].form == {
        "AccountSid": account.sid,
        "ApiVersion": "2010-04-01",
        "From": OURS,
        "MessageSid": message.sid,
        "MessageStatus": "sent",
        "SmsSid": message.sid,
        "SmsStatus": "sent",
        "To": HERS,
    }


async def test_many_texts_are_each_reported_in_order(client: Client, application: Application) -> None:
    for number in range(20):
        await client.messages.create_async(
            to=HERS, from_=OURS, body="Hello", status_callback=f"{application.url}/{number}"
        )

    posts = await application.wait_for_count(40)

    for number in range(20):
        assert statuses([post for post in posts if post.path == f"/{number}"]) == ["sent", "delivered"]


async def test_queued_is_reported_where_it_is_wanted(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.pace.report_queued = True
    await client.messages.create_async(to=HERS, from_=OURS, body="Hello", status_callback=application.url)

    assert statuses(await application.wait_for_count(3)) == ["queued", "sent", "delivered"]


async def test_callbacks_can_be_switched_off_while_texts_still_move_on(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.pace.callbacks = False
    await client.messages.create_async(to=HERS, from_=OURS, body="Hello", status_callback=application.url)
    (message,) = carrier.messages
    await until_final(carrier, message.sid)
    carrier.pace.callbacks = True
    await client.messages.create_async(to=HERS, from_=OURS, body="Bye", status_callback=f"{application.url}/bye")

    assert {post.path for post in await application.wait_for_count(2)} == {"/bye"}


async def test_a_refused_connection_is_tried_once_more(client: Client, carrier: SandboxCarrier) -> None:
    """The second attempt carries the same idempotency token as the first, which lost its connection."""
    attempts: list[str] = []
    answered = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        attempts.append(request.headers["I-Twilio-Idempotency-Token"])
        if len(attempts) == 1 and request.transport is not None:
            request.transport.abort()
        else:
            answered.set()
        return web.Response()

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        carrier.faults.add("unreported")
        await client.messages.create_async(
            to=HERS, from_=OURS, body="Hello", status_callback=f"http://127.0.0.1:{runner.addresses[0][1]}/"
        )
        await asyncio.wait_for(answered.wait(), 5)
    finally:
        await runner.cleanup()

    assert len(attempts) == 2
    assert attempts[0] == attempts[1] != ""


async def test_an_application_that_is_gone_holds_up_nothing(
    client: Client, carrier: SandboxCarrier, account: Account, application: Application
) -> None:
    async with Application(account.token) as other:
        gone = other.url
    first = await client.messages.create_async(to=HERS, from_=OURS, body="Hello", status_callback=gone)
    await client.messages.create_async(to=HERS, from_=OURS, body="Hello", status_callback=application.url)

    await application.wait_for_count(2)
    await until_final(carrier, first.sid)


async def test_an_application_that_fails_is_not_asked_again(client: Client, application: Application) -> None:
    application.status = 500
    await client.messages.create_async(to=HERS, from_=OURS, body="1", status_callback=f"{application.url}/1")
    await client.messages.create_async(to=HERS, from_=OURS, body="2", status_callback=f"{application.url}/2")

    posts = await application.wait_for(lambda posts: statuses(posts).count("delivered") == 2)

    assert len(posts) == 4


async def test_callbacks_are_signed_with_the_token_of_the_moment(
    carrier: SandboxCarrier, account: Account, application: Application
) -> None:
    carrier.register_account(account.sid, "rotated")
    application.auth_token = "rotated"
    async with twilio_client(carrier, account.sid, "rotated") as client:
        await client.messages.create_async(to=HERS, from_=OURS, body="Hello", status_callback=application.url)

    assert all(post.signed for post in await application.wait_for_count(2))


async def test_a_text_held_longer_than_its_validity_period_fails() -> None:
    async with SandboxCarrier(pace=Pace(sent_after=2, delivered_after=0)) as carrier:
        account = carrier.register_account()
        carrier.register_number(account.sid, OURS)
        async with (
            Application(account.token) as application,
            twilio_client(carrier, account.sid, account.token) as client,
        ):
            message = await client.messages.create_async(
                to=HERS, from_=OURS, body="Hello", status_callback=application.url, validity_period=1
            )
            (post,) = await application.wait_for_count(1)
            fetched = await client.messages(message.sid or "").fetch_async()

    assert (post.form["MessageStatus"], post.form["ErrorCode"]) == ("failed", "30036")
    assert (str(fetched.status), fetched.error_code, fetched.date_sent) == ("failed", 30036, None)


async def test_a_delay_that_means_nothing_is_refused() -> None:
    for pace in (Pace(sent_after=-1), Pace(delivered_after=float("nan")), Pace(sent_after=float("inf"))):
        with pytest.raises(ValueError, match="_after: must be between"):
            SandboxCarrier(pace=pace)
