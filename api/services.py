"""What routes work with: made once by the command line, handed to `create_app`, found on every request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from api.auth import Keys
from api.idempotency import Running
from api.rate import Rate
from messaging.send import WayOut
from models.database import Database
from models.vault import Vault


async def _ready() -> list[str]:
    return []


@dataclass
class Services:
    """The rooms below, wired.

    public_url: where the carrier and browsers reach this service, without a slash at its end.
    readiness: returns what is not working at present, a sentence each; nothing when all is well.
    rate_limit: requests a minute for each key; None for no limit.
    """

    database: Database
    vault: Vault
    way_out: WayOut
    public_url: str
    readiness: Callable[[], Awaitable[list[str]]] = _ready
    rate_limit: int | None = None
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
