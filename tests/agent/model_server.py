"""A double of the model's API on a real loopback socket, which behaves as each test asks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def proposal(**given: Any) -> dict[str, Any]:
    """A model's proposal: a sure confirm, unless said otherwise."""
    usual: dict[str, Any] = {
        "intent": "confirm",
        "confidence": 0.97,
        "appointment": None,
        "appointments": [],
        "requested_time": None,
        "late_minutes": None,
        "reply": None,
        "unanswered_question": False,
        "reason": "says yes",
    }
    return usual | given


def completion(content: str | None, *, refusal: str | None = None) -> dict[str, Any]:
    """What the API wraps a model's words in."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "double",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def answers(**given: Any) -> Behaviour:
    """Answers with one proposal."""
    return says(json.dumps(proposal(**given)))


def says(content: str | None, *, refusal: str | None = None) -> Behaviour:
    """Answers with these words."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.json_response(completion(content, refusal=refusal))

    return behave


def fails(status: int, body: str = '{"error": {"message": "sk-secret is wrong"}}') -> Behaviour:
    """Answers with an error."""

    async def behave(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type="application/json")

    return behave


async def stalls(_: web.Request) -> web.StreamResponse:
    """Takes the request and never answers."""
    await asyncio.sleep(60)
    raise AssertionError("nobody waits this long")


async def trickles(request: web.Request) -> web.StreamResponse:
    """Sends a space now and then, for ever."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(6000):
        await response.write(b" ")
        await asyncio.sleep(0.01)
    return response


async def floods(request: web.Request) -> web.StreamResponse:
    """Sends far more than any decision needs."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(64):
        await response.write(b" " * 65536)
    return response


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Closes the connection in the middle of the answer."""
    response = web.StreamResponse(headers={"Content-Length": "500", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def html(_: web.Request) -> web.StreamResponse:
    """Answers 200 with a gateway's page."""
    return web.Response(text="<html>welcome</html>", content_type="text/html")


class ModelServer:
    """Takes one behaviour for each request, the last one for all that follow."""

    def __init__(self) -> None:
        self.behaviours: list[Behaviour] = [answers()]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.asked = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        self.asked.set()
        behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        return await behave(request)


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """The double, listening on a free loopback port."""
    server = ModelServer()
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's server has sockets
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
