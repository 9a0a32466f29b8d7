"""Endpoints: making, changing, enabling and removing the addresses that get events."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.account import ApiKey
from models.attention import Attention, resolve
from models.base import rfc3339, table_of
from models.errors import Conflict, Invalid
from models.event import Actor
from models.vault import Vault
from models.webhook import Delivery, DeliveryState, Endpoint
from webhooks.signing import new_secret

# How long the secret before the present one still signs, beside it.
ROTATION = timedelta(hours=24)
DISABLED_BY_REQUEST = "disabled on request"
REMOVED = "the endpoint was removed"

_deliveries = table_of(Delivery)


async def create_endpoint(
    session: AsyncSession, vault: Vault, account_id: str, settings: Mapping[str, Any]
) -> tuple[Endpoint, str]:
    """Make an endpoint and return it with its secret, which is shown only now. `url` was checked by the caller.

    Raises Invalid for an `exclude_key` that is not a key of the account.
    """
    await _check_key(session, account_id, settings.get("exclude_key"))
    secret = new_secret()
    endpoint = Endpoint(
        account_id=account_id,
        url=settings["url"],
        events=settings.get("events"),
        exclude_key=settings.get("exclude_key"),
        secret_encrypted=vault.encrypt(secret),
    )
    if settings.get("enabled") is False:
        _mark_disabled(endpoint, DISABLED_BY_REQUEST)
    session.add(endpoint)
    await session.flush()
    return endpoint, secret


async def change_endpoint(
    session: AsyncSession, endpoint: Endpoint, settings: Mapping[str, Any], *, by: Actor
) -> None:
    """Set the settings given. Raises Invalid, or Conflict where they are an agent's to change."""
    if endpoint.agent_id is not None and {"url", "events"} & settings.keys():
        raise Conflict("in_use", f"This is the webhook_url of {endpoint.agent_id}: change it there.")
    await _check_key(session, endpoint.account_id, settings.get("exclude_key"))
    plain = {name: value for name, value in settings.items() if name != "enabled"}
    changed = {name: value for name, value in plain.items() if getattr(endpoint, name) != value}
    for name, value in changed.items():
        setattr(endpoint, name, value)
    if changed:
        endpoint.touch()
        session.add(endpoint)
    match settings.get("enabled"):
        case True:
            await enable(session, endpoint, by=by)
        case False if endpoint.enabled:
            await disable(session, endpoint, DISABLED_BY_REQUEST)
        case _:
            pass


async def enable(session: AsyncSession, endpoint: Endpoint, *, by: Actor) -> None:
    """Let events go to an endpoint again, from now on; one that is enabled stays as it is."""
    if endpoint.enabled:
        return
    endpoint.enabled, endpoint.disabled_at, endpoint.disabled_reason = True, None, None
    endpoint.failing_since = None
    item = await session.get(Attention, endpoint.attention_id) if endpoint.attention_id is not None else None
    endpoint.attention_id = None
    endpoint.touch()
    session.add(endpoint)
    await session.flush()
    if item is not None and not await _is_still_about(session, item):
        await resolve(session, item, by=by)


async def disable(session: AsyncSession, endpoint: Endpoint, why: str) -> None:
    """Send an endpoint nothing more. What waited for it has failed; it is in the feed and can be replayed."""
    _mark_disabled(endpoint, why)
    endpoint.touch()
    session.add(endpoint)
    await session.flush()
    await fail_pending(session, endpoint, why)


async def rotate_secret(session: AsyncSession, vault: Vault, endpoint: Endpoint) -> str:
    """Give an endpoint a new secret and return it; the one before signs too for `ROTATION`."""
    secret = new_secret()
    endpoint.previous_secret_encrypted = endpoint.secret_encrypted
    endpoint.previous_secret_until = clock.now() + ROTATION
    endpoint.secret_encrypted = vault.encrypt(secret)
    endpoint.touch()
    session.add(endpoint)
    await session.flush()
    return secret


async def remove_endpoint(session: AsyncSession, endpoint: Endpoint, *, by: Actor) -> None:
    """Remove an endpoint. Raises Conflict for an agent's."""
    if endpoint.agent_id is not None:
        raise Conflict("in_use", f"This is the webhook_url of {endpoint.agent_id}: clear it there.")
    item = await session.get(Attention, endpoint.attention_id) if endpoint.attention_id is not None else None
    endpoint.attention_id = None
    endpoint.deleted_at = clock.now()
    endpoint.touch()
    session.add(endpoint)
    await session.flush()
    await fail_pending(session, endpoint, REMOVED)
    if item is not None and not await _is_still_about(session, item):
        await resolve(session, item, by=by)


def secrets_of(endpoint: Endpoint, vault: Vault) -> Sequence[str]:
    """Return the secrets that sign now, the newest first. Raises UnreadableSecret."""
    until = endpoint.previous_secret_until
    stored = [endpoint.secret_encrypted]
    if endpoint.previous_secret_encrypted is not None and until is not None and clock.now() < until:
        stored.append(endpoint.previous_secret_encrypted)
    return [vault.decrypt(one) for one in stored]


def endpoint_object(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as the API shows it; instants are RFC 3339 in UTC."""
    return {
        "object": "webhook",
        "id": endpoint.id,
        "webhook_id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "exclude_key": endpoint.exclude_key,
        "agent_id": endpoint.agent_id,
        "enabled": endpoint.enabled,
        "disabled_at": rfc3339(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": rfc3339(endpoint.failing_since),
        "previous_secret_until": rfc3339(endpoint.previous_secret_until),
        "created_at": rfc3339(endpoint.created_at),
        "updated_at": rfc3339(endpoint.updated_at),
        "version": endpoint.version,
    }


def _mark_disabled(endpoint: Endpoint, why: str) -> None:
    endpoint.enabled, endpoint.disabled_at, endpoint.disabled_reason = False, clock.now(), why


async def fail_pending(session: AsyncSession, endpoint: Endpoint, why: str) -> None:
    """End what waits for an endpoint that gets nothing more."""
    await session.exec(
        update(Delivery)
        .where(col(Delivery.endpoint_id) == endpoint.id, col(Delivery.state) == DeliveryState.PENDING)
        .values(
            state=DeliveryState.FAILED,
            next_attempt_at=None,
            error=why,
            updated_at=clock.now(),
            version=col(Delivery.version) + 1,
        )
    )


async def _is_still_about(session: AsyncSession, item: Attention) -> bool:
    """Tell whether an item is also about another endpoint that is disabled."""
    query = (
        select(Endpoint.id).where(Endpoint.attention_id == item.id, col(Endpoint.deleted_at).is_(None)).limit(1)
    )
    return (await session.exec(query)).first() is not None


async def _check_key(session: AsyncSession, account_id: str, key_id: str | None) -> None:
    if key_id is None:
        return
    query = select(ApiKey.id).where(ApiKey.id == key_id, ApiKey.account_id == account_id)
    if (await session.exec(query)).first() is None:
        raise Invalid(
            "invalid_parameter", "exclude_key must be the id of one of this account's keys.", param="exclude_key"
        )
