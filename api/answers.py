"""Answers: how every body leaves."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

JSON = "application/json"


def answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer. Instants in `body` are already text (`models.base.rfc3339`)."""
    return Response(encode(body), status, headers, media_type=JSON)


def encode(body: Mapping[str, Any]) -> bytes:
    """Return the bytes of a JSON object; enumerations become their words."""
    return orjson.dumps(body)
