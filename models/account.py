"""Accounts, the practices that use Showup, and their API keys."""

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlmodel import Field, SQLModel

from models import clock
from models.base import Stored
from models.columns import JsonColumn, UtcDateTime
from models.ids import new_id

DEFAULT_SENDING_HOURS = {"start": "08:00", "end": "21:00"}
SCOPES = ("read", "write", "admin")


class Account(Stored, table=True):
    """A practice. `timezone` is IANA; `sending_hours` are local times, null for any hour; `settle` is ISO 8601."""

    __tablename__ = "accounts"

    id: str = Field(default_factory=lambda: new_id("acct"), primary_key=True)
    name: str
    timezone: str = "UTC"
    sending_hours: dict[str, str] | None = Field(
        default_factory=lambda: dict(DEFAULT_SENDING_HOURS), sa_type=JsonColumn
    )
    skip_holidays: str | None = None
    settle: str = "PT2M"
    opt_out_scope: str = "account"
    first_text_footer: bool = True


class ApiKey(SQLModel, table=True):
    """A key of an account. Only the hash of its secret is stored."""

    __tablename__ = "api_keys"

    id: str = Field(default_factory=lambda: new_id("key"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id", index=True)
    name: str = ""
    secret_hash: str
    scopes: list[str] = Field(default_factory=lambda: list(SCOPES), sa_type=JsonColumn)
    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @classmethod
    def issue(cls, account_id: str, *, name: str = "", scopes: list[str] | None = None) -> tuple["ApiKey", str]:
        """Make a key and return it with its secret, which is never stored.

        The secret is 256 random bits, so a plain SHA-256 of it cannot be guessed back; a slow password hash
        would only slow each request down.
        """
        secret = secrets.token_urlsafe(32)
        key = cls(account_id=account_id, name=name, secret_hash=hash_secret(secret), scopes=scopes or list(SCOPES))
        return key, secret

    def accepts(self, secret: str) -> bool:
        """Tell whether this is the key's secret, in constant time, and the key is not revoked."""
        return hmac.compare_digest(self.secret_hash, hash_secret(secret)) and self.revoked_at is None


def hash_secret(secret: str) -> str:
    """Return the stored form of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
