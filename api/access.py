"""What every response is: counted, logged without bodies or queries, safe in a browser, and never a traceback."""

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.errors import Broken, fault_answer

log = structlog.get_logger(__name__)

# An answer of the API is data: nothing in it may run, be framed or be guessed to be something else.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_QUIET = ("/healthz", "/readyz", "/metrics")
# A stream lasts as long as its page is open, which says nothing of how quick we are.
_STREAMS = ("/live", "/v1/events")


class Access:
    """Logs and counts each request; a defect becomes a 500 with the contract's body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_safely)
        except Exception:  # the last resort: whatever a handler missed is logged here and answered plainly
            log.exception("request failed", method=scope["method"])
            if status:
                raise
            await fault_answer(Broken())(scope, receive, send_safely)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_path(scope)
        metrics.REQUESTS.labels(scope["method"] if route else "", route, str(status)).inc()
        if route in _STREAMS:
            return
        metrics.LATENCY.labels(route).observe(seconds)
        if route not in _QUIET:
            log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def route_path(scope: Scope) -> str:
    """Return the template of the address that was matched, never the address itself: it may name a person."""
    return getattr(scope.get("route"), "path_format", "")
