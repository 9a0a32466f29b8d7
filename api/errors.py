"""Errors: every fault becomes HTTP here and nowhere else."""

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from api.answers import answer
from api.validation import faults_of
from models.database import is_unavailable
from models.errors import CarrierRefused, Fault, Faults, Invalid, Unavailable

log = structlog.get_logger(__name__)

# Two transactions that waited for each other, or read what the other changed: the next try finds it settled.
_LOST_RACE = ("40001", "40P01")


class InvalidKey(Fault):
    """No key, or not a valid one."""

    type = "authentication_error"
    status = 401

    def __init__(self, message: str) -> None:
        super().__init__("invalid_api_key", message)


class RouteNotFound(Fault):
    """No such address."""

    type = "not_found"
    status = 404


class MethodNotAllowed(Fault):
    """An address that does not take this method."""

    type = "not_found"
    status = 405

    def __init__(self, method: str, allowed: str) -> None:
        shown = method if method.isalpha() and len(method) <= 16 else "That method"
        super().__init__("method_not_allowed", f"{shown} is not allowed here; allowed: {allowed}.")
        self.allowed = allowed


class BodyTooLarge(Fault):
    """More bytes than a body may have."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__("body_too_large", f"The body is larger than {limit // 2**20} MiB, the most taken here.")


class UnsupportedMediaType(Fault):
    """A body that does not say it is JSON."""

    status = 415

    def __init__(self, message: str) -> None:
        super().__init__("unsupported_media_type", message)


class RateLimited(Fault):
    """Too many requests of one key. `retry_after` is in seconds."""

    type = "rate_limited"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("rate_limited", f"Too many requests with this key: wait {retry_after} s.")
        self.retry_after = retry_after


class Broken(Fault):
    """A defect of ours; its cause is in the log under the request's id."""

    type = "internal_error"
    status = 500

    def __init__(self) -> None:
        super().__init__("internal_error", "Something went wrong here; it was logged under the request's id.")


def fault_answer(fault: Fault) -> Response:
    """Return the contract's error body and headers for a fault."""
    error: dict[str, object] = {"type": fault.type, "code": fault.code, "message": fault.message}
    if fault.param is not None:
        error["param"] = fault.param
    if isinstance(fault, Faults):
        error["errors"] = [{"param": one.param, "code": one.code, "message": one.message} for one in fault.faults]
    headers = {}
    match fault:
        case CarrierRefused():
            if fault.carrier_code is not None:
                error["carrier_code"] = fault.carrier_code
            if fault.message_id is not None:
                error["message_id"] = fault.message_id
        case RateLimited() | Unavailable():
            headers["Retry-After"] = str(fault.retry_after)
        case MethodNotAllowed():
            headers["Allow"] = fault.allowed
        case InvalidKey():
            headers["WWW-Authenticate"] = "Bearer"
    return answer({"error": error}, fault.status, headers)


def fault_of(error: Exception) -> Fault | None:
    """Return the fault that an error amounts to, or None for a defect of ours."""
    match error:
        case Fault():
            return error
        case RequestValidationError():
            return Faults(faults_of(error))
        case IntegrityError():
            return Unavailable("Another request changed the same thing at the same moment: send it again.")
        case DataError():
            return Invalid("invalid_parameter", "A value is out of the range that can be stored.")
        case DBAPIError() if getattr(error.orig, "sqlstate", None) in _LOST_RACE:
            return Unavailable("Another request changed the same thing at the same moment: send it again.")
        case DBAPIError() if is_unavailable(error):
            log.warning("database unavailable", error=type(error.orig).__name__)
            return Unavailable("The database cannot be reached at present: try again.", retry_after=5)
        case PoolTimeout():
            log.warning("database busy")
            return Unavailable("The database is busy: try again.", retry_after=5)
        case HTTPException(status_code=404):
            return RouteNotFound("route_not_found", "There is nothing at this address.")
        case _:
            return None


def register(app: FastAPI) -> None:
    """Make the application answer every error with the contract's body."""

    async def answer_error(request: Request, error: Exception) -> Response:
        fault = fault_of(error)
        if fault is None and isinstance(error, HTTPException) and error.status_code == 405:
            fault = MethodNotAllowed(request.method, allowed_methods(app, request.url.path))
        if fault is None:
            raise error
        return fault_answer(fault)

    for kind in (Fault, RequestValidationError, DBAPIError, PoolTimeout, HTTPException):
        app.add_exception_handler(kind, answer_error)


def allowed_methods(app: FastAPI, path: str) -> str:
    """Return the methods that an address takes, for the `Allow` header.

    Where an address is one route's own and also fits another's template, only its own count.
    """
    found: dict[int, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        pattern, _, parameters = compile_path(route.path or "")
        if route.methods and pattern.match(path):
            found.setdefault(len(parameters), set()).update(route.methods)
    return ", ".join(sorted(found[min(found)])) if found else ""
