"""The far end of the sandbox carrier: a person's phone, over the carrier's control API."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote

import aiohttp

from api.services import Services
from models.errors import Unavailable

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=3)
_MOST_TEXTS = 100


@runtime_checkable
class Control(Protocol):
    """Where the sandbox carrier is controlled, and with which token."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""

    @property
    def control_token(self) -> str:
        """What opens its control API."""


def control_of(services: Services) -> Control | None:
    """Return where the sandbox carrier of the service is controlled, or None where none can be."""
    sandbox: object = services.sandbox
    return sandbox if isinstance(sandbox, Control) else None


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text on the phone's screen. mine: the phone's owner wrote it. at: RFC 3339, UTC."""

    id: str
    number: str
    carrier_account: str
    mine: bool
    body: str
    status: str
    at: str


class SandboxPhone:
    """The phone of one number."""

    def __init__(self, control: Control, phone_number: str) -> None:
        self._control = control
        self._address = f"{control.url}/sandbox/phones/{quote(phone_number, safe='')}/messages"
        self._phone_number = phone_number

    async def texts(self) -> list[Bubble]:
        """Return the newest texts of both directions, oldest first. Raises Unavailable."""
        body = await self._ask("GET", params={"limit": str(_MOST_TEXTS)})
        return [self._bubble(message) for message in body["data"]]

    async def write(self, to: str, text: str) -> None:
        """Text a number as the phone's owner. Raises Unavailable, also where our side did not take the text."""
        answer = await self._ask("POST", json={"to": to, "body": text})
        status = answer.get("webhook_status")
        if not (isinstance(status, int) and 200 <= status < 300):
            raise Unavailable(f"The text was sent, but this service did not take it (it answered {status}).")

    async def _ask(self, method: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._control.control_token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
                session.request(method, self._address, **options) as response,
            ):
                body: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Unavailable("The sandbox carrier does not answer.") from None
        if response.status >= 400:
            raise Unavailable(f"The sandbox carrier refused: {body['error']['message']}.")
        return body

    def _bubble(self, message: dict[str, Any]) -> Bubble:
        mine = message["from"] == self._phone_number
        return Bubble(
            id=message["sid"],
            number=message["to"] if mine else message["from"],
            carrier_account=message["account_sid"],
            mine=mine,
            body=message["body"],
            status=message["status"],
            at=message["created_at"],
        )
