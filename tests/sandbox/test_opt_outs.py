"""The carrier's own opt-out: keywords block a pair of numbers, and lift the block."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import Account, SandboxCarrier
from tests.sandbox.application import Application
from tests.sandbox.conftest import HERS, HIS, OURS

TOLL_FREE = "+18005550100"


async def blocked(client: Client, to: str = HERS, from_: str = OURS) -> bool:
    """Whether a text is refused because its recipient opted out."""
    try:
        await client.messages.create_async(to=to, from_=from_, body="Hello")
    except TwilioRestException as refusal:
        if (refusal.code, refusal.status) != (21610, 400):
            raise
        return True
    return False


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop\n", "STOPALL", "UNSUBSCRIBE", "Cancel", "END", "QUIT", "OPTOUT", "REVOKE"]
)
async def test_a_keyword_blocks_the_pair(client: Client, carrier: SandboxCarrier, word: str) -> None:
    await carrier.receive(HERS, OURS, word)

    assert await blocked(client)


@pytest.mark.parametrize("text", ["STOP it", "STOP.", "please stop", "cancel my visit", "stopped", "NO"])
async def test_only_the_bare_word_counts(client: Client, carrier: SandboxCarrier, text: str) -> None:
    await carrier.receive(HERS, OURS, text)

    assert not await blocked(client)


async def test_only_the_pair_is_blocked(client: Client, carrier: SandboxCarrier, account: Account) -> None:
    carrier.register_number(account.sid, "+12125550101")
    await carrier.receive(HERS, OURS, "STOP")

    assert await blocked(client, to=HERS, from_=OURS)
    assert not await blocked(client, to=HIS, from_=OURS)
    assert not await blocked(client, to=HERS, from_="+12125550101")


@pytest.mark.parametrize("word", ["START", "unstop", "Yes"])
async def test_a_keyword_lifts_the_block(client: Client, carrier: SandboxCarrier, word: str) -> None:
    await carrier.receive(HERS, OURS, "STOP")
    await carrier.receive(HERS, OURS, word)

    assert not await blocked(client)


async def test_yes_does_not_lift_a_toll_free_numbers_block(
    client: Client, carrier: SandboxCarrier, account: Account
) -> None:
    carrier.register_number(account.sid, TOLL_FREE)
    await carrier.receive(HERS, TOLL_FREE, "STOP")

    await carrier.receive(HERS, TOLL_FREE, "YES")
    assert await blocked(client, from_=TOLL_FREE)
    await carrier.receive(HERS, TOLL_FREE, "UNSTOP")
    assert not await blocked(client, from_=TOLL_FREE)


async def test_keywords_reach_the_application_without_opt_out_type(
    carrier: SandboxCarrier, application: Application
) -> None:
    for word in ("STOP", "HELP", "START"):
        await carrier.receive(HERS, OURS, word)

    assert [post.form["Body"] for post in application.posts] == ["STOP", "HELP", "START"]
    assert all("OptOutType" not in post.form for post in application.posts)


async def test_advanced_opt_out_names_the_type(
    carrier: SandboxCarrier, account: Account, application: Application
) -> None:
    carrier.register_number(account.sid, OURS, advanced_opt_out=True)
    for text in ("YES", "STOP", "YES", "INFO", "On my way"):
        await carrier.receive(HERS, OURS, text)

    kinds = [post.form.get("OptOutType") for post in application.posts]
    assert kinds == [None, "STOP", "START", "HELP", None]


async def test_an_opt_out_type_of_the_customers_own_words_is_acted_on(
    client: Client, carrier: SandboxCarrier, application: Application
) -> None:
    await carrier.receive(HERS, OURS, "Basta", opt_out_type="STOP")

    assert application.posts[0].form["OptOutType"] == "STOP"
    assert await blocked(client)


async def test_a_blocked_person_gets_no_twiml_reply_either(
    carrier: SandboxCarrier, application: Application
) -> None:
    application.answer = "<Response><Message>You are unsubscribed.</Message></Response>"

    assert (await carrier.receive(HERS, OURS, "STOP")).replies == []
    assert len((await carrier.receive(HERS, OURS, "START")).replies) == 1
