"""/v1/webhooks: where events are posted, what became of them, and trying it out."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.fields import Body, Id, Instant, Shown, absent, refusal
from api.lists import ListOf, ListQuery, page
from api.route import AdminRoute
from api.unit import Unit, Work
from api.versions import ExpectedVersion, require_version
from models.owned import owned
from models.webhook import Delivery, DeliveryState, Endpoint
from webhooks import deliveries, endpoints
from webhooks.addresses import check_url
from webhooks.event_types import EVENT_TYPES
from webhooks.trying import trial_object, try_endpoint

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=AdminRoute)


def _event_types(types: list[str]) -> list[str]:
    for one in types:
        if one not in EVENT_TYPES:
            raise refusal("invalid_parameter", f"must hold types of events, such as {EVENT_TYPES[0]}")
    if len(set(types)) < len(types):
        raise refusal("invalid_parameter", "must name each type once")
    return types


Address = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(description="Where events are posted.", examples=["https://example.com/showup"]),
]
EventTypes = Annotated[
    list[str],
    AfterValidator(_event_types),
    Field(min_length=1, max_length=len(EVENT_TYPES), description="The events wanted; absent or null: all."),
]


class NewWebhook(Body):
    """An endpoint to make."""

    url: Address
    events: EventTypes | None = None
    exclude_key: Id | None = Field(default=None, description="A key whose own changes are not told.")
    enabled: bool = True


class WebhookChanges(Body):
    """What to change; what is absent stays."""

    url: Address = absent()
    events: EventTypes | None = None
    exclude_key: Id | None = None
    enabled: bool = absent()


class WebhookObject(Shown):
    """An endpoint. `agent_id` is set where it is an agent's `webhook_url`."""

    object: Literal["webhook"]
    webhook_id: str
    url: str
    events: list[str] | None
    exclude_key: str | None
    agent_id: str | None
    enabled: bool
    disabled_at: Instant | None
    disabled_reason: str | None
    failing_since: Instant | None = Field(description="The first failure since anything was delivered.")
    previous_secret_until: Instant | None = Field(description="Until when the secret before also signs.")


class WebhookWithSecret(WebhookObject):
    """An endpoint with its signing secret, which is shown only once."""

    secret: str


class DeliveriesQuery(ListQuery):
    """Which deliveries to list."""

    state: DeliveryState | None = None


class DeliveryObject(Shown):
    """One event at one endpoint."""

    object: Literal["webhook_delivery"]
    delivery_id: str
    webhook_id: str
    event_id: str
    event_type: str
    sequence: int
    state: DeliveryState
    attempts: int
    next_attempt_at: Instant | None
    last_attempt_at: Instant | None
    delivered_at: Instant | None
    response_status: int | None = Field(description="The receiver's last answer.")
    error: str | None


class TestResult(Body):
    """What came of a test."""

    object: Literal["webhook_test"]
    webhook_id: str
    event_id: str
    delivered: bool
    response_status: int | None
    error: str | None
    duration_ms: int


@router.post("", status_code=201, response_model=WebhookWithSecret)
async def create_webhook(work: Work, body: NewWebhook) -> Response:
    """Make an endpoint. Its secret is in this answer and in no other."""
    await check_url(body.url, allow_private=work.services.poster.allow_private)
    session = await work.session()
    endpoint, secret = await endpoints.create_endpoint(session, work.services.vault, work.account_id, body.given())
    return answer(_with_secret(endpoint, secret), 201)


@router.get("", response_model=ListOf[WebhookObject])
async def list_webhooks(work: Work, asked: Annotated[ListQuery, Query()]) -> Response:
    """List the endpoints, newest first."""
    query = select(Endpoint).where(Endpoint.account_id == work.account_id, col(Endpoint.deleted_at).is_(None))
    return answer(await page(await work.session(), query, asked, endpoints.endpoint_object))


@router.get("/{webhook_id}", response_model=WebhookObject)
async def get_webhook(work: Work, webhook_id: str) -> Response:
    """Return an endpoint."""
    return answer(endpoints.endpoint_object(await _endpoint(work, webhook_id)))


