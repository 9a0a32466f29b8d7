"""What every stored object has: an identifier, its instants (UTC) and a version that grows with each change."""

from datetime import UTC, datetime
from typing import overload

from sqlalchemy import Table
from sqlmodel import Field, SQLModel

from models import clock
from models.columns import UtcDateTime


class Stored(SQLModel):
    """The columns of an object that the API shows."""

    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime, nullable=False)
    updated_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime, nullable=False)
    version: int = Field(default=1, nullable=False)

    def touch(self) -> None:
        """Note that the object changed now."""
        self.updated_at = clock.now()
        self.version += 1


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a model, for statements on the hot paths."""
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    assert isinstance(table, Table)
    return table


@overload
def rfc3339(instant: datetime) -> str: ...
@overload
def rfc3339(instant: None) -> None: ...
@overload
def rfc3339(instant: datetime | None) -> str | None: ...


def rfc3339(instant: datetime | None) -> str | None:
    """Return an instant as the API writes it: RFC 3339, in UTC, with `Z`; whole seconds without a fraction."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
