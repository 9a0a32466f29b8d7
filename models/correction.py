"""Corrections: a visit was moved or cancelled, and the person was told another time."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import UtcDateTime
from models.ids import new_id

_OPEN = text("settled_at IS NULL")


class Correction(Stored, table=True):
    """A text that may have to go out about a change, once the change has settled. All instants are UTC.

    `due_at`: when it is decided. `old_start`: the start before the first of the changes it stands for.
    `wanted`: it is asked for, also where no text had named the old time. `released`: the visit was cancelled by
    itself, since nobody had confirmed it. `replaced_by`: the appointment that takes a cancelled one's place.
    `settled_at`, `message_id`, `why`: when it was decided, the text it made, or why none was made.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_due", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_corrections_open", "account_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_corrections_appointment", "appointment_id"),
    )

    id: str = Field(default_factory=lambda: new_id("cor"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    appointment_id: str = Field(foreign_key="appointments.id")
    due_at: datetime = Field(sa_type=UtcDateTime)
    old_start: datetime = Field(sa_type=UtcDateTime)
    wanted: bool = False
    released: bool = False
    replaced_by: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    message_id: str | None = None
    why: str | None = None
