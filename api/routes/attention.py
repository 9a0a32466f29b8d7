"""/v1/attention: what a person at the practice should look at."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.fields import Id, Instant, Shown
from api.lists import ListOf, ListQuery, page
from api.route import Route
from api.unit import Work
from api.versions import ExpectedVersion, require_version
from models import attention
from models.attention import Attention, Reason
from models.owned import owned

router = APIRouter(prefix="/v1/attention", tags=["Attention"], route_class=Route)


class AttentionQuery(ListQuery):
    """Which items to list."""

    status: Literal["open", "resolved"] | None = None
    reason: Reason | None = None
    appointment_id: Id | None = None
    contact_id: Id | None = None


class AttentionObject(Shown):
    """An item. `resolved_by` is null while it is open."""

    object: Literal["attention"]
    attention_id: str
    reason: Reason = Field(description="Why somebody should look.")
    appointment_id: str | None
    contact_id: str | None
    message_id: str | None
    phone_number_id: str | None
    note: str | None
    opened_at: Instant
    resolved_at: Instant | None
    resolved_by: str | None


@router.get("", response_model=ListOf[AttentionObject])
async def list_attention(work: Work, asked: Annotated[AttentionQuery, Query()]) -> Response:
    """List the items, those opened last first."""
    query = select(Attention).where(Attention.account_id == work.account_id)
    if asked.status is not None:
        closed = col(Attention.resolved_at).is_not(None)
        query = query.where(closed if asked.status == "resolved" else ~closed)
    for name in ("reason", "appointment_id", "contact_id"):
        if (value := getattr(asked, name)) is not None:
            query = query.where(getattr(Attention, name) == value)
    session = await work.session()
    return answer(await page(session, query, asked, attention.attention_object, order_by="opened_at"))


@router.get("/{attention_id}", response_model=AttentionObject)
async def get_attention(work: Work, attention_id: str) -> Response:
    """Return an item."""
    session = await work.session()
    item = await owned(session, Attention, attention_id, account_id=work.account_id, kind="attention")
    return answer(attention.attention_object(item))


@router.post("/{attention_id}/resolve", response_model=AttentionObject)
async def resolve_attention(work: Work, attention_id: str, expected: ExpectedVersion) -> Response:
    """Resolve an item; one resolved already stays as it is."""
    session = await work.session()
    item = await owned(session, Attention, attention_id, account_id=work.account_id, kind="attention", lock=True)
    require_version(expected, item.version)
    await attention.resolve(session, item, by=work.actor)
    return answer(attention.attention_object(item))
