"""The changes feed: the events that are told outside, numbered in an order in which none can appear late.

Sequences of events commit out of order on PostgreSQL. Here one transaction at a time gives the next positions to
events that have committed, so whoever has read up to a position has read everything before it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime

THE_FEED = 1


class Change(SQLModel, table=True):
    """An event's place in the feed. `numbered_at` (UTC) is when it got it."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("uq_changes_sequence", "sequence", unique=True),
        Index("ix_changes_account", "account_id", "position"),
        Index("ix_changes_numbered_at", "numbered_at"),
    )

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    account_id: str
    type: str
    numbered_at: datetime = Field(sa_type=UtcDateTime)


class Feed(SQLModel, table=True):
    """Where the numbering stands: one row, locked by whoever numbers.

    `position` is the last one given, `removed_through` the last one removed for its age. `horizon` is how far the
    ledger was read: a sequence on SQLite; on PostgreSQL a transaction below which no event is left.
    """

    __tablename__ = "feed"

    id: int = Field(default=THE_FEED, primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(default=0, sa_type=BigInteger)
    removed_through: int = Field(default=0, sa_type=BigInteger)
    horizon: int = Field(default=0, sa_type=BigInteger)
