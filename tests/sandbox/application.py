"""An application as Twilio sees it: a server on loopback that takes callbacks and checks their signatures."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from twilio.request_validator import RequestValidator

TWIML = "text/xml"


@dataclass(frozen=True)
class Post:
    """One request that the application got, and whether its signature was right."""

    path: str
    form: dict[str, str]
    signed: bool
    token: str


@dataclass
class Application:
    """Collects what is posted to it and answers `answer` with `status`."""

    auth_token: str
    answer: str = "<Response/>"
    status: int = 200
    posts: list[Post] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Be gone: connections are refused from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def wait_for(self, wanted: Callable[[list[Post]], bool]) -> list[Post]:
        """What was posted, once it is as wanted; fails after five seconds."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: wanted(self.posts))
        return list(self.posts)

    async def wait_for_count(self, count: int) -> list[Post]:
        """What was posted, once there are so many."""
        return await self.wait_for(lambda posts: len(posts) >= count)

    async def _take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = f"{self.url}{request.raw_path}"
        given = request.headers.get("X-Twilio-Signature", "")
        signed = RequestValidator(self.auth_token).validate(url, form, given)
        fields = form | dict(request.query) if request.method == "GET" else form
        token = request.headers.get("I-Twilio-Idempotency-Token", "")
        async with self._changed:
            self.posts.append(Post(request.path, fields, signed, token))
            self._changed.notify_all()
        return web.Response(status=self.status, text=self.answer, content_type=TWIML)
