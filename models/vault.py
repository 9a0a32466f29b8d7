"""The vault keeps carrier tokens unreadable at rest, with keys that can be rotated.

`SHOWUP_SECRET_KEY` may hold any text; a Fernet key is derived from each part, newest first. What was encrypted
with an older one is still read.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class UnreadableSecret(Exception):
    """A stored secret was encrypted with a key that is no longer given."""


class Vault:
    """Encrypts and decrypts with the newest key first."""

    def __init__(self, secret_key: str) -> None:
        """secret_key: one or several, comma-separated, newest first; raises ValueError for an empty one."""
        self.keys = [part.strip() for part in secret_key.split(",") if part.strip()]
        if not self.keys:
            raise ValueError("the secret key is empty")
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in self.keys])

    def encrypt(self, secret: str) -> str:
        """Return the stored form of a secret."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Return the secret; raises UnreadableSecret where no key given fits."""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret("a stored carrier token was encrypted with another SHOWUP_SECRET_KEY") from None


def _derive(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"showup-vault:" + key.encode()).digest())
