"""Phone numbers as Twilio's client finds and points them, and as the carrier gives them out."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import Account, NumberTaken, SandboxCarrier, UnknownAccount
from tests.sandbox.conftest import OURS


async def test_a_number_is_found_by_its_digits(client: Client, account: Account) -> None:
    (number,) = await client.incoming_phone_numbers.list_async(phone_number=OURS)

    assert number.phone_number == OURS
    assert number.account_sid == account.sid
    assert number.sid is not None
    assert number.sid.startswith("PN")
    assert await client.incoming_phone_numbers.list_async(phone_number="+12125550199") == []


async def test_a_number_is_pointed_at_an_application(client: Client, carrier: SandboxCarrier) -> None:
    (number,) = await client.incoming_phone_numbers.list_async()
    assert number.sid is not None

    changed = await client.incoming_phone_numbers(number.sid).update_async(
        sms_url="https://showup.test/sms?a=1", sms_method="GET"
    )

    assert (changed.sms_url, changed.sms_method) == ("https://showup.test/sms?a=1", "GET")
    fetched = await client.incoming_phone_numbers(number.sid).fetch_async()
    assert fetched.sms_url == changed.sms_url
    stored = carrier.accounts.number(OURS)
    assert stored is not None
    assert stored.sms_method == "GET"


@pytest.mark.parametrize(
    ("fields", "code"), [({"sms_url": "showup.test/sms"}, 21402), ({"sms_method": "PUT"}, 21403)]
)
async def test_a_wrong_webhook_is_refused(client: Client, fields: dict[str, str], code: int) -> None:
    (number,) = await client.incoming_phone_numbers.list_async()
    assert number.sid is not None

    with pytest.raises(TwilioRestException) as refusal:
        await client.incoming_phone_numbers(number.sid).update_async(**fields)

    assert refusal.value.code == code


async def test_another_accounts_number_is_not_found(client: Client, carrier: SandboxCarrier) -> None:
    other = carrier.register_account()
    theirs = carrier.register_number(other.sid, "+12125550101")

    assert await client.incoming_phone_numbers.list_async(phone_number="+12125550101") == []
    with pytest.raises(TwilioRestException) as refusal:
        await client.incoming_phone_numbers(theirs.sid).update_async(sms_url="https://showup.test/sms")
    assert refusal.value.code == 20404


async def test_a_number_belongs_to_one_account_only(carrier: SandboxCarrier, account: Account) -> None:
    other = carrier.register_account()

    with pytest.raises(NumberTaken):
        carrier.register_number(other.sid, OURS)
    assert carrier.register_number(account.sid, OURS).account is account


async def test_registering_a_number_again_keeps_what_is_not_given(
    carrier: SandboxCarrier, account: Account
) -> None:
    first = carrier.register_number(account.sid, OURS, sms_url="https://showup.test/sms", advanced_opt_out=True)
    again = carrier.register_number(account.sid, OURS)

    assert again is first
    assert (again.sms_url, again.advanced_opt_out) == ("https://showup.test/sms", True)


async def test_what_is_malformed_is_refused_by_name(carrier: SandboxCarrier, account: Account) -> None:
    with pytest.raises(ValueError, match="account SID"):
        carrier.register_account("AC1")
    with pytest.raises(ValueError, match="token"):
        carrier.register_account(token="")
    with pytest.raises(ValueError, match="phone_number"):
        carrier.register_number(account.sid, "212 555 0100")
    with pytest.raises(ValueError, match="number SID"):
        carrier.register_number(account.sid, "+12125550102", sid="PN1")
    with pytest.raises(ValueError, match="sms_url"):
        carrier.register_number(account.sid, "+12125550103", sms_url="nowhere")
    with pytest.raises(UnknownAccount):
        carrier.register_number("AC" + "9" * 32, "+12125550104")
    assert [number.phone_number for number in carrier.accounts.numbers_of(account)] == [OURS]
