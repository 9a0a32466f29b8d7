"""Contacts: who is texted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id


class Reachability(StrEnum):
    """What is known of reaching a contact by text."""

    UNKNOWN = "unknown"
    OK = "ok"
    NO_PHONE = "no_phone"
    INVALID_NUMBER = "invalid_number"
    LANDLINE = "landline"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"
    UNSUBSCRIBED = "unsubscribed"


# The contact's number takes no texts: none are sent until it changes, or until the person answers all the same.
TAKES_NO_TEXTS = (Reachability.INVALID_NUMBER, Reachability.LANDLINE, Reachability.UNREACHABLE)

_UNREACHABLE = text("reachability IN ('invalid_number', 'landline', 'unreachable')")


class Contact(Stored, table=True):
    """A person. `name_folded` is the name with case and spaces folded, for matching."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index("uq_contacts_external_id", "account_id", "external_id", unique=True),
        Index("ix_contacts_phone_number", "account_id", "phone_number"),
        Index("ix_contacts_unreachable", "id", sqlite_where=_UNREACHABLE, postgresql_where=_UNREACHABLE),
    )

    id: str = Field(default_factory=lambda: new_id("con"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    external_id: str | None = None
    name: str | None = None
    name_folded: str | None = None
    phone_number: str | None = None
    timezone: str | None = None
    language: str | None = None
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn, sa_column_kwargs={"name": "metadata"})
    reachability: Reachability = Field(default=Reachability.UNKNOWN, sa_type=word(Reachability))
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def fold_name(name: str | None) -> str | None:
    """Return a name with case and runs of spaces folded, or None for an empty one."""
    return " ".join(name.split()).casefold() or None if name else None
