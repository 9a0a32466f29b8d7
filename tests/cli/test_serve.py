"""`showup serve`: starting, stopping, and what it says."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx
import pytest

from cli.running import run
from tests.cli.conftest import Command, Start
from tests.cli.process import Process
from tests.cli.stored import Stored


def address(service: Process) -> str:
    """Where the service is."""
    return service.said(r"^Showup is at (http://\S+)\n")[1]


def test_it_serves_until_it_is_asked_to_end(start: Start, showup: Command) -> None:
    service = start("serve", "--port", "0")
    url = address(service)
    service.said(r"There is no account yet: showup accounts create NAME")
    assert httpx.get(f"{url}/readyz").json() == {"status": "ok", "failures": []}
    # What another process stores is known at once.
    made = json.loads(showup("accounts", "create", "Riverside", "--json").out)
    headers = {"Authorization": f"Bearer {made['key_id']}:{made['key_secret']}"}
    assert httpx.get(f"{url}/v1/account", headers=headers).json()["name"] == "Riverside"
    ended = service.stop(signal.SIGTERM)
    assert ended.code == 0
    assert all(json.loads(line)["level"] == "info" for line in ended.err.splitlines())


def test_ctrl_c_waits_for_no_open_stream(start: Start) -> None:
    service = start("serve", "--port", "0", "--demo")
    url = address(service)
    token = service.said(r"sign-in\?token=(\S+)\n")[1]
    with httpx.Client(base_url=url) as browser:
        assert browser.post("/sign-in", data={"token": token}).status_code == 303
        with browser.stream("GET", "/live", timeout=60) as stream:
            assert stream.status_code == 200
            assert next(stream.iter_lines()) is not None
            ended = service.stop(signal.SIGINT)
    assert (ended.code, ended.err) == (0, "")


def test_the_service_runs_on_the_fast_loop_and_a_short_command_on_pythons() -> None:
    pytest.importorskip("uvloop")

    async def loop() -> str:
        return type(asyncio.get_running_loop()).__module__.partition(".")[0]

    assert run(loop(), fast_loop=True) == "uvloop"
    assert run(loop()) == "asyncio"


def test_a_taken_port_is_one_line(showup: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = showup("serve", "--port", str(port))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"showup: cannot listen on 127.0.0.1:{port}: Address already in use. Choose another with --port.\n"
    )


def test_a_host_that_is_not_ours_is_one_line(showup: Command) -> None:
    ended = showup("serve", "--host", "192.0.2.1", "--port", "0")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert ended.err.startswith("showup: cannot listen on 192.0.2.1:0: ")


def test_a_host_that_has_no_address_is_one_line(showup: Command) -> None:
    ended = showup("serve", "--host", "nowhere.invalid", "--port", "0")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert ended.err.startswith("showup: cannot listen on nowhere.invalid:0: ")


def test_the_workers_need_to_know_where_the_api_is(showup: Command) -> None:
    for role in ("scheduler", "worker"):
        ended = showup("serve", "--role", role)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith("showup: SHOWUP_PUBLIC_URL must be set for --role ")


async def test_a_key_that_does_not_open_what_is_stored_is_one_line(
    showup: Command, migrated_sqlite_url: str
) -> None:
    await Stored.make(migrated_sqlite_url)
    settings = {"SHOWUP_DATABASE_URL": migrated_sqlite_url, "SHOWUP_SECRET_KEY": "another key"}
    ended = await asyncio.to_thread(lambda: showup("serve", "--port", "0", **settings))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("showup: SHOWUP_SECRET_KEY: a stored carrier token was encrypted with another")
    assert ended.err.count("\n") == 1


async def test_a_broken_ledger_of_the_sandbox_is_one_line(
    showup: Command, folder: Path, migrated_sqlite_url: str
) -> None:
    stored = await Stored.make(migrated_sqlite_url)
    ledger = Path(migrated_sqlite_url.removeprefix("sqlite:///") + ".sandbox.jsonl")
    ledger.write_text("nonsense\n")
    ended = await stored.run(showup, "serve", "--port", "0")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"showup: the sandbox's ledger {ledger} cannot be read")
    assert ended.err.count("\n") == 1
    assert ledger.read_text() == "nonsense\n"
