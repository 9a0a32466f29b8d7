"""The OpenAPI document: what FastAPI finds, put right where it does not know our house.

Every error is the contract's; a failed validation is 400 and never 422; keys, idempotency and `If-Match` are
described once here and not at each route.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

VERSION = "1"
DESCRIPTION = (
    "Texts people before their appointments, understands what they text back, and tells the practice who is "
    "coming. Instants are RFC 3339, in UTC with `Z` in answers. `/v1` only grows: ignore fields and values that "
    "you do not know."
)
_MEANING = {
    400: "The request is wrong; `param` names what.",
    401: "No API key, or not a valid one.",
    403: "The key, the number or the person does not permit it.",
    404: "There is no such object.",
    409: "The present state forbids it, or the Idempotency-Key is in use.",
    410: "The cursor is older than what is kept.",
    412: "`If-Match` names a version that has been overtaken.",
    413: "The body is too large.",
    415: "The body does not say that it is JSON.",
    429: "Too many requests.",
    502: "The carrier refused, or could not be reached.",
    503: "Cannot be done at present; `Retry-After` says when to try again.",
}
_EVERYWHERE = (400, 401, 403, 429, 503)
_ON_WRITES = (409, 413, 415)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key, method, path and body within 24 hours give the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The version the change is meant for; another is answered with 412.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}"|[0-9]{1,18})$'},
}


class FieldError(BaseModel):
    """One of several faults."""

    param: str | None = None
    code: str
    message: str


class ErrorDetail(BaseModel):
    """What went wrong: `code` for programs, `message` for people, `param` names the field."""

    type: str
    code: str
    message: str
    param: str = ""
    errors: list[FieldError] = []
    carrier_code: str = ""
    message_id: str = ""


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that can answer these error statuses beyond those every route has."""
    return {status: {"model": ErrorBody, "description": _MEANING[status]} for status in statuses}


def operation_id(route: APIRoute) -> str:
    """Return an operation's id: the name of its function."""
    return route.name


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (FieldError, ErrorDetail, ErrorBody):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY_ID:KEY_SECRET`"}
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            if path.startswith("/v1/"):
                _describe(operation, method, path)
            if path.endswith("/batch"):
                _take_any_item(operation, schemas)
    return made


def _describe(operation: dict[str, Any], method: str, path: str) -> None:
    operation["security"] = [{"key": []}]
    parameters = operation.setdefault("parameters", [])
    statuses = [*_EVERYWHERE]
    if "{" in path:
        statuses.append(404)
    if method != "get":
        statuses += _ON_WRITES
        parameters.append(_IDEMPOTENCY_KEY)
        if "{" in path or method == "patch":
            statuses.append(412)
            parameters.append(_IF_MATCH)
    for status in statuses:
        operation["responses"].setdefault(
            str(status),
            {
                "description": _MEANING[status],
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
            },
        )
    operation["responses"] = dict(sorted(operation["responses"].items()))
    if not parameters:
        del operation["parameters"]


def _take_any_item(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Describe that a batch is taken whatever its items are: a wrong one is answered in its place."""
    reference: str = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    anything = {"description": "Anything else is answered with an error in its place."}
    for field in schemas[reference.rpartition("/")[2]]["properties"].values():
        if "$ref" in field.get("items", {}):
            field["items"] = {"anyOf": [field["items"], anything]}
