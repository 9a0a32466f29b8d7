"""The page's files: our own, and htmx from the package that brings it. Nothing comes from another host."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from models.errors import NotFound

router = APIRouter(include_in_schema=False)

_OWN = Path(__file__).parent / "static"
_TYPES = {
    "staff.css": "text/css; charset=utf-8",
    "staff.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "showup.svg": "image/svg+xml",
}


@router.get("/static/{name}")
async def file(request: Request, name: str) -> Response:
    """Return a file, to be kept by the browser: its address changes with its content."""
    if name not in _TYPES:
        raise NotFound("file", name)
    kept = "public, max-age=31536000, immutable" if request.query_params.get("v") == mark(name) else "no-cache"
    headers = {"Cache-Control": kept, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(content(name), headers=headers, media_type=_TYPES[name])


def address(name: str) -> str:
    """Return the address of a file, with a mark of its content."""
    return f"/static/{name}?v={mark(name)}"


@cache
def content(name: str) -> bytes:
    """Return a file's bytes."""
    if name != "htmx.min.js":
        return (_OWN / name).read_bytes()
    package = find_spec("js_lib_htmx")
    if package is None or package.origin is None:
        raise FileNotFoundError("htmx is not installed: install the package django-js-lib-htmx")
    return (Path(package.origin).parent / "static" / "htmx" / name).read_bytes()


@cache
def mark(name: str) -> str:
    """Return a word that changes whenever a file does."""
    return hashlib.sha256(content(name)).hexdigest()[:16]
