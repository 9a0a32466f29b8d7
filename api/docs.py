"""/openapi.json, and /docs: Swagger UI from files of our own, so that it works without the internet.

The bundled Swagger UI reads OpenAPI 3.0, so the page is given the document translated to it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from api import openapi
from api.answers import JSON

# The page's own files only; its icons are data addresses inside its style sheet.
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
_FILES = Path(swagger_ui_path)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Showup API</title>
<link rel="stylesheet" href="docs/files/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/files/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/files/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: new URL("docs/openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""


def register(app: FastAPI) -> None:
    """Add the document and the page to the application."""

    @cache
    def described() -> bytes:
        return orjson.dumps(openapi.document(app))

    @cache
    def translated() -> bytes:
        return orjson.dumps(as_3_0(openapi.document(app)))

    async def document(request: Request) -> Response:
        return Response(described(), media_type=JSON)

    async def document_3_0(request: Request) -> Response:
        return Response(translated(), media_type=JSON)

    async def page(request: Request) -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})

    async def start(request: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    app.add_route("/openapi.json", document, include_in_schema=False)
    app.add_route("/docs", page, include_in_schema=False)
    app.add_route("/docs/start.js", start, include_in_schema=False)
    app.add_route("/docs/openapi.json", document_3_0, include_in_schema=False)
    app.mount("/docs/files", StaticFiles(directory=_FILES), name="docs-files")


def as_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document as 3.0: `nullable` for the type null, one example, no `const`."""
    translated = _schema_as_3_0(document)
    assert isinstance(translated, dict)
    return translated | {"openapi": "3.0.3"}


def _schema_as_3_0(value: Any) -> Any:
    if isinstance(value, list):
        return [_schema_as_3_0(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _schema_as_3_0(one) for name, one in value.items()}
    choices = made.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [one for one in choices if one != {"type": "null"}]
        del made["anyOf"]
        made |= {"nullable": True} | (rest[0] if len(rest) == 1 and "$ref" not in rest[0] else {"anyOf": rest})
    if "const" in made and not isinstance(made["const"], dict):
        made["enum"] = [made.pop("const")]
    if isinstance(made.get("examples"), list):
        made["example"] = made.pop("examples")[0]
    return made
