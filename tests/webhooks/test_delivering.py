"""Delivering events to endpoints: signed, in order, again until they arrive, and not for ever."""

import asyncio
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks.webhooks import WebhookVerificationError

import webhooks.post
from models.account import ApiKey
from models.attention import Reason
from models.event import Actor
from models.webhook import DeliveryState
from tests.webhooks.office import Office
from tests.webhooks.receiver import Receiver
from webhooks import endpoints
from webhooks.attempt import DISABLED, RETRIES
from webhooks.deliveries import replay
from webhooks.delivering import LEASE

KEY = Actor("api", "key_1")


async def test_an_event_is_posted_signed_and_whole(office: Office, receiver: Receiver) -> None:
    _, secret = await office.endpoint(receiver.url)
    event = await office.happen(by=KEY, previous={"confirmation": "pending"})
    assert await office.deliver() == 1
    [posted] = receiver.posted
    posted.verify(secret)
    with pytest.raises(WebhookVerificationError):
        posted.verify("whsec_" + "A" * 44)
    assert posted.headers["webhook-id"] == event.id
    assert posted.headers["webhook-timestamp"] == str(
        int(datetime.fromisoformat(posted.body["created_at"]).timestamp())
    )
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.body == {
        "id": event.id,
        "type": "appointment.confirmed",
        "created_at": "2026-03-02T15:00:00Z",
        "sequence": event.sequence,
        "actor": {"type": "api", "id": "key_1"},
        "data": {
            "object": {"object": "appointment", "id": "appt_1"},
            "previous": {"confirmation": "pending"},
        },
    }
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.attempts, delivery.response_status) == (DeliveryState.DELIVERED, 1, 204)
    assert await office.deliver() == 0


async def test_only_what_is_wanted_is_told(office: Office, receiver: Receiver) -> None:
    await office.endpoint(receiver.url, events=["appointment.confirmed"], exclude_key=None)
    await office.happen("appointment.confirmed", about=None)
    await office.happen("appointment.declined", about=None)
    await office.happen("message.queued", about=None)
    await office.happen("reminder.created", about=None)
    await office.deliver()
    assert receiver.types == ["appointment.confirmed"]


async def test_internal_events_are_told_nobody(office: Office, receiver: Receiver) -> None:
    await office.endpoint(receiver.url)
    for type in ("message.queued", "message.held", "reminder.created", "appointment.declined"):
        await office.happen(type)
    await office.deliver()
    assert receiver.types == ["appointment.declined"]


async def test_no_echo_of_one_s_own_changes(small_office: Office, receiver: Receiver) -> None:
    office = small_office
    async with office.database.write() as session:
        key, _ = ApiKey.issue(office.account.id)
        session.add(key)
    await office.endpoint(receiver.url, exclude_key=key.id)
    await office.happen("appointment.created", by=Actor("api", key.id))
    await office.happen("appointment.updated", by=Actor("api", "key_other"))
    await office.happen("appointment.confirmed", by=Actor("reply"))
    await office.deliver()
    assert receiver.types == ["appointment.updated", "appointment.confirmed"]


async def test_what_happened_before_an_endpoint_is_not_told(small_office: Office, receiver: Receiver) -> None:
    await small_office.happen("appointment.created")
    small_office.pass_time(timedelta(seconds=1))
    await small_office.endpoint(receiver.url)
    await small_office.happen("appointment.confirmed")
    await small_office.deliver()
    assert receiver.types == ["appointment.confirmed"]


async def test_a_failed_delivery_is_tried_again_by_the_schedule_and_then_has_failed(
    small_office: Office, receiver: Receiver
) -> None:
    office = small_office
    endpoint, secret = await office.endpoint(receiver.url)
    receiver.status = 500
    event = await office.happen()
    await office.deliver()
    for number, pause in enumerate(RETRIES, start=1):
        assert len(receiver.posted) == number
        assert await office.delivering.earliest() is not None
        office.pass_time(pause - timedelta(seconds=1))
        assert await office.deliver() == 0
        office.pass_time(timedelta(seconds=1))
        # Something else arrives, so that the endpoint is not given up.
        async with office.database.write() as session:
            stored = await session.get_one(type(endpoint), endpoint.id)
            stored.failing_since = None
            session.add(stored)
        assert await office.deliver() == 1
    assert set(receiver.ids) == {event.id}
    receiver.posted[-1].verify(secret)
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.FAILED, 10, "answered 500")
    assert await office.delivering.earliest() is None


async def test_an_appointment_s_events_arrive_in_order_and_others_do_not_wait(
    office: Office, receiver: Receiver
) -> None:
    await office.endpoint(receiver.url)
    failing = {"appointment.created"}

    async def behave(request: web.Request) -> web.StreamResponse:
        type = receiver.posted[-1].body["type"]
        return web.Response(status=500 if type in failing else 200)

    receiver.behave = behave
    for type in ("appointment.created", "appointment.confirmed", "appointment.cancelled"):
        await office.happen(type)
    await office.happen("appointment.declined", about="appt_2")
    await office.deliver()
    assert sorted(receiver.types) == ["appointment.created", "appointment.declined"]
    failing.clear()
    receiver.posted.clear()
    office.pass_time(timedelta(seconds=5))
    assert await office.deliver() == 3
    assert receiver.types == ["appointment.created", "appointment.confirmed", "appointment.cancelled"]
    assert [one.body["sequence"] for one in receiver.posted] == sorted(
        one.body["sequence"] for one in receiver.posted
    )


