"""HTML answers: templates, and the headers that keep a page to itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from api.staff import static, words

# Nothing but our own files may run or be loaded, nothing inline, and no other page may frame ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Without the referrer a browser hides the origin of a form, which is how we know our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
    "Vary": "HX-Request, Cookie",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(words=words, static=static.address)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page, or a part of one, from a template."""
    return HTMLResponse(_templates.get_template(template).render(values), status, _HEADERS)


def sentence(text: str, status: int) -> Response:
    """Return one plain sentence, which the page shows above everything else."""
    return PlainTextResponse(text, status, _HEADERS)


def go_to(address: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a form that was carried out: look there now."""
    return Response(status_code=303, headers={**_HEADERS, "Location": address, **(headers or {})})


def wants_part(request: Request) -> bool:
    """Tell whether the page's own script asks, which takes a part of a page and not all of it."""
    return request.headers.get("HX-Request") == "true"
