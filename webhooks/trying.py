"""Trying an endpoint: one signed event of no meaning, posted at once."""

import time
from dataclasses import dataclass
from typing import Any

from models import clock
from models.base import rfc3339
from models.event import Actor
from models.ids import new_id
from models.vault import Vault
from models.webhook import Endpoint
from webhooks.body import body
from webhooks.endpoints import endpoint_object, secrets_of
from webhooks.event_types import TEST_TYPE
from webhooks.post import Outcome, Poster
from webhooks.signing import encoded, signed_headers


@dataclass(frozen=True)
class Trial:
    """What came of a test: the event's id, the outcome, and how long the receiver took, in milliseconds."""

    event_id: str
    outcome: Outcome
    duration_ms: int


async def try_endpoint(endpoint: Endpoint, vault: Vault, poster: Poster, *, by: Actor) -> Trial:
    """Post a `webhook.test` event to an endpoint, enabled or not, once. It is in no feed and is not retried."""
    now = clock.now()
    told = body(
        id=new_id("evt"),
        type=TEST_TYPE,
        created_at=rfc3339(now),
        sequence=0,
        actor={"type": by.type, "id": by.id},
        object=endpoint_object(endpoint),
        previous=None,
    )
    content = encoded(told)
    headers = signed_headers(secrets_of(endpoint, vault), told["id"], now, content)
    began = time.monotonic()
    outcome = await poster.post(endpoint.url, content.encode(), headers)
    return Trial(told["id"], outcome, round((time.monotonic() - began) * 1000))


def trial_object(endpoint: Endpoint, trial: Trial) -> dict[str, Any]:
    """Return a test's result as the API shows it."""
    return {
        "object": "webhook_test",
        "webhook_id": endpoint.id,
        "event_id": trial.event_id,
        "delivered": trial.outcome.delivered,
        "response_status": trial.outcome.status,
        "error": trial.outcome.error,
        "duration_ms": trial.duration_ms,
    }
