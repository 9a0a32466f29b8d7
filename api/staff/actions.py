"""What staff do on the page: each a form, each one function of a lower room, done in the person's name."""

from collections.abc import Awaitable
from typing import Annotated, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Form
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.staff.appointment import visit_view
from api.staff.day import day_view
from api.staff.pages import go_to, page, wants_part
from api.staff.route import PageRoute
from api.staff.visitor import AtAForm, Visitor
from appointments.cancelling import cancel
from appointments.confirming import confirm
from appointments.declining import decline
from appointments.moving import reopen
from appointments.visiting import arrive, complete, no_show
from models import attention
from models.attention import Attention
from models.errors import Conflict, NotFound
from models.event import Actor
from models.owned import owned

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class Deed(Protocol):
    """A change of one appointment."""

    def __call__(
        self, session: AsyncSession, account_id: str, appointment_id: str, /, *, by: Actor
    ) -> Awaitable[object]:
        """Carry it out in the session's transaction."""


DEEDS: dict[str, Deed] = {
    "confirm": confirm,
    "decline": decline,
    "cancel": cancel,
    "reopen": reopen,
    "arrive": arrive,
    "complete": complete,
    "no-show": no_show,
}


@router.post("/appointments/{appointment_id}/{deed}")
async def change_appointment(
    request: Request,
    visitor: AtAForm,
    appointment_id: str,
    deed: str,
    date: Annotated[str, Form()] = "",
    from_visit: Annotated[str, Form()] = "",
) -> Response:
    """Carry out a deed on a visit, and show the page it was done on as it is now."""
    if deed not in DEEDS:
        raise NotFound("action", deed)
    try:
        async with visitor.services.database.write() as session:
            await DEEDS[deed](session, visitor.account.id, appointment_id, by=visitor.actor)
    except Conflict as conflict:
        raise Conflict(conflict.code, _PLAIN.get(conflict.code, conflict.message)) from None
    return await _as_it_is_now(request, visitor, date, appointment_id if from_visit else None)


@router.post("/attention/{attention_id}/resolve")
async def resolve_attention(
    request: Request,
    visitor: AtAForm,
    attention_id: str,
    date: Annotated[str, Form()] = "",
    from_visit: Annotated[str, Form()] = "",
) -> Response:
    """Take an item off the needs-attention list, and show the page it was done on as it is now."""
    async with visitor.services.database.write() as session:
        item = await owned(
            session, Attention, attention_id, account_id=visitor.account.id, kind="attention", lock=True
        )
        await attention.resolve(session, item, by=visitor.actor)
    return await _as_it_is_now(request, visitor, date, item.appointment_id if from_visit else None)


_PLAIN = {
    "appointment_already_cancelled": "This visit was cancelled meanwhile. Reopen it first.",
    "invalid_transition": "This visit was changed meanwhile, so nothing was done. Look where it stands now.",
}


async def _as_it_is_now(request: Request, visitor: Visitor, date: str, appointment_id: str | None) -> Response:
    if not wants_part(request):
        return go_to(f"/appointments/{appointment_id}" if appointment_id else _day_address(date))
    if appointment_id:
        view = await visit_view(visitor, appointment_id)
        return page("appointment_part.html", visitor=visitor, view=view)
    return page(
        "day_part.html", visitor=visitor, view=await day_view(visitor, date or None), asked_for=date or None
    )


def _day_address(date: str) -> str:
    return f"/?date={quote(date, safe='')}" if date else "/"
