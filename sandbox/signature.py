"""How Twilio signs what it posts to an application: X-Twilio-Signature."""

import hmac
from base64 import b64encode
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA1 over the exact URL and each form field's name and value, sorted by name."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()
