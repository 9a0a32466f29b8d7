"""Secrets and signatures, as the Standard Webhooks specification has them."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new signing secret, `whsec_…`."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encoded(body: Mapping[str, Any]) -> str:
    """Return the text of a body, exactly as it is signed and sent."""
    return orjson.dumps(body).decode()


def signed_headers(keys: Sequence[str], event_id: str, at: datetime, content: str) -> dict[str, str]:
    """Return the headers that prove a body: one signature a secret. `at` is the instant of the attempt."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(event_id, at, content) for key in keys),
    }
