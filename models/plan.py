"""Plans: named cadences, the texts that an appointment gets and what its silence and its no lead to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from models.appointment import Decline, Overdue
from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id

_DEFAULT = text("is_default")


class Plan(Stored, table=True):
    """A cadence. `reminders` are its texts as the API shows them; `confirm_by` is an ISO 8601 duration.

    One of an account's plans may be the default; a plan that was deleted never is.
    """

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_account", "account_id", "created_at", "id"),
        Index("uq_plans_default", "account_id", unique=True, sqlite_where=_DEFAULT, postgresql_where=_DEFAULT),
    )

    id: str = Field(default_factory=lambda: new_id("plan"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    name: str
    is_default: bool = Field(default=False)
    reminders: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonColumn)
    confirm_by: str | None = None
    on_overdue: Overdue | None = Field(default=None, sa_type=word(Overdue))
    on_decline: Decline = Field(default=Decline.FLAG, sa_type=word(Decline))
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
