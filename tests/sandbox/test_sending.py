"""Creating and fetching messages with Twilio's own clients."""

import asyncio
from datetime import UTC, datetime

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import Account, SandboxCarrier
from tests.sandbox.conftest import HERS, OURS, twilio_client, until_final


async def test_a_created_message_has_what_twilio_answers(client: Client, account: Account) -> None:
    message = await client.messages.create_async(to=HERS, from_=OURS, body="Visit tomorrow at 3. Reply YES.")

    assert message.sid is not None
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.to, message.from_, message.body) == (HERS, OURS, "Visit tomorrow at 3. Reply YES.")
    assert str(message.status) == "queued"
    assert str(message.direction) == "outbound-api"
    assert message.num_segments == "1"
    assert message.account_sid == account.sid
    assert message.date_sent is None
    assert message.error_code is None
    assert message.uri == f"/2010-04-01/Accounts/{account.sid}/Messages/{message.sid}.json"


async def test_dates_are_told_by_the_carriers_clock_to_the_second() -> None:
    async with SandboxCarrier(clock=lambda: 1_796_140_800.75) as carrier:
        account = carrier.register_account()
        carrier.register_number(account.sid, OURS)
        async with twilio_client(carrier, account.sid, account.token) as client:
            message = await client.messages.create_async(to=HERS, from_=OURS, body="Hello")

    assert message.date_created == datetime(2026, 12, 1, 16, 0, tzinfo=UTC)


async def test_the_synchronous_client_works_as_well(carrier: SandboxCarrier, account: Account) -> None:
    client = Client(account.sid, account.token)
    client.edge = client.region = None
    client.api.base_url = carrier.url

    message = await asyncio.to_thread(client.messages.create, to=HERS, from_=OURS, body="Hello")

    assert carrier.messages.get(message.sid or "") is not None


async def test_a_fetched_message_shows_that_it_was_delivered(client: Client, carrier: SandboxCarrier) -> None:
    created = await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    await until_final(carrier, created.sid)

    message = await client.messages(created.sid or "").fetch_async()

    assert str(message.status) == "delivered"
    assert message.date_sent is not None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12125550123"}, 21211),
        ({"to": "+1212555012x"}, 21211),
        ({"to": "+0123456789"}, 21211),
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+12125550199"}, 21606),
        ({"to": OURS}, 21266),
        ({"status_callback": "localhost/status"}, 21609),
        ({"status_callback": "http://my_host/status"}, 21609),
        ({"status_callback": "http://127.0.0.1/a b"}, 21609),
        ({"validity_period": 0}, 21624),
        ({"validity_period": 36_001}, 21624),
        ({"validity_period": "soon"}, 21624),
    ],
)
async def test_a_wrong_message_is_refused_with_twilios_code(
    client: Client, carrier: SandboxCarrier, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await client.messages.create_async(**({"to": HERS, "from_": OURS, "body": "Hello"} | fields))

    assert (refusal.value.code, refusal.value.status) == (code, 400)
    assert len(carrier.messages) == 0


async def test_a_messaging_service_is_refused_since_there_is_none(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await client.messages.create_async(to=HERS, messaging_service_sid="MG" + "0" * 32, body="Hello")

    assert refusal.value.code == 21701


async def test_a_number_of_another_account_cannot_be_sent_from(client: Client, carrier: SandboxCarrier) -> None:
    other = carrier.register_account()
    carrier.register_number(other.sid, "+12125550101")

    with pytest.raises(TwilioRestException) as refusal:
        await client.messages.create_async(to=HERS, from_="+12125550101", body="Hello")

    assert refusal.value.code == 21606


@pytest.mark.parametrize("body", ["x" * 1600, "é ñ ¿", "Grüße 😀\x00 & = + %41", " "])
async def test_a_text_arrives_to_the_letter(client: Client, carrier: SandboxCarrier, body: str) -> None:
    message = await client.messages.create_async(to=HERS, from_=OURS, body=body)

    stored = carrier.messages.get(message.sid or "")
    assert stored is not None
    assert stored.body == message.body == body


async def test_pictures_need_no_words(client: Client) -> None:
    message = await client.messages.create_async(
        to=HERS, from_=OURS, media_url=["http://x.test/1", "http://x.test/2"]
    )

    assert message.num_media == "2"


async def test_wrong_credentials_are_refused(carrier: SandboxCarrier, account: Account) -> None:
    other = carrier.register_account()
    for sid, token in ((account.sid, "wrong"), ("AC" + "f" * 32, account.token), (account.sid, other.token)):
        async with twilio_client(carrier, sid, token) as client:
            with pytest.raises(TwilioRestException) as refusal:
                await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
            assert (refusal.value.code, refusal.value.status) == (20003, 401)


async def test_another_accounts_path_is_refused(carrier: SandboxCarrier, account: Account) -> None:
    other = carrier.register_account()
    headers = {"Authorization": account.authorization}
    async with (
        aiohttp.ClientSession(carrier.url, headers=headers) as session,
        session.get(f"/2010-04-01/Accounts/{other.sid}/Messages.json") as response,
    ):
        assert response.status == 401
        assert (await response.json())["code"] == 20003


async def test_a_rotated_token_takes_the_old_ones_place(carrier: SandboxCarrier, account: Account) -> None:
    old = account.token
    carrier.register_account(account.sid, "new")

    async with twilio_client(carrier, account.sid, "new") as client:
        await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    async with twilio_client(carrier, account.sid, old) as client:
        with pytest.raises(TwilioRestException) as refusal:
            await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
    assert refusal.value.code == 20003


async def test_an_unknown_message_or_path_is_not_found(client: Client, carrier: SandboxCarrier) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await client.messages("SM" + "0" * 32).fetch_async()
    assert (refusal.value.code, refusal.value.status) == (20404, 404)

    async with aiohttp.ClientSession(carrier.url) as session, session.get("/2010-04-01/Nothing.json") as response:
        assert response.status == 404
        assert await response.json() == {
            "code": 20404,
            "message": "The requested resource /2010-04-01/Nothing.json was not found",
            "more_info": "https://www.twilio.com/docs/errors/20404",
            "status": 404,
        }
