"""Accounts, their settings and their API keys, for the routes and the command line."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging import local_time
from models import clock
from models.account import SCOPES, Account, ApiKey
from models.base import rfc3339
from models.errors import Invalid, NotFound


async def create_account(session: AsyncSession, name: str, timezone: str = "UTC") -> tuple[Account, ApiKey, str]:
    """Make an account with a first key of every scope; return it, the key, and the key's secret.

    Raises Invalid for an empty name, UnknownZone for what is not a time zone.
    """
    if not name.strip():
        raise Invalid("invalid_parameter", "An account needs a name.", param="name")
    local_time.zone(timezone)
    account = Account(name=name.strip(), timezone=timezone)
    session.add(account)
    await session.flush()
    key, secret = await create_key(session, account.id)
    return account, key, secret


async def create_key(
    session: AsyncSession, account_id: str, *, name: str = "", scopes: list[str] | None = None
) -> tuple[ApiKey, str]:
    """Make a key of an account; return it with its secret, which is not stored. Without scopes: all of them.

    Raises NotFound for an unknown account, Invalid for an unknown scope.
    """
    if await session.get(Account, account_id) is None:
        raise NotFound("account", account_id, param="account_id")
    for scope in scopes or []:
        if scope not in SCOPES:
            raise Invalid(
                "invalid_parameter", f"{scope!a} is not a scope: use {', '.join(SCOPES)}.", param="scope"
            )
    key, secret = ApiKey.issue(account_id, name=name, scopes=list(dict.fromkeys(scopes or SCOPES)))
    session.add(key)
    await session.flush()
    return key, secret


async def revoke_key(session: AsyncSession, key_id: str) -> ApiKey:
    """Make a key worthless from now on (a running server notices within a second). Raises NotFound."""
    key = await session.get(ApiKey, key_id)
    if key is None:
        raise NotFound("key", key_id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        session.add(key)
    return key


async def list_keys(session: AsyncSession, account_id: str | None = None) -> list[ApiKey]:
    """Return the keys of an account, or of all, oldest first; revoked ones too. Raises NotFound."""
    query = select(ApiKey).order_by(col(ApiKey.created_at), col(ApiKey.id))
    if account_id is not None:
        if await session.get(Account, account_id) is None:
            raise NotFound("account", account_id, param="account_id")
        query = query.where(ApiKey.account_id == account_id)
    return list((await session.exec(query)).all())


def change_account(session: AsyncSession, account: Account, settings: Mapping[str, Any]) -> bool:
    """Set the settings given and tell whether anything changed."""
    changed = {name: value for name, value in settings.items() if getattr(account, name) != value}
    for name, value in changed.items():
        setattr(account, name, value)
    if changed:
        account.touch()
        session.add(account)
    return bool(changed)


def account_object(account: Account) -> dict[str, Any]:
    """Return an account as the API shows it; instants are RFC 3339 in UTC."""
    return {
        "object": "account",
        "id": account.id,
        "account_id": account.id,
        "name": account.name,
        "timezone": account.timezone,
        "sending_hours": account.sending_hours,
        "skip_holidays": account.skip_holidays,
        "settle": account.settle,
        "opt_out_scope": account.opt_out_scope,
        "first_text_footer": account.first_text_footer,
        "created_at": rfc3339(account.created_at),
        "updated_at": rfc3339(account.updated_at),
        "version": account.version,
    }
