"""`showup serve`: the service in one process, or one role of it. The one place where the rooms are started."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from types import FrameType

import structlog
import uvicorn

from api.app import create_app
from api.services import Services
from cli.database import prepare_database
from cli.problem import Problem
from cli.settings import Settings
from cli.wiring import House, build
from scheduler.watch import watch

log = structlog.get_logger(__name__)

# What is in flight when SIGTERM comes gets this long; the carrier answers or times out within ten seconds.
GRACEFUL_SECONDS = 20

Started = Callable[[House], Awaitable[None]]


async def serve(settings: Settings, *, host: str, port: int, role: str, on_start: Started | None = None) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in flight and take nothing new.

    on_start: called once everything runs. Raises Problem where it cannot start.
    """
    await prepare_database(settings)
    if role in ("scheduler", "worker"):
        await _serve_engine(settings, role)
    else:
        await _serve_http(settings, host, port, role, on_start)


async def _serve_http(settings: Settings, host: str, port: int, role: str, on_start: Started | None) -> None:
    with closing(_bind(host, port)) as listening:
        public_url = settings.public_url or _address(host, listening.getsockname()[1])
        house = build(settings, public_url, role)
        services = _services(house, role)

        async def run_engine() -> None:
            await house.sandbox.start_if_needed(house.database, public_url)
            await house.engine.start()
            log.info("started", role=role, address=public_url)
            if on_start is not None:
                await on_start(house)

        server = _Server(_config(services), started=run_engine, stopping=services.stopping)
        watcher = asyncio.create_task(watch(house.database, house.heard))
        try:
            await server.serve(sockets=[listening])
            if server.failure is not None:
                raise server.failure
        finally:
            await _close(house, watcher)


async def _close(house: House, watcher: "asyncio.Task[None]") -> None:
    """Let what is in hand end, then close; the watcher first and to its end, for it uses the database."""
    watcher.cancel()
    await asyncio.wait([watcher])
    await house.engine.stop()
    await house.close()


def _config(services: Services) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


async def _serve_engine(settings: Settings, role: str) -> None:
    if settings.public_url is None:
        raise Problem(f"SHOWUP_PUBLIC_URL must be set for --role {role}: it is where the carrier reaches the API")
    house = build(settings, settings.public_url, role)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    watcher = asyncio.create_task(watch(house.database, house.heard))
    try:
        await house.sandbox.start_if_needed(house.database, house.public_url)
        await house.engine.start()
        log.info("started", role=role)
        await stopping.wait()
    finally:
        await _close(house, watcher)


def _services(house: House, role: str) -> Services:
    async def readiness() -> list[str]:
        return house.engine.failures() if house.engine.has_work else []

    return Services(
        database=house.database,
        vault=house.vault,
        way_out=house.way_out,
        public_url=house.public_url,
        readiness=readiness,
        rate_limit=house.settings.rate_limit,
        # Where the roles run apart, the others find the sandbox only at a port they were told.
        sandbox=house.sandbox if role == "all" or house.settings.sandbox_port else None,
        carrier_of=house.carriers.of,
        poster=house.poster,
    )


class _Server(uvicorn.Server):
    """Uvicorn, which starts the engine once it listens and ends open streams before it waits for requests."""

    def __init__(
        self, config: uvicorn.Config, *, started: Callable[[], Awaitable[None]], stopping: asyncio.Event
    ) -> None:
        super().__init__(config)
        self._started = started
        self._stopping = stopping
        self.failure: Exception | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        try:
            await self._started()
        except Exception as error:  # noqa: BLE001 - whatever stops the start must also stop the server
            self.failure = error
            self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own, which raises the signal again once it has stopped: the engine, which must still let
        # the texts in hand settle, would be killed.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self._stopping.set()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle off; without, small answers wait 40 ms for an acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        raise Problem(f"cannot listen on {host}:{port}: {reason}. Choose another with --port.") from None
    listening.listen(2048)
    listening.setblocking(False)
    return listening


def _address(host: str, port: int) -> str:
    """Return where this machine reaches what listens on a host: every address is also the loopback one."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compares, binds nothing
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104 - compares, binds nothing
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
