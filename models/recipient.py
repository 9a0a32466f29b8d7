"""A recipient is one phone number as one account texts it: the row that sending, STOP, cancel and move all lock.

Two contacts may share a phone; consent belongs to the phone, so it hangs here and not on the contact. Locking
this row first, whoever asks, is what makes "a STOP committed before the commit that marks sending always wins"
true for every sender of the account, also one that had never texted the number before.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models import clock
from models.columns import UtcDateTime, word
from models.ids import new_id

EVERY_SENDER = ""
# How often a text is looked at that waits for its number to be cleared.
HELD_LOOK = timedelta(minutes=10)


class ConsentState(StrEnum):
    """Whether a recipient may be texted."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"


class ConsentSource(StrEnum):
    """How a consent came to be what it is."""

    KEYWORD = "keyword"
    AGENT = "agent"
    CARRIER = "carrier"
    API = "api"
    STAFF = "staff"
    IMPORT = "import"


class Recipient(SQLModel, table=True):
    """One phone number, as one account texts it."""

    __tablename__ = "recipients"
    __table_args__ = (Index("uq_recipients_phone_number", "account_id", "phone_number", unique=True),)

    id: str = Field(default_factory=lambda: new_id("rcp"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    phone_number: str
    held_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """The standing consent of a recipient towards one sender, or towards every sender of the account."""

    __tablename__ = "consents"

    recipient_id: str = Field(foreign_key="recipients.id", primary_key=True)
    sender: str = Field(default=EVERY_SENDER, primary_key=True)
    state: ConsentState = Field(sa_type=word(ConsentState))
    source: ConsentSource = Field(sa_type=word(ConsentSource))
    at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)


class ConsentChange(SQLModel, table=True):
    """The ledger of consent: every change, with its source, message and instant. Rows are only added."""

    __tablename__ = "consent_changes"
    __table_args__ = (Index("ix_consent_changes_recipient", "recipient_id", "at"),)

    id: str = Field(default_factory=lambda: new_id("chg"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    recipient_id: str = Field(foreign_key="recipients.id")
    sender: str = EVERY_SENDER
    state: ConsentState = Field(sa_type=word(ConsentState))
    source: ConsentSource = Field(sa_type=word(ConsentSource))
    message_id: str | None = None
    at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime)
