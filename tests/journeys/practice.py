"""A practice on a service in a process of its own, and a patient with a phone."""

import hashlib
import hmac
import json
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from models import clock
from models.base import rfc3339
from tests.cli.process import SHOWUP, Ended, Process

OURS = "+12125550100"
SECRET_KEY = "a key of a test"
# Far more than anything takes, so that what never comes fails.
LONGEST = 30.0


class Practice:
    """`showup serve` in a folder of its own, used over HTTP only, as a practice and its patient use it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._port, self._sandbox_port = free_port(), free_port()
        self._settings = os.environ | {
            "SHOWUP_SECRET_KEY": SECRET_KEY,
            "SHOWUP_SANDBOX_PORT": str(self._sandbox_port),
            **settings,
        }
        self._service: Process | None = None
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=LONGEST)
        control_token = hmac.new(SECRET_KEY.encode(), b"sandbox", hashlib.sha256).hexdigest()
        self._phone = httpx.Client(
            base_url=f"http://127.0.0.1:{self._sandbox_port}/sandbox",
            headers={"Authorization": f"Bearer {control_token}"},
            timeout=LONGEST,
        )
        self._agent_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._phone.close()
        if self._service is not None:
            self._service.__exit__(kind, error, trace)

    def start(self) -> None:
        """Start the service, and wait until it says that it is ready."""
        self._service = self._run("serve", "--port", str(self._port))
        self._service.said(r"Showup is at (\S+)\n")

    def stop(self) -> Ended:
        """Ask the service to end, and wait until it did."""
        assert self._service is not None
        return self._service.stop()

    def kill(self) -> None:
        """End the service at once, whatever it is doing."""
        assert self._service is not None
        self._service.process.kill()
        self._service.ended()

    def open(self) -> None:
        """Make an account, an agent and a sandbox number, with the command and the API."""
        with self._run(
            "accounts", "create", "Riverside Dental", "--timezone", "America/New_York", "--json"
        ) as made:
            account = json.loads(made.ended().out)
        self._client.headers["Authorization"] = f"Bearer {account['key_id']}:{account['key_secret']}"
        self._agent_id = self.post("/v1/agents", name="Front desk")["agent_id"]
        self.post("/v1/phone-numbers", phone_number=OURS, carrier="sandbox", agent_id=self._agent_id)

    def book(self, phone: str, *, reminder_in: float, message: str) -> dict[str, Any]:
        """Book Ana, who has this phone, for tomorrow, with a reminder that is due in so many seconds."""
        starts_at = clock.now() + timedelta(days=1, seconds=reminder_in)
        return self.post(
            "/v1/appointments",
            contact={"name": "Ana Ruiz", "phone_number": phone},
            starts_at=rfc3339(starts_at),
            reminders=[{"before": "PT24H", "message": message, "any_hour": True}],
        )

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Send a request that must succeed, and return the object it answers."""
        answer = self._client.post(path, json=fields)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        """Read an object."""
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def send(self, phone: str, message: str) -> dict[str, Any]:
        """Text a patient now."""
        return self.post("/v1/sms", agent_id=self._agent_id, to=phone, from_number=OURS, message=message)

    def screen(self, phone: str) -> list[tuple[str, str, str]]:
        """Read a patient's phone: the direction, words and status of each text, oldest first."""
        answer = self._phone.get(f"/phones/{phone}/messages")
        assert answer.status_code == 200, answer.text
        return [(text["direction"], text["body"], text["status"]) for text in answer.json()["data"]]

    def delivered(self, phone: str) -> list[str]:
        """Read the words of what reached a patient's phone."""
        return [body for _, body, status in self.screen(phone) if status == "delivered"]

    def answer(self, phone: str, body: str) -> None:
        """Let a patient text the practice."""
        answer = self._phone.post(f"/phones/{phone}/messages", json={"to": OURS, "body": body})
        assert (answer.status_code, answer.json()["webhook_status"]) == (201, 200)

    def break_carrier(self, **fault: Any) -> None:
        """Put a rule in force that says how the carrier misbehaves."""
        assert self._phone.post("/faults", json=fault).status_code == 201

    def _run(self, *arguments: str) -> Process:
        return Process(self._folder, (*SHOWUP, *arguments), self._settings)


def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Look again and again until what is seen is wanted; fails with what was seen last."""
    ends = time.monotonic() + LONGEST
    while not wanted(seen := look()):
        assert time.monotonic() < ends, f"it never came: {seen}"
        time.sleep(0.05)
    return seen


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
