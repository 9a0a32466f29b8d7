"""Answering a create the way a fault says, taking the text or not."""

import asyncio
import socket
import struct
from collections.abc import Callable
from math import ceil

from aiohttp import web

from sandbox.errors import TwilioError
from sandbox.faults import Accept, Fault, Kind

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


async def misbehave(request: web.Request, fault: Fault, take: Callable[[], web.Response]) -> web.StreamResponse:
    """Answer as the fault says. take: takes the text and gives its right answer.

    Raises TwilioError for the faults that are plain refusals.
    """
    match fault.kind:
        case Kind.RATE_LIMITED:
            refusal = TwilioError(20429)
            return web.Response(
                status=429,
                body=refusal.body(),
                content_type="application/json",
                headers={"Retry-After": str(ceil(fault.seconds))},
            )
        case Kind.SERVER_ERROR:
            raise TwilioError(fault.error, status=503 if fault.error == 20503 else 500)
        case Kind.REFUSED:
            raise TwilioError(fault.error)
        case Kind.HANG:
            return await _hang(request, fault, take)
    if fault.accept is Accept.AT_ONCE:
        take()
    if fault.kind is Kind.BAD_GATEWAY:
        return web.Response(status=502, body=_HTML, content_type="text/html")
    if fault.kind is Kind.EMPTY_ANSWER:
        return web.Response(status=201)
    return _reset(request)


async def _hang(request: web.Request, fault: Fault, take: Callable[[], web.Response]) -> web.StreamResponse:
    answer = take() if fault.accept is Accept.AT_ONCE else None
    await asyncio.sleep(fault.seconds)
    if fault.accept is Accept.LATE:
        answer = take()
    return _reset(request) if answer is None else answer


def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # lingering for no time makes the kernel send RST instead of closing in good order
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=499)
