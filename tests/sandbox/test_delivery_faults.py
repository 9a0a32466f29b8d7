"""Outcomes, callbacks and lists that go wrong on demand."""

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from sandbox import Kind, SandboxCarrier
from tests.sandbox.application import Application, Post
from tests.sandbox.conftest import HERS, HIS, OURS, until_final


async def send(client: Client, application: Application, to: str = HERS, path: str = "/status") -> str | None:
    """Send a text that is reported to the application."""
    message = await client.messages.create_async(
        to=to, from_=OURS, body="Hello", status_callback=f"{application.url}{path}"
    )
    return message.sid


def statuses(posts: list[Post], path: str = "/status") -> list[str]:
    return [post.form["MessageStatus"] for post in posts if post.path == path]


async def test_a_text_ends_undelivered_with_its_code(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("undelivered", to=HERS, code=30005)
    sid = await send(client, application)
    await send(client, application, to=HIS, path="/his")

    posts = await application.wait_for_count(4)

    assert statuses(posts) == ["sent", "undelivered"]
    assert [post.form.get("ErrorCode") for post in posts if post.path == "/status"] == [None, "30005"]
    assert statuses(posts, "/his") == ["sent", "delivered"]
    fetched = await client.messages(sid or "").fetch_async()
    assert (str(fetched.status), fetched.error_code) == ("undelivered", 30005)
    assert fetched.error_message == "Unknown destination handset"


async def test_a_text_that_fails_was_never_sent(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("failed", times=1, code=30007)
    sid = await send(client, application)

    (post,) = await application.wait_for_count(1)

    assert (post.form["MessageStatus"], post.form["ErrorCode"]) == ("failed", "30007")
    assert (await until_final(carrier, sid)).sent is None


async def test_some_carriers_never_report_past_sent(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("unreported", times=1)
    sid = await send(client, application)
    await until_final(carrier, await send(client, application, path="/other"))

    posts = await application.wait_for_count(3)

    assert statuses(posts) == ["sent"]
    message = carrier.messages.get(sid or "")
    assert message is not None
    assert message.status == "sent"


async def test_a_lost_callback_never_comes(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callback_lost", times=1, status="sent")
    await send(client, application)
    await send(client, application, path="/other")

    posts = await application.wait_for_count(3)

    assert statuses(posts) == ["delivered"]
    assert statuses(posts, "/other") == ["sent", "delivered"]


async def test_a_doubled_callback_comes_twice(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callback_doubled", status="delivered")
    await send(client, application)

    posts = await application.wait_for_count(3)

    assert statuses(posts) == ["sent", "delivered", "delivered"]
    assert posts[1].form == posts[2].form
    assert all(post.signed for post in posts)


async def test_a_delayed_callback_is_overtaken(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callback_delayed", seconds=0.2, status="sent")
    await send(client, application)

    assert statuses(await application.wait_for_count(2)) == ["delivered", "sent"]


async def test_reversed_callbacks_come_last_first(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.pace.report_queued = True
    carrier.faults.add("callbacks_reversed")
    await send(client, application)

    assert statuses(await application.wait_for_count(3)) == ["delivered", "sent", "queued"]


async def test_shuffled_callbacks_come_in_every_order(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callbacks_shuffled")
    for number in range(16):
        await send(client, application, path=f"/{number}")

    posts = await application.wait_for_count(32)

    orders = {tuple(statuses(posts, f"/{number}")) for number in range(16)}
    assert orders == {("sent", "delivered"), ("delivered", "sent")}


async def test_what_is_held_for_its_order_is_let_go_when_no_end_is_reported(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callbacks_reversed")
    carrier.faults.add("unreported")
    carrier.pace.report_queued = True
    await send(client, application)

    assert statuses(await application.wait_for_count(2)) == ["sent", "queued"]


async def test_faults_of_callbacks_combine(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    carrier.faults.add("callbacks_reversed")
    carrier.faults.add("callback_doubled", status="sent")
    await send(client, application)

    assert statuses(await application.wait_for_count(3)) == ["delivered", "sent", "sent"]


async def test_a_list_fails_as_often_as_it_should(client: Client, carrier: SandboxCarrier) -> None:
    carrier.faults.add(Kind.LIST_FAILS, times=1)

    with pytest.raises(TwilioException):
        await client.messages.list_async(to=HERS)
    assert await client.messages.list_async(to=HERS) == []


async def test_a_list_fails_only_for_the_number_it_names(client: Client, carrier: SandboxCarrier) -> None:
    carrier.faults.add("list_fails", to=HERS)

    assert await client.messages.list_async(to=HIS) == []
    assert await client.messages.list_async() == []
    with pytest.raises(TwilioException):
        await client.messages.list_async(to=HERS)


async def test_a_new_text_shows_late_in_lists_but_not_to_a_fetch(client: Client, carrier: SandboxCarrier) -> None:
    carrier.faults.add("list_lags", seconds=3600, to=HERS)
    hidden = await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    shown = await client.messages.create_async(to=HIS, from_=OURS, body="Hello")

    assert [message.sid for message in await client.messages.list_async()] == [shown.sid]
    assert (await client.messages(hidden.sid or "").fetch_async()).sid == hidden.sid


async def test_a_late_text_shows_in_the_end(client: Client, carrier: SandboxCarrier) -> None:
    carrier.faults.add("list_lags", seconds=0.05, times=1)
    late = await client.messages.create_async(to=HERS, from_=OURS, body="Hello")

    for _ in range(500):
        found = await client.messages.list_async()
        if found:
            break
    assert [message.sid for message in found] == [late.sid]
