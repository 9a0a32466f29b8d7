"""The way of every request under /v1: key, rate, scope, parameters, strict JSON, idempotency, handler, commit."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api import idempotency
from api.body import BATCH_LIMIT, LIMIT, StrictRequest, unstorable
from api.errors import fault_answer, fault_of
from api.idempotency import AlreadyAnswered, Claim, KeyConflict
from api.services import Services, services_of
from api.unit import Unit
from models.errors import Fault, Faults, Invalid

Handler = Callable[[Request], Awaitable[Response]]
_LONGEST_PARAMETER = 2048


class Route(APIRoute):
    """A route under /v1. GET needs the scope `read`, everything else the class's `write_scope`."""

    write_scope: ClassVar[str] = "write"

    @property
    def scope(self) -> str:
        """The scope that a key needs here."""
        return "read" if self.methods == {"GET"} else self.write_scope

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()
        known = frozenset(query_names(self.dependant))
        limit = BATCH_LIMIT if self.path.endswith("/batch") else LIMIT
        takes_body = self.body_field is not None

        async def handle(request: Request) -> Response:
            services = services_of(request)
            principal = await services.keys.authenticate(request.headers.get("authorization"))
            services.rate.spend(principal.key_id)
            principal.require(self.scope)
            check_parameters(request, known)
            if request.method == "GET":
                unit = Unit(services, principal, writes=False, claim=None)
                return await run(unit, handler, request)
            strict = StrictRequest(request.scope, request.receive)
            payload = await strict.read(limit)
            if not takes_body:
                refuse_body(payload)
            key = request.headers.get(idempotency.HEADER)
            if key is None:
                unit = Unit(services, principal, writes=True, claim=None)
                return await run(unit, handler, strict)
            address = f"{request.url.path}?{request.url.query}"
            mark = idempotency.fingerprint(request.method, address, payload)
            claim = Claim(principal.account_id, idempotency.checked_key(key), mark)
            unit = Unit(services, principal, writes=True, claim=claim)
            return await self._run_once(claim, unit, handler, strict)

        return handle

    async def _run_once(self, claim: Claim, unit: Unit, handler: Handler, request: Request) -> Response:
        async with unit.services.running.hold(claim):
            async with unit.services.database.read() as session:
                row = await claim.stored(session)
            if row is not None:
                return await self._answer_again(unit.services, AlreadyAnswered(row))
            try:
                return await run(unit, handler, request)
            except AlreadyAnswered as answered:
                return await self._answer_again(unit.services, answered)

    async def _answer_again(self, services: Services, answered: AlreadyAnswered) -> Response:
        row = answered.row
        if row.response_status is not None:
            return idempotency.replay(row)
        recover: idempotency.Recover | None = getattr(self.endpoint, "recover", None)
        if recover is None or row.message_id is None:
            raise idempotency.still_running()
        async with services.database.read() as session:
            try:
                response = await recover(session, row.message_id)
            except Fault as fault:
                response = fault_answer(fault)
        if response is None:
            raise idempotency.still_running()
        response.headers[idempotency.REPLAYED] = "true"
        return response


class AdminRoute(Route):
    """A route whose changes need the scope `admin`: agents, numbers, plans, webhooks, the account."""

    write_scope = "admin"


async def run(unit: Unit, handler: Handler, request: Request) -> Response:
    """Let a handler answer in its unit of work and commit it; what it raised undoes it."""
    request.state.unit = unit
    try:
        try:
            response = await handler(request)
        except Exception as error:  # every fault becomes an answer here; a defect goes on to the last resort
            await unit.close()
            fault = fault_of(error)
            if fault is None:
                raise
            response = fault_answer(fault)
            if isinstance(fault, KeyConflict):
                return response
        await unit.finish(response, keep=idempotency.is_kept(response))
        return response
    finally:
        await unit.close()


def query_names(dependant: Dependant) -> list[str]:
    """Return the names of the query parameters that a handler takes, those of query models one by one."""
    names: list[str] = []
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += [one.alias or name for name, one in kind.model_fields.items()]
        else:
            names.append(field.alias)
    for inner in dependant.dependencies:
        names += query_names(inner)
    return names


def check_parameters(request: Request, known: frozenset[str]) -> None:
    """Refuse unknown query parameters and texts that could not be stored or shown. Raises Faults."""
    faults: list[Fault] = []
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            shown = ascii(name[:64])
            message = f"There is no query parameter {shown} here; check its spelling."
            faults.append(Invalid("unknown_parameter", message, param=shown.strip("'\"")))
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if name not in known and name not in request.path_params:
            continue
        if unstorable(value) or len(value) > _LONGEST_PARAMETER:
            message = f"{name} must be at most {_LONGEST_PARAMETER} characters, without NUL."
            faults.append(Invalid("invalid_parameter", message, param=name))
    if faults:
        raise Faults(faults)


def refuse_body(payload: Any) -> None:
    """Refuse the fields of a body where none is taken; an empty one, null or `{}` is fine. Raises Faults."""
    if isinstance(payload, dict) and payload:
        raise Faults(
            [
                Invalid("unknown_parameter", f"There is no field {name[:64]!a} here.", param=name[:64])
                for name in payload
            ]
        )
    if payload not in (None, {}):
        raise Invalid("invalid_parameter", "The body must be empty here, or {}.")
