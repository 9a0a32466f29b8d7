"""Who asks: API keys, sent as `Authorization: Bearer KEY_ID:KEY_SECRET`, and what their scopes allow."""

import hmac
import time
from dataclasses import dataclass

from api.errors import InvalidKey
from models.account import ApiKey, hash_secret
from models.database import Database
from models.errors import NotPermitted
from models.event import Actor

# A revoked key is refused within this many seconds, also where another process revoked it.
REMEMBERED_FOR = 1.0
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Principal:
    """The key that a request came with."""

    account_id: str
    key_id: str
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        """The key as events name it."""
        return Actor("api", self.key_id)

    def require(self, scope: str) -> None:
        """Raise NotPermitted unless the key has the scope."""
        if scope not in self.scopes:
            raise NotPermitted("insufficient_scope", f"This key lacks the scope {scope!r}.")


class Keys:
    """Checks keys against the database, which is asked at most once a second for each key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[str, tuple[float, ApiKey]] = {}

    async def authenticate(self, header: str | None) -> Principal:
        """Return whose key an `Authorization` header holds. Raises InvalidKey."""
        if not header:
            raise InvalidKey("Send your API key: Authorization: Bearer KEY_ID:KEY_SECRET.")
        scheme, _, credentials = header.partition(" ")
        key_id, _, secret = credentials.strip().partition(":")
        if scheme.lower() != "bearer" or not key_id or not secret:
            raise InvalidKey("The Authorization header must be: Bearer KEY_ID:KEY_SECRET.")
        key = await self._find(key_id)
        if key is None:
            # An unknown key costs what a known one costs.
            hmac.compare_digest(hash_secret(secret), hash_secret(""))
        if key is None or not key.accepts(secret):
            raise InvalidKey("This API key is unknown, revoked, or its secret is wrong.")
        return Principal(key.account_id, key.id, frozenset(key.scopes))

    def forget(self, key_id: str) -> None:
        """Ask the database again at the key's next use."""
        self._remembered.pop(key_id, None)

    async def _find(self, key_id: str) -> ApiKey | None:
        if not (key_id.isascii() and key_id.isprintable() and len(key_id) <= 64):
            return None
        remembered = self._remembered.get(key_id)
        now = time.monotonic()
        if remembered is not None and now - remembered[0] < REMEMBERED_FOR:
            return remembered[1]
        async with self._database.read() as session:
            key = await session.get(ApiKey, key_id)
            if key is not None:
                session.expunge(key)
        if key is None:
            self._remembered.pop(key_id, None)
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key_id] = (now, key)
        return key
