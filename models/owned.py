"""Finding one object of an account by its id: another account's is not there."""

from typing import TypeVar

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.base import Stored, table_of
from models.errors import NotFound

Owned = TypeVar("Owned", bound=Stored)


async def owned(
    session: AsyncSession,
    model: type[Owned],
    id: str,
    *,
    account_id: str,
    kind: str,
    lock: bool = False,
    param: str | None = None,
) -> Owned:
    """Return an account's object; one that was deleted is not there.

    kind: what it is called, for the code `<kind>_not_found`. lock: until the transaction ends, for a change.
    Raises NotFound.
    """
    columns = table_of(model).c
    query = select(model).where(columns.id == id, columns.account_id == account_id)
    if "deleted_at" in columns:
        query = query.where(columns.deleted_at.is_(None))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound(kind, id, param=param)
    return found
