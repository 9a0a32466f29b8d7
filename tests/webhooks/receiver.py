"""A receiver of webhooks on a real loopback socket, which answers as each test asks."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Posted:
    """One request that came."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        """What it holds."""
        made: dict[str, Any] = json.loads(self.content)
        return made

    def verify(self, secret: str) -> None:
        """Raise unless the reference library takes the signature."""
        Webhook(secret).verify(self.content, self.headers)


@dataclass
class Receiver:
    """What a test works with. `behave` answers; `posted` is what came, in order."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    behave: Behaviour | None = None
    status: int = 204

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Note a request and answer it."""
        self.posted.append(Posted(request.path, dict(request.headers), await request.read()))
        return web.Response(status=self.status) if self.behave is None else await self.behave(request)

    @property
    def types(self) -> list[str]:
        """The types of what came."""
        return [one.body["type"] for one in self.posted]

    @property
    def ids(self) -> list[str]:
        """The events that came."""
        return [one.body["id"] for one in self.posted]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
