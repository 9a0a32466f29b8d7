"""How the command behaves, whatever it is asked: help, wrong usage, failures in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import accounts
from tests.cli.conftest import Command
from tests.cli.process import SHOWUP

COMMANDS = [
    (),
    ("serve",),
    ("sandbox",),
    ("evaluate",),
    ("accounts",),
    ("accounts", "create"),
    ("keys",),
    ("keys", "create"),
    ("keys", "list"),
    ("keys", "revoke"),
    ("staff",),
    ("staff", "invite"),
    ("db",),
    ("db", "upgrade"),
    ("db", "check"),
    ("db", "backup"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(showup: Command, folder: Path, command: tuple[str, ...]) -> None:
    ended = showup(*command, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: {' '.join(('showup', *command))} ")
    assert ended.err == ""
    assert list(folder.iterdir()) == []


def test_help_loads_no_room() -> None:
    program = (
        "import sys; from cli.main import app; app(['--help'], standalone_mode=False);"
        "sys.exit(' '.join({'sqlalchemy', 'fastapi', 'twilio', 'rich', 'models'} & set(sys.modules)) or None)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(accounts.__file__).parents[1], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr.decode()) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("serve", "--role", "boss"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "eight"),
        ("serve", "--role", "api", "--demo"),
        ("serve", "--fast"),
        ("sandbox", "--port", "-1"),
        ("accounts", "create"),
        ("accounts", "create", "Riverside", "--timezone", "Mars/Olympus"),
        ("keys", "create"),
        ("keys", "create", "--account", "acct_1", "--scope", "owner"),
        ("staff", "invite", "anna@riverside.example"),
        ("staff", "invite", "anna@riverside.example", "--account", "acct_1", "--role", "queen"),
        ("evaluate",),
        ("db", "backup"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(showup: Command, folder: Path, arguments: tuple[str, ...]) -> None:
    ended = showup(*arguments)
    assert ended.code == 2
    assert "Error: " in ended.err
    assert ended.out == ""
    assert list(folder.iterdir()) == []


def test_a_defect_is_one_line_without_a_traceback(showup: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("what a person wrote")

    monkeypatch.setattr("api.accounts.create_account", broken)
    ended = showup("accounts", "create", "Riverside")
    assert ended.code == 1
    assert ended.err.startswith("showup: a defect in Showup, please report it: KeyError at ")
    assert ended.err.count("\n") == 1
    assert "what a person wrote" not in ended.err


def test_ctrl_c_ends_a_command_in_one_line(showup: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.accounts.create_account", interrupted)
    ended = showup("accounts", "create", "Riverside")
    assert (ended.code, ended.err) == (1, "showup: interrupted\n")


def test_a_reader_that_goes_away_makes_no_noise(showup: Command, folder: Path) -> None:
    assert showup("accounts", "create", "Riverside").code == 0
    reading, writing = os.pipe()
    os.close(reading)
    try:
        listing = subprocess.run(
            [*SHOWUP, "keys", "list"], cwd=folder, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (listing.returncode, listing.stderr) == (1, b"")
