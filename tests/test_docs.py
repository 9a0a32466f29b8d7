"""The documents name what exists: commands, settings, endpoints, files."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from api import openapi
from api.app import create_app
from api.services import Services
from cli.main import app
from cli.settings import Settings
from messaging.carriers.twilio import TwilioCarrier
from messaging.send import WayOut
from models.database import Database
from models.vault import Vault

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS = {
    str(field.validation_alias or f"SHOWUP_{name.upper()}") for name, field in Settings.model_fields.items()
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; nothing of the services is used to make it."""
    database = Database("sqlite:///nothing.db")
    carrier = TwilioCarrier("http://127.0.0.1:9")
    way_out = WayOut(database, Vault("key"), lambda _: carrier, public_url="http://127.0.0.1:9")
    services = Services(database, Vault("key"), way_out, lambda _: carrier, public_url="http://127.0.0.1:9")
    return openapi.document(create_app(services))


def commands() -> set[tuple[str, ...]]:
    """Every command of the command line, and every group of commands."""
    found: set[tuple[str, ...]] = {(name,) for name in names(app)}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found |= {(str(group.name),)} | {(str(group.name), name) for name in names(group.typer_instance)}
    return found


def names(of: typer.Typer) -> list[str]:
    """The names of the commands that stand directly in a group."""
    return [str(command.name or getattr(command.callback, "__name__", "")) for command in of.registered_commands]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_named_exist(path: Path) -> None:
    text = " ".join(path.read_text().split())
    named = re.findall(r"`showup ([a-z]+)(?: ([a-z]+)\b)?", text)
    groups = {command[0] for command in commands() if len(command) == 2}
    wanted = {(first, second) if first in groups else (first,) for first, second in named}
    assert wanted <= commands()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_settings_named_exist(path: Path) -> None:
    assert set(re.findall(r"\b(?:SHOWUP|OPENAI)_[A-Z_]+\b", path.read_text())) - SETTINGS <= {"SHOWUP_KEY"}


def test_every_setting_and_every_command_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == SETTINGS
    explained = set(re.findall(r"`showup ([a-z]+(?: [a-z]+)?)", text))
    groups = {command[0] for command in commands() if len(command) == 2}
    assert {
        " ".join(command) for command in commands() if command[0] not in groups or len(command) == 2
    } <= explained


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_endpoints_named_exist(path: Path) -> None:
    described = document()["paths"]
    for method, address in re.findall(
        r"`(GET|POST|PUT|PATCH|DELETE) (/(?:v1|[a-z]+z\b)[^`?\s]*)", path.read_text()
    ):
        assert method.lower() in described[address], f"{method} {address}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_files_named_exist(path: Path) -> None:
    for linked in re.findall(r"\]\((?!https?://)([^)#]+)\)", path.read_text()):
        assert (path.parent / linked).exists(), linked
    for named in re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py|\.md)?)`", path.read_text()):
        assert (ROOT / named).exists() or any(ROOT.glob(f"*/{named}")), named
