"""Accounts, keys and staff from the command line."""

import json
import re

import pytest

from tests.cli.conftest import Command


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgresql)])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """An empty SQLite database, which the commands make themselves; a migrated PostgreSQL one."""
    if request.param == "sqlite":
        return {}
    url = request.getfixturevalue("migrated_postgres_url")
    return {"SHOWUP_DATABASE_URL": url, "SHOWUP_SECRET_KEY": "a key of a test"}


def made(showup: Command, settings: dict[str, str]) -> dict[str, str]:
    """An account with its first key."""
    ended = showup("accounts", "create", "Riverside Dental", "--json", **settings)
    assert (ended.code, ended.err) == (0, "")
    fields: dict[str, str] = json.loads(ended.out)
    return fields


def keys(showup: Command, settings: dict[str, str], *options: str) -> list[dict[str, str | list[str] | None]]:
    """The keys listed."""
    listed: list[dict[str, str | list[str] | None]]
    listed = json.loads(showup("keys", "list", "--json", *options, **settings).out)
    return listed


def test_an_account_comes_with_a_key_of_every_scope(showup: Command, settings: dict[str, str]) -> None:
    fields = made(showup, settings)
    assert set(fields) == {"account_id", "key_id", "key_secret"}
    assert re.fullmatch(r"acct_[0-9a-z]{16,}", fields["account_id"])
    assert re.fullmatch(r"key_[0-9a-z]{16,}", fields["key_id"])
    [key] = keys(showup, settings)
    assert key["key_id"] == fields["key_id"]
    assert key["scopes"] == ["read", "write", "admin"]
    assert fields["key_secret"] not in json.dumps(key)


def test_without_json_each_field_has_a_line(showup: Command) -> None:
    ended = showup("accounts", "create", "Riverside", "--timezone", "Europe/Berlin")
    assert [line.partition(": ")[0] for line in ended.out.splitlines()] == ["account_id", "key_id", "key_secret"]


def test_an_account_needs_a_name(showup: Command) -> None:
    ended = showup("accounts", "create", "  ")
    assert (ended.code, ended.err) == (1, "showup: An account needs a name.\n")


def test_a_key_has_the_scopes_asked_for(showup: Command, settings: dict[str, str]) -> None:
    account_id = made(showup, settings)["account_id"]
    options = ("--account", account_id, "--name", "Calendar", "--scope", "read", "--scope", "write")
    ended = showup("keys", "create", *options, "--json", **settings)
    assert json.loads(ended.out)["scopes"] == ["read", "write"]
    assert [key["name"] for key in keys(showup, settings)] == ["", "Calendar"]


def test_keys_are_listed_by_account_and_as_a_table(showup: Command) -> None:
    first, second = made(showup, {}), made(showup, {})
    assert [key["key_id"] for key in keys(showup, {}, "--account", second["account_id"])] == [second["key_id"]]
    heading, *rows = showup("keys", "list").out.splitlines()
    assert heading.split() == ["key_id", "account_id", "name", "scopes", "created_at", "revoked_at"]
    assert [row.split()[0] for row in rows] == [first["key_id"], second["key_id"]]


def test_no_keys_are_no_lines(showup: Command) -> None:
    assert showup("keys", "list").out == ""
    assert keys(showup, {}) == []


def test_revoking_a_key_twice_is_revoking_it(showup: Command, settings: dict[str, str]) -> None:
    key_id = made(showup, settings)["key_id"]
    for _ in range(2):
        ended = showup("keys", "revoke", key_id, **settings)
        assert (ended.code, ended.out) == (0, f"{key_id} is revoked.\n")
    [key] = keys(showup, settings)
    assert key["revoked_at"] is not None


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("keys", "create", "--account", "acct_nobody"), "There is no account acct_nobody."),
        (("keys", "list", "--account", "acct_nobody"), "There is no account acct_nobody."),
        (("keys", "revoke", "key_none"), "There is no key key_none."),
        (("staff", "invite", "a@b.example", "--account", "acct_nobody"), "There is no account acct_nobody."),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_what_is_not_there_is_said(showup: Command, command: tuple[str, ...], line: str) -> None:
    ended = showup(*command)
    assert (ended.code, ended.out, ended.err) == (1, "", f"showup: {line}\n")


def test_an_invitation_is_a_link_to_the_service(showup: Command, settings: dict[str, str]) -> None:
    account_id = made(showup, settings)["account_id"]
    invitation = ("staff", "invite", "Anna@Riverside.example", "--account", account_id, "--role", "admin")
    here = showup(*invitation, **settings)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/sign-in\?token=[\w-]{43}\n", here.out)
    assert "SHOWUP_PUBLIC_URL" in here.err
    there = showup(*invitation, **settings, SHOWUP_PUBLIC_URL="https://showup.example.com/")
    assert re.fullmatch(r"https://showup\.example\.com/sign-in\?token=[\w-]{43}\n", there.out)
    assert there.err == ""


def test_an_invitation_needs_an_address(showup: Command) -> None:
    account_id = made(showup, {})["account_id"]
    ended = showup("staff", "invite", "anna", "--account", account_id)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("showup: email must be an e-mail address")