@router.patch("/{webhook_id}", response_model=WebhookObject)
async def change_webhook(work: Work, webhook_id: str, body: WebhookChanges, expected: ExpectedVersion) -> Response:
    """Change an endpoint. One that is disabled gets nothing; what it missed is in the changes feed."""
    given = body.given()
    if "url" in given:
        await check_url(body.url, allow_private=work.services.poster.allow_private)
    endpoint = await _endpoint(work, webhook_id, lock=True)
    require_version(expected, endpoint.version)
    await endpoints.change_endpoint(await work.session(), endpoint, given, by=work.actor)
    return answer(endpoints.endpoint_object(endpoint))


@router.delete("/{webhook_id}", response_model=WebhookObject)
async def delete_webhook(work: Work, webhook_id: str, expected: ExpectedVersion) -> Response:
    """Remove an endpoint. One of an agent goes with the agent's `webhook_url`."""
    endpoint = await _endpoint(work, webhook_id, lock=True)
    require_version(expected, endpoint.version)
    await endpoints.remove_endpoint(await work.session(), endpoint, by=work.actor)
    return answer(endpoints.endpoint_object(endpoint))


@router.post("/{webhook_id}/enable", response_model=WebhookObject)
async def enable_webhook(work: Work, webhook_id: str, expected: ExpectedVersion) -> Response:
    """Let events go to an endpoint again, from now on."""
    endpoint = await _endpoint(work, webhook_id, lock=True)
    require_version(expected, endpoint.version)
    await endpoints.enable(await work.session(), endpoint, by=work.actor)
    return answer(endpoints.endpoint_object(endpoint))


@router.post("/{webhook_id}/rotate-secret", response_model=WebhookWithSecret)
async def rotate_webhook_secret(work: Work, webhook_id: str, expected: ExpectedVersion) -> Response:
    """Give an endpoint a new secret, shown only here. For 24 hours the one before signs as well."""
    endpoint = await _endpoint(work, webhook_id, lock=True)
    require_version(expected, endpoint.version)
    secret = await endpoints.rotate_secret(await work.session(), work.services.vault, endpoint)
    return answer(_with_secret(endpoint, secret))


@router.post("/{webhook_id}/test", response_model=TestResult)
async def try_webhook(work: Work, webhook_id: str, expected: ExpectedVersion) -> Response:
    """Post a signed `webhook.test` event to an endpoint now, once, and tell how it was answered."""
    services = work.services
    async with services.database.read() as session:
        endpoint = await owned(session, Endpoint, webhook_id, account_id=work.account_id, kind="webhook")
    require_version(expected, endpoint.version)
    trial = await try_endpoint(endpoint, services.vault, services.poster, by=work.actor)
    return answer(trial_object(endpoint, trial))


@router.get("/{webhook_id}/deliveries", response_model=ListOf[DeliveryObject])
async def list_deliveries(work: Work, webhook_id: str, asked: Annotated[DeliveriesQuery, Query()]) -> Response:
    """List what was and will be delivered to an endpoint in the last 30 days, newest first."""
    endpoint = await _endpoint(work, webhook_id)
    query = select(Delivery).where(Delivery.endpoint_id == endpoint.id)
    if asked.state is not None:
        query = query.where(Delivery.state == asked.state)
    return answer(await page(await work.session(), query, asked, deliveries.delivery_object))


@router.post("/{webhook_id}/deliveries/{event_id}/replay", response_model=DeliveryObject)
async def replay_delivery(work: Work, webhook_id: str, event_id: str, expected: ExpectedVersion) -> Response:
    """Send an event to an endpoint again, now; also one that it never got."""
    endpoint = await _endpoint(work, webhook_id, lock=True)
    require_version(expected, endpoint.version)
    delivery = await deliveries.replay(await work.session(), endpoint, event_id)
    return answer(deliveries.delivery_object(delivery))


async def _endpoint(work: Unit, webhook_id: str, *, lock: bool = False) -> Endpoint:
    session = await work.session()
    return await owned(session, Endpoint, webhook_id, account_id=work.account_id, kind="webhook", lock=lock)


def _with_secret(endpoint: Endpoint, secret: str) -> dict[str, Any]:
    return endpoints.endpoint_object(endpoint) | {"secret": secret}
