"""The vault: unreadable at rest, readable with every key that is still given."""

import pytest

from models.vault import UnreadableSecret, Vault

TOKEN = "0123456789abcdef0123456789abcdef"


def test_a_secret_comes_back_and_is_not_stored_as_it_is() -> None:
    vault = Vault("first")
    stored = vault.encrypt(TOKEN)
    assert TOKEN not in stored
    assert vault.decrypt(stored) == TOKEN


def test_the_same_secret_is_stored_differently_each_time() -> None:
    vault = Vault("first")
    assert vault.encrypt(TOKEN) != vault.encrypt(TOKEN)


def test_what_an_older_key_encrypted_is_still_read_after_rotation() -> None:
    stored = Vault("first").encrypt(TOKEN)
    assert Vault("second,first").decrypt(stored) == TOKEN


def test_after_rotation_the_newest_key_encrypts() -> None:
    stored = Vault("second , first").encrypt(TOKEN)
    assert Vault("second").decrypt(stored) == TOKEN
    with pytest.raises(UnreadableSecret):
        Vault("first").decrypt(stored)


def test_a_key_that_is_gone_is_named_and_the_secret_is_not() -> None:
    stored = Vault("first").encrypt(TOKEN)
    with pytest.raises(UnreadableSecret, match="SHOWUP_SECRET_KEY") as raised:
        Vault("second").decrypt(stored)
    assert stored not in str(raised.value)


def test_what_was_tampered_with_is_not_read() -> None:
    stored = Vault("first").encrypt(TOKEN)
    changed = stored[:-10] + ("A" if stored[-10] != "A" else "B") + stored[-9:]
    with pytest.raises(UnreadableSecret):
        Vault("first").decrypt(changed)


@pytest.mark.parametrize("key", ["", " ", ",", " , "])
def test_an_empty_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Vault(key)