async def test_an_event_undelivered_for_an_hour_no_longer_holds_back_later_ones(
    office: Office, receiver: Receiver
) -> None:
    await office.endpoint(receiver.url)

    async def behave(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if receiver.posted[-1].body["type"] == "appointment.created" else 200)

    receiver.behave = behave
    await office.happen("appointment.created")
    await office.happen("appointment.confirmed")
    for pause in (0, 5, 300, 1800):
        office.pass_time(timedelta(seconds=pause))
        await office.deliver()
    assert receiver.types == ["appointment.created"] * 4
    freed = await office.delivering.earliest()
    assert freed is not None
    office.clock.move_to(freed)
    await office.deliver()
    assert receiver.types[4:] == ["appointment.confirmed"]
    assert freed.isoformat() == "2026-03-02T16:00:00+00:00"


async def test_a_process_that_dies_loses_no_delivery(office: Office, receiver: Receiver) -> None:
    await office.endpoint(receiver.url)
    event = await office.happen()
    await office.number()

    dying = type(office.delivering)(office.database, office.vault, office.poster)
    dying._start = lambda attempt: None  # type: ignore[method-assign]  # it is gone before it posts
    assert await dying.run_due() == 1
    assert await office.deliver() == 0
    office.pass_time(LEASE)
    assert await office.deliver() == 1
    assert receiver.ids == [event.id]
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)


async def test_two_processes_take_a_delivery_once(office: Office, receiver: Receiver) -> None:
    await office.endpoint(receiver.url)
    for number in range(8):
        await office.happen(about=f"appt_{number}")
    await office.number()
    other = type(office.delivering)(office.database, office.vault, office.poster)
    taken = await asyncio.gather(office.delivering.run_due(), other.run_due())
    await asyncio.gather(office.delivering.finish(), other.finish())
    assert sum(taken) == 8
    assert len(set(receiver.ids)) == len(receiver.ids) == 8


async def test_an_endpoint_with_nothing_delivered_for_three_days_is_disabled_and_flagged(
    office: Office, receiver: Receiver
) -> None:
    endpoint, _ = await office.endpoint(receiver.url)
    receiver.status = 503
    await office.happen("appointment.created")
    await office.deliver()
    office.pass_time(timedelta(days=2, hours=23))
    await office.happen("appointment.updated", about="appt_2")
    await office.deliver()
    assert (await office.stored(endpoint)).enabled
    office.pass_time(timedelta(hours=1))
    await office.deliver()
    stored = await office.stored(endpoint)
    assert (stored.enabled, stored.disabled_reason) == (False, DISABLED)
    assert {one.state for one in await office.deliveries()} == {DeliveryState.FAILED}
    [item] = await office.open_items()
    assert item.reason is Reason.WEBHOOK_DISABLED
    assert endpoint.id in (item.note or "")
    await office.happen("appointment.confirmed")
    assert await office.deliver() == 0

    receiver.status = 200
    async with office.database.write() as session:
        await endpoints.enable(session, await session.get_one(type(endpoint), endpoint.id), by=KEY)
    assert await office.open_items() == []
    receiver.posted.clear()
    await office.happen("appointment.arrived")
    await office.deliver()
    assert receiver.types[-1] == "appointment.arrived"


async def test_what_arrives_in_between_keeps_an_endpoint_enabled(small_office: Office, receiver: Receiver) -> None:
    office = small_office
    endpoint, _ = await office.endpoint(receiver.url)
    receiver.status = 500
    await office.happen("appointment.created")
    await office.deliver()
    assert (await office.stored(endpoint)).failing_since is not None
    receiver.status = 200
    await office.happen("appointment.created", about="appt_2")
    await office.deliver()
    assert (await office.stored(endpoint)).failing_since is None


async def test_during_rotation_both_secrets_sign_and_afterwards_only_the_new(
    small_office: Office, receiver: Receiver
) -> None:
    office = small_office
    endpoint, old = await office.endpoint(receiver.url)
    async with office.database.write() as session:
        stored = await session.get_one(type(endpoint), endpoint.id)
        new = await endpoints.rotate_secret(session, office.vault, stored)
    await office.happen()
    await office.deliver()
    receiver.posted[0].verify(old)
    receiver.posted[0].verify(new)
    office.pass_time(timedelta(hours=24))
    await office.happen()
    await office.deliver()
    receiver.posted[1].verify(new)
    with pytest.raises(WebhookVerificationError):
        receiver.posted[1].verify(old)


