"""Messages and numbers in the JSON that Twilio answers with (API version 2010-04-01)."""

from sandbox.accounts import Number
from sandbox.clock import rfc2822
from sandbox.errors import describe
from sandbox.messages import Message

JSON = dict[str, object]
VERSION = "2010-04-01"


def messages_uri(account_sid: str) -> str:
    """The path of an account's message list."""
    return f"/{VERSION}/Accounts/{account_sid}/Messages.json"


def numbers_uri(account_sid: str) -> str:
    """The path of an account's list of phone numbers."""
    return f"/{VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers.json"


def message_json(message: Message) -> JSON:
    """A Message resource."""
    path = f"/{VERSION}/Accounts/{message.account_sid}/Messages/{message.sid}"
    code = message.error_code
    return {
        "body": message.body,
        "num_segments": str(message.segments),
        "direction": message.direction,
        "from": message.from_,
        "to": message.to,
        "date_updated": rfc2822(message.updated),
        "price": None,
        "error_message": None if code is None else describe(code),
        "uri": f"{path}.json",
        "account_sid": message.account_sid,
        "num_media": str(len(message.media)),
        "status": message.status,
        "messaging_service_sid": None,
        "sid": message.sid,
        "date_sent": rfc2822(message.sent),
        "date_created": rfc2822(message.created),
        "error_code": code,
        "price_unit": "USD",
        "api_version": VERSION,
        "subresource_uris": {"media": f"{path}/Media.json"},
    }


def number_json(number: Number) -> JSON:
    """An IncomingPhoneNumber resource."""
    account_sid = number.account.sid
    return {
        "sid": number.sid,
        "account_sid": account_sid,
        "friendly_name": number.phone_number,
        "phone_number": number.phone_number,
        "sms_url": number.sms_url,
        "sms_method": number.sms_method,
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "sms_application_sid": "",
        "status_callback": "",
        "status_callback_method": "POST",
        "voice_url": "",
        "voice_method": "POST",
        "capabilities": {"voice": False, "sms": True, "mms": True, "fax": False},
        "address_requirements": "none",
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "api_version": VERSION,
        "date_created": rfc2822(number.created),
        "date_updated": rfc2822(number.updated),
        "uri": f"/{VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{number.sid}.json",
    }
