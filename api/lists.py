"""Lists: `limit`, `offset`, `after`, `updated_since` in; `data`, `count`, `next` out; one function for all.

A cursor names the last row of a page by its instant and id. It is opaque to clients and checked when it comes
back; it can hold nothing secret, since every list is an account's own.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func, literal, tuple_
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.fields import Instant
from models.base import Stored, table_of
from models.columns import UtcDateTime
from models.errors import Invalid

MOST_COUNTED = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Row = TypeVar("Row", bound=Stored)
Item = TypeVar("Item")


class ListQuery(BaseModel):
    """The parameters of every list. A list with filters makes a subclass of this."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=25, ge=1, le=100, description="How many at most.")
    offset: int = Field(default=0, ge=0, le=10_000, description="How many to pass over.")
    after: str | None = Field(default=None, max_length=200, description="The `next` of the page before.")
    updated_since: Instant | None = Field(default=None, description="Only what changed at or after this instant.")


class ListOf(BaseModel, Generic[Item]):
    """A page of a list."""

    data: list[Item]
    count: int = Field(description="How many match, exact up to 100,000.")
    count_is_minimum: bool = Field(default=False, description="Present, and true, where there are more than that.")
    next: str | None = Field(description="The cursor of the next page; null on the last.")


async def page(
    session: AsyncSession,
    query: SelectOfScalar[Row],
    asked: ListQuery,
    shape: Callable[[Row], dict[str, Any]],
    *,
    order_by: str = "created_at",
    ascending: bool = False,
) -> dict[str, Any]:
    """Return one page of what `query` selects, newest first unless said otherwise.

    query: restricted to the account already. order_by: a column of instants.
    Raises Invalid for a cursor that is not one of ours.
    """
    rows, rest = await select_page(session, query, asked, order_by=order_by, ascending=ascending)
    return {"data": [shape(row) for row in rows], **rest}


async def select_page(
    session: AsyncSession,
    query: SelectOfScalar[Row],
    asked: ListQuery,
    *,
    order_by: str = "created_at",
    ascending: bool = False,
) -> tuple[list[Row], dict[str, Any]]:
    """Return the rows of one page, and `count` and `next`; for lists whose shape needs more than the row."""
    table = table_of(query.column_descriptions[0]["entity"])
    instant, id = table.c[order_by], table.c.id
    if asked.updated_since is not None:
        query = query.where(table.c.updated_at >= asked.updated_since)
    counted = query.with_only_columns(literal(1)).order_by(None).limit(MOST_COUNTED + 1).subquery()
    count = (await session.exec(select(func.count()).select_from(counted))).one()
    if asked.after is not None:
        query = query.where(_beyond(instant, id, asked.after, ascending=ascending))
    order = (instant.asc(), id.asc()) if ascending else (instant.desc(), id.desc())
    found = await session.exec(query.order_by(*order).offset(asked.offset).limit(asked.limit + 1))
    rows = list(found.all())
    rest: dict[str, Any] = {"count": min(count, MOST_COUNTED), "next": None}
    if count > MOST_COUNTED:
        rest["count_is_minimum"] = True
    if len(rows) > asked.limit:
        rows = rows[: asked.limit]
        rest["next"] = cursor(getattr(rows[-1], order_by), str(getattr(rows[-1], "id", "")))
    return rows, rest


def cursor(instant: datetime, id: str) -> str:
    """Return the cursor that names a row."""
    return base64.urlsafe_b64encode(f"{(instant - _EPOCH) // _MICROSECOND}.{id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, str]:
    """Return the instant and the id that a cursor names. Raises Invalid."""
    try:
        named = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        microseconds, _, id = named.partition(".")
        instant = _EPOCH + int(microseconds) * _MICROSECOND
    except (ValueError, OverflowError):
        raise _not_ours() from None
    if not id.replace("_", "").isalnum() or cursor(instant, id) != text:
        raise _not_ours()
    return instant, id


def _not_ours() -> Invalid:
    return Invalid("invalid_parameter", "after must be the `next` of an earlier page of this list.", param="after")


def _beyond(instant: Any, id: Any, after: str, *, ascending: bool) -> ColumnElement[bool]:
    at, last = read_cursor(after)
    bound = tuple_(literal(at, UtcDateTime), literal(last))
    place = tuple_(instant, id)
    return place > bound if ascending else place < bound