async def test_a_replay_sends_again_at_once_and_beside_the_order(office: Office, receiver: Receiver) -> None:
    endpoint, _ = await office.endpoint(receiver.url, events=["appointment.confirmed"])
    unwanted = await office.happen("appointment.created")
    first = await office.happen("appointment.confirmed")
    await office.deliver()
    assert receiver.ids == [first.id]
    for event in (first, unwanted):
        async with office.database.write() as session:
            await replay(session, await session.get_one(type(endpoint), endpoint.id), event.id)
        await office.deliver()
    assert receiver.ids == [first.id, first.id, unwanted.id]
    assert {one.state for one in await office.deliveries()} == {DeliveryState.DELIVERED}


async def test_a_redirect_is_a_failure_and_is_not_followed(small_office: Office, receiver: Receiver) -> None:
    office = small_office
    await office.endpoint(receiver.url)

    async def behave(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    receiver.behave = behave
    await office.happen()
    await office.deliver()
    assert [one.path for one in receiver.posted] == ["/hook"]
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.response_status) == (DeliveryState.PENDING, 307)
    assert delivery.error == "answered 307; redirects are not followed"


async def test_a_receiver_that_stalls_is_left_and_nothing_else_waits_for_it(
    small_office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = small_office
    monkeypatch.setattr(webhooks.post, "LIMIT_SECONDS", 0.3)
    await office.endpoint(receiver.url)

    async def stall(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    async def behave(request: web.Request) -> web.StreamResponse:
        if receiver.posted[-1].body["type"] == "appointment.created":
            await asyncio.Event().wait()
        return await stall(request)

    receiver.behave = behave
    await office.happen("appointment.created")
    await office.happen("appointment.confirmed", about="appt_2")
    await office.deliver()
    first, second = await office.deliveries()
    assert (first.state, first.error) == (DeliveryState.PENDING, "no answer within 0 s")
    # It answered 200; that it then talks without end is not listened to.
    assert second.state is DeliveryState.DELIVERED


async def test_a_receiver_that_is_away_is_tried_again(small_office: Office) -> None:
    office = small_office
    await office.endpoint("http://127.0.0.1:9/hook")
    await office.happen()
    await office.deliver()
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.error) == (DeliveryState.PENDING, "the connection was refused")


async def test_a_secret_that_cannot_be_read_is_told_and_tried_again(
    small_office: Office, receiver: Receiver
) -> None:
    office = small_office
    endpoint, _ = await office.endpoint(receiver.url)
    async with office.database.write() as session:
        stored = await session.get_one(type(endpoint), endpoint.id)
        stored.secret_encrypted = "gone"
        session.add(stored)
    await office.happen()
    await office.deliver()
    [delivery] = await office.deliveries()
    assert receiver.posted == []
    assert "SHOWUP_SECRET_KEY" in (delivery.error or "")


async def test_what_happens_while_an_earlier_event_waits_comes_after_it(
    office: Office, receiver: Receiver
) -> None:
    await office.endpoint(receiver.url)
    receiver.status = 500
    await office.happen("appointment.created")
    await office.deliver()
    await office.happen("appointment.confirmed")
    await office.happen("appointment.cancelled")
    assert await office.deliver() == 0
    receiver.status = 200
    receiver.posted.clear()
    office.pass_time(timedelta(seconds=5))
    await office.deliver()
    assert receiver.types == ["appointment.created", "appointment.confirmed", "appointment.cancelled"]


async def test_a_replay_of_what_others_wait_for_lets_them_go(small_office: Office, receiver: Receiver) -> None:
    office = small_office
    endpoint, _ = await office.endpoint(receiver.url)

    async def behave(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if receiver.posted[-1].body["type"] == "appointment.created" else 200)

    receiver.behave = behave
    first = await office.happen("appointment.created")
    await office.happen("appointment.confirmed")
    await office.deliver()
    async with office.database.write() as session:
        await replay(session, await session.get_one(type(endpoint), endpoint.id), first.id)
    await office.deliver()
    assert receiver.types.count("appointment.confirmed") == 1


async def test_a_delivery_that_failed_for_good_lets_the_later_ones_go(
    small_office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = small_office
    monkeypatch.setattr("webhooks.attempt.RETRIES", (timedelta(seconds=5),))
    await office.endpoint(receiver.url)

    async def behave(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if receiver.posted[-1].body["type"] == "appointment.created" else 200)

    receiver.behave = behave
    await office.happen("appointment.created")
    await office.happen("appointment.confirmed")
    await office.deliver()
    office.pass_time(timedelta(seconds=5))
    await office.deliver()
    assert receiver.types == ["appointment.created", "appointment.created", "appointment.confirmed"]


@pytest.mark.postgresql
async def test_an_event_that_comes_while_the_earlier_one_arrives_is_not_left_waiting(
    postgres_office: Office, receiver: Receiver
) -> None:
    """Numbering and settling run at once: neither may miss what the other just did."""
    office = postgres_office
    await office.endpoint(receiver.url)
    for _ in range(15):
        await office.happen()
        await office.number()
        await office.happen("appointment.updated")
        await asyncio.gather(office.delivering.run_due(), office.number())
        await office.delivering.finish()
        await office.deliver()
    assert {one.state for one in await office.deliveries()} == {DeliveryState.DELIVERED}
    assert len(receiver.posted) == 30
