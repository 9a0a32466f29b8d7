"""What routes work with: made once by the command line, handed to `create_app`, found on every request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request

from api.auth import Keys
from api.idempotency import Running
from api.rate import Rate
from messaging.send import CarrierOf, WayOut
from models.database import Database
from models.vault import Vault
from webhooks.post import Poster


class Sandbox(Protocol):
    """The sandbox carrier, as importing a number needs it."""

    async def register(self, account_id: str, phone_number: str, sms_url: str) -> tuple[str, str, str]:
        """Make a number whose inbound texts go to `sms_url`; return account SID, token and the number's SID."""


async def _ready() -> list[str]:
    return []


@dataclass
class Services:
    """The rooms below, wired.

    carrier_of: the client of a number's `carrier`.
    public_url: where the carrier and browsers reach this service, without a slash at its end.
    sandbox: where numbers of the sandbox are made; None where there is none.
    readiness: returns what is not working at present, a sentence each; nothing when all is well.
    rate_limit: requests a minute for each key; None for no limit.
    stopping: set when the service shuts down; streams then end themselves.
    poster: posts to webhooks, and knows whether they may be in this network.
    """

    database: Database
    vault: Vault
    way_out: WayOut
    carrier_of: CarrierOf
    public_url: str
    sandbox: Sandbox | None = None
    readiness: Callable[[], Awaitable[list[str]]] = _ready
    rate_limit: int | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    poster: Poster = field(default_factory=Poster)
    keys: Keys = field(init=False)
    rate: Rate = field(init=False)
    running: Running = field(default_factory=Running, init=False)

    def __post_init__(self) -> None:
        self.keys = Keys(self.database)
        self.rate = Rate(self.rate_limit)


def services_of(request: Request) -> Services:
    """Return the services of the application that a request came to."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services
