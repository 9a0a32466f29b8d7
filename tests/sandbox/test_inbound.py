"""Texts from people: the signed webhook, its parameters, and the TwiML that answers it."""

import pytest

from sandbox import Account, SandboxCarrier, UnknownNumber
from tests.sandbox.application import Application
from tests.sandbox.conftest import HERS, HIS, OURS, until_final


async def test_a_text_is_posted_signed_with_twilios_parameters(
    carrier: SandboxCarrier, account: Account, application: Application
) -> None:
    inbound = await carrier.receive(HERS, OURS, "YES – see you 😀")

    (post,) = application.posts
    assert post.signed
    assert post.path == "/sms"
    assert inbound.webhook_status == 200
    assert post.form == {
        "AccountSid": account.sid,
        "ApiVersion": "2010-04-01",
        "Body": "YES – see you 😀",
        "From": HERS,
        "FromCity": "",
        "FromCountry": "US",
        "FromState": "",
        "FromZip": "",
        "MessageSid": inbound.message.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": inbound.message.sid,
        "SmsSid": inbound.message.sid,
        "SmsStatus": "received",
        "To": OURS,
        "ToCity": "",
        "ToCountry": "US",
        "ToState": "",
        "ToZip": "",
    }


async def test_pictures_come_as_media_urls(carrier: SandboxCarrier, application: Application) -> None:
    inbound = await carrier.receive(HERS, OURS, "", media=["http://127.0.0.1/1.jpg", "http://127.0.0.1/2.jpg"])

    form = application.posts[0].form
    assert form["NumMedia"] == "2"
    assert form["MediaUrl1"] == "http://127.0.0.1/2.jpg"
    assert form["MediaContentType0"] == "image/jpeg"
    assert inbound.message.sid.startswith("MM")


async def test_a_webhook_by_get_is_signed_over_its_query(
    carrier: SandboxCarrier, account: Account, application: Application
) -> None:
    carrier.accounts.register_number(account.sid, OURS, sms_url=f"{application.url}/sms?a=1", sms_method="GET")

    await carrier.receive(HERS, OURS, "YES & no")

    (post,) = application.posts
    assert post.signed
    assert (post.form["a"], post.form["Body"]) == ("1", "YES & no")


async def test_an_empty_response_sends_nothing(carrier: SandboxCarrier, application: Application) -> None:
    inbound = await carrier.receive(HERS, OURS, "YES")

    assert inbound.replies == []
    assert [message.direction for message in carrier.messages] == ["inbound"]


async def test_messages_in_the_answer_are_sent_and_reported(
    carrier: SandboxCarrier, application: Application
) -> None:
    application.answer = (
        "<?xml version='1.0' encoding='UTF-8'?><Response>"
        "<Message>Thank you &amp; goodbye</Message>"
        f"<Message to='{HIS}' statusCallback='{application.url}/reply'><Body>She said yes</Body></Message>"
        "</Response>"
    )

    inbound = await carrier.receive(HERS, OURS, "YES")

    first, second = inbound.replies
    assert (first.to, first.from_, first.body, first.direction) == (
        HERS,
        OURS,
        "Thank you & goodbye",
        "outbound-reply",
    )
    assert (second.to, second.body) == (HIS, "She said yes")
    await until_final(carrier, second.sid)
    posts = await application.wait_for_count(3)
    assert [post.form["MessageStatus"] for post in posts[1:]] == ["sent", "delivered"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "OK",
        "<Message>no response around it</Message>",
        "<!DOCTYPE Response [<!ENTITY x 'y'>]><Response><Message>&x;</Message></Response>",
        "<Response><Message></Message></Response>",
        "<Response><Redirect>/elsewhere</Redirect></Response>",
    ],
)
async def test_an_answer_without_a_sendable_message_sends_nothing(
    carrier: SandboxCarrier, application: Application, answer: str
) -> None:
    application.answer = answer

    assert (await carrier.receive(HERS, OURS, "YES")).replies == []


async def test_an_error_page_sends_nothing(carrier: SandboxCarrier, application: Application) -> None:
    application.status, application.answer = 500, "<Response><Message>no</Message></Response>"

    inbound = await carrier.receive(HERS, OURS, "YES")

    assert (inbound.webhook_status, inbound.replies) == (500, [])


async def test_a_text_stays_in_the_list_though_the_application_is_away(
    carrier: SandboxCarrier, application: Application
) -> None:
    await application.stop()

    inbound = await carrier.receive(HERS, OURS, "YES")

    assert inbound.webhook_status is None
    assert carrier.messages.get(inbound.message.sid) is inbound.message


async def test_a_number_that_points_nowhere_only_keeps_the_text(carrier: SandboxCarrier, account: Account) -> None:
    inbound = await carrier.receive(HERS, OURS, "YES")

    assert inbound.webhook_status is None
    assert inbound.message.status == "received"


async def test_the_same_text_can_be_posted_again(carrier: SandboxCarrier, application: Application) -> None:
    inbound = await carrier.receive(HERS, OURS, "YES")
    await carrier.redeliver(inbound.message.sid)

    first, second = application.posts
    assert first.form == second.form
    assert len(carrier.messages) == 1
    with pytest.raises(UnknownNumber):
        await carrier.redeliver("SM" + "0" * 32)


async def test_a_text_that_cannot_be_is_refused_by_name(carrier: SandboxCarrier, account: Account) -> None:
    with pytest.raises(UnknownNumber, match="to:"):
        await carrier.receive(HERS, "+12125550199", "YES")
    with pytest.raises(ValueError, match="from:"):
        await carrier.receive("5550123", OURS, "YES")
    with pytest.raises(ValueError, match="from:"):
        await carrier.receive(OURS, OURS, "YES")
    with pytest.raises(ValueError, match="body:"):
        await carrier.receive(HERS, OURS, "")
    with pytest.raises(ValueError, match="body:"):
        await carrier.receive(HERS, OURS, "x" * 1601)
    assert len(carrier.messages) == 0
