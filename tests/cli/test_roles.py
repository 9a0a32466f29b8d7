"""The roles apart: three processes on one PostgreSQL, and still each reminder goes out exactly once."""

import asyncio
import json
import socket
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from models import clock
from models.base import rfc3339
from tests.cli.conftest import Command, Start
from tests.cli.stored import Stored

REMINDERS = 20
OURS = "+12125550100"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.mark.postgresql
def test_api_scheduler_and_workers_apart_send_each_reminder_once(
    start: Start, showup: Command, folder: Path, migrated_postgres_url: str
) -> None:
    port, sandbox_port = free_port(), free_port()
    settings = {
        "SHOWUP_DATABASE_URL": migrated_postgres_url,
        "SHOWUP_SECRET_KEY": "a key of a test",
        "SHOWUP_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SHOWUP_SANDBOX_PORT": str(sandbox_port),
    }
    api = start("serve", "--role", "api", "--port", str(port), **settings)
    others = [start("serve", "--role", role, **settings) for role in ("scheduler", "worker", "worker")]
    made = json.loads(showup("accounts", "create", "Riverside Dental", "--json", **settings).out)
    api.said(r"Showup is at (\S+)\n")
    for other in others:
        other.said('"event": "started"', on="err")
    headers = {"Authorization": f"Bearer {made['key_id']}:{made['key_secret']}"}
    with httpx.Client(base_url=settings["SHOWUP_PUBLIC_URL"], headers=headers, timeout=30) as client:
        agent_id = client.post("/v1/agents", json={"name": "Desk"}).json()["agent_id"]
        number = {"phone_number": OURS, "carrier": "sandbox", "agent_id": agent_id}
        assert client.post("/v1/phone-numbers", json=number).status_code == 201
        send_at = rfc3339(clock.now() + timedelta(seconds=1))
        reminders = [
            {
                "agent_id": agent_id,
                "to": f"+121255501{index:02}",
                "from_number": OURS,
                "message": "See you soon.",
                "send_at": send_at,
                "any_hour": True,
            }
            for index in range(1, REMINDERS + 1)
        ]
        assert client.post("/v1/reminders/batch", json={"reminders": reminders}).json()["failed"] == 0
        delivered: list[dict[str, str]] = []
        for _ in range(600):
            delivered = client.get("/v1/sms?status=delivered&limit=100").json()["data"]
            if len(delivered) == REMINDERS:
                break
            time.sleep(0.05)
    assert sorted(text["to"] for text in delivered) == [reminder["to"] for reminder in reminders]
    assert [other.stop().code for other in (*others, api)] == [0, 0, 0, 0]
    # The carrier's own books: it was handed each of them once.
    created = [line for line in (folder / "showup.sandbox.jsonl").read_text().splitlines() if '"created"' in line]
    assert len(created) == REMINDERS
    assert showup("db", "check", **settings).out == "What is stored is sound.\n"


@pytest.mark.postgresql
def test_a_worker_must_know_where_the_sandbox_is(showup: Command, migrated_postgres_url: str) -> None:
    stored = asyncio.run(Stored.make(migrated_postgres_url))
    settings = {
        "SHOWUP_DATABASE_URL": stored.url,
        "SHOWUP_SECRET_KEY": "a key of a test",
        "SHOWUP_PUBLIC_URL": "http://127.0.0.1:1",
    }
    ended = showup("serve", "--role", "worker", **settings)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "showup: SHOWUP_SANDBOX_PORT must be set where the roles of the service run apart\n"
