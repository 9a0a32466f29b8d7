"""Who is at the page: signed in, still on the staff's list, and filling in a form of ours."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form
from starlette.requests import Request

from api.services import Services, services_of
from api.staff.route import NotSignedIn
from api.staff.session import Cookies, StaffSession
from api.staff.sign_in import staff_of
from models.account import Account
from models.errors import NotPermitted
from models.event import Actor
from models.staff import StaffMember


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff at the page. form_token: what each of their forms carries."""

    services: Services
    member: StaffMember
    account: Account
    session: StaffSession
    form_token: str

    @property
    def actor(self) -> Actor:
        """The person, as events name them."""
        return Actor("staff", self.member.email)


async def find_visitor(request: Request) -> Visitor | None:
    """Return who sent a request, or None for somebody who is not signed in, or no longer staff.

    A session that is worn is renewed with the answer, by `PageRoute`.
    """
    services = services_of(request)
    cookies = Cookies(services)
    session = cookies.read(request)
    if session is None:
        return None
    async with services.database.read() as database:
        found = await staff_of(database, session.staff_id)
    if found is None:
        return None
    member, account = found
    if session.is_worn:
        request.state.renewed_session = session.renewed()
    return Visitor(services, member, account, session, cookies.form_token(session))


async def signed_in(request: Request) -> Visitor:
    """Return who sent a request. Raises NotSignedIn."""
    visitor = await find_visitor(request)
    if visitor is None:
        raise NotSignedIn
    return visitor


async def at_a_form(request: Request, form_token: Annotated[str, Form()] = "") -> Visitor:
    """Return who sent a form of ours. Raises NotSignedIn, NotPermitted for a form from elsewhere."""
    visitor = await signed_in(request)
    require_own_origin(request)
    if not Cookies(visitor.services).is_form_token(visitor.session, form_token):
        raise NotPermitted("foreign_form", "This page is out of date: load it again and repeat what you did.")
    return visitor


def require_own_origin(request: Request) -> None:
    """Raise NotPermitted where a browser says that a form came from another site's page."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = {request.headers.get("Host"), urlsplit(services_of(request).public_url).netloc}
    if urlsplit(origin).netloc not in own:
        raise NotPermitted("foreign_form", "This form was sent from another site, so nothing was done.")


SignedIn = Annotated[Visitor, Depends(signed_in)]
AtAForm = Annotated[Visitor, Depends(at_a_form)]
