"""`/phone`: the sandbox's phone by itself, as the page's panel, and its answers."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from api.body import unstorable
from api.staff.pages import go_to, page, wants_part
from api.staff.phone_panel import answer, panel_for
from api.staff.route import PageRoute
from api.staff.visitor import AtAForm, SignedIn
from messaging.compose import LONGEST_TEXT
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/phone")
async def show_phone(request: Request, visitor: SignedIn, phone: str | None = None) -> Response:
    """Show a phone of the sandbox, the last one texted where none is named."""
    template = "phone_part.html" if wants_part(request) else "phone.html"
    return page(template, visitor=visitor, panel=await panel_for(visitor, phone))


@router.post("/phone")
async def answer_text(
    request: Request,
    visitor: AtAForm,
    phone: Annotated[str, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Text the practice as the phone's owner."""
    said = text.strip()
    if not said or unstorable(said):
        raise Invalid("invalid_parameter", "Write something first.", param="text")
    if len(said) > LONGEST_TEXT:
        raise Invalid("message_too_long", f"A text has at most {LONGEST_TEXT} characters.", param="text")
    await answer(visitor, phone, said)
    if wants_part(request):
        return page("phone_part.html", visitor=visitor, panel=await panel_for(visitor, phone))
    return go_to(f"/?phone={quote(phone, safe='')}#phone")
