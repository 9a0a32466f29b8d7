"""Staff: the people who sign in to the page by a one-time link."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models import clock
from models.columns import UtcDateTime, word
from models.ids import new_id


class StaffRole(StrEnum):
    """What a member of staff may do: everyone answers and confirms, an admin also invites."""

    RECEPTION = "reception"
    ADMIN = "admin"


class StaffMember(SQLModel, table=True):
    """A person who works at the practice. `email` is kept in lower case."""

    __tablename__ = "staff_members"
    __table_args__ = (Index("uq_staff_members_email", "account_id", "email", unique=True),)

    id: str = Field(default_factory=lambda: new_id("stf"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    email: str
    role: StaffRole = Field(default=StaffRole.RECEPTION, sa_type=word(StaffRole))
    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInLink(SQLModel, table=True):
    """A one-time link. Only the hash of its token is stored."""

    __tablename__ = "sign_in_links"

    token_hash: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff_members.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
