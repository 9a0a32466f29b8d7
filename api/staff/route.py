"""The way of every request for a page: what goes wrong is told in plain words, on a page and never as JSON."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.body import unstorable
from api.errors import BodyTooLarge, Broken, fault_of
from api.services import services_of
from api.staff.pages import page, sentence, wants_part
from api.staff.session import Cookies
from models.errors import Fault, Invalid, NotFound

log = structlog.get_logger(__name__)

LARGEST_FORM = 1 << 20

_TITLES = {
    400: "That could not be read",
    401: "Please sign in",
    403: "That is not possible",
    404: "There is nothing here",
    409: "That cannot be done now",
    412: "Somebody was faster",
    413: "That is too much",
    500: "Something went wrong here",
    503: "Not available at the moment",
}


class NotSignedIn(Fault):
    """A page for people who are signed in."""

    type = "authentication_error"
    status = 401

    def __init__(self) -> None:
        super().__init__("not_signed_in", "You are signed out. Sign in with a new link to go on.")


class PageRoute(APIRoute):
    """A route that answers a browser."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                _require_small(request)
                _require_storable(request)
                response = await handler(request)
            except Exception as error:  # noqa: BLE001 - a person reads the answer: whatever it is, it becomes a page
                return _page_for(request, _fault(error))
            if renewed := getattr(request.state, "renewed_session", None):
                Cookies(services_of(request)).set(response, renewed)
            return response

        return handle


def _require_small(request: Request) -> None:
    """Raise BodyTooLarge for more than any form of ours holds; a browser always says how much it sends."""
    length = request.headers.get("Content-Length", "")
    chunked = "Transfer-Encoding" in request.headers
    if chunked or (length and (not length.isdecimal() or int(length) > LARGEST_FORM)):
        raise BodyTooLarge(LARGEST_FORM)


def _require_storable(request: Request) -> None:
    """Raise NotFound for an address that names what cannot be stored, so is not."""
    for kind, value in request.path_params.items():
        if unstorable(value):
            raise NotFound(kind, value)


def _fault(error: Exception) -> Fault:
    if isinstance(error, RequestValidationError):
        return Invalid("invalid_parameter", "The address or the form is not complete. Go back and try again.")
    if isinstance(error, HTTPException):
        return Invalid("invalid_parameter", "The form could not be read. Go back and try again.")
    fault = fault_of(error)
    if fault is None:
        log.error("request failed", exc_info=error)
        return Broken()
    return fault


def _page_for(request: Request, fault: Fault) -> Response:
    said = "It is no longer there, or never was." if isinstance(fault, NotFound) else fault.message
    if wants_part(request):
        return sentence(said, fault.status)
    if isinstance(fault, NotSignedIn):
        return page("signed_out.html", fault.status)
    title = _TITLES.get(fault.status, "That is not possible")
    return page("error.html", fault.status, title=title, said=said)
