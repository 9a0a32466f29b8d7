"""`/sign-in` and `/sign-out`. Opening a link only shows a button, so that a preview of it uses nothing up."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from api.services import services_of
from api.staff.pages import go_to, page
from api.staff.route import PageRoute
from api.staff.session import Cookies, StaffSession
from api.staff.sign_in import LinkUnusable, look_up, redeem
from api.staff.visitor import AtAForm, find_visitor, require_own_origin

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(request: Request, token: str = "") -> Response:
    """Show who would be signed in, and a button; a link that was used already leads one who is signed in home."""
    services = services_of(request)
    try:
        async with services.database.read() as session:
            member = await look_up(session, token)
    except LinkUnusable:
        if await find_visitor(request) is not None:
            return go_to("/")
        raise
    return page("sign_in.html", email=member.email, token=token)


@router.post("/sign-in")
async def sign_in(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Use a link up and sign the browser in."""
    require_own_origin(request)
    services = services_of(request)
    async with services.database.write() as session:
        member = await redeem(session, token)
    response = go_to("/")
    Cookies(services).set(response, StaffSession.begin(member.id))
    return response


@router.post("/sign-out")
async def sign_out(request: Request, visitor: AtAForm) -> Response:
    """Sign the browser out."""
    response = go_to("/")
    Cookies(visitor.services).clear(response)
    return response
