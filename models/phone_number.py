"""The numbers an account sends from."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import UtcDateTime, word
from models.ids import new_id


class Carrier(StrEnum):
    """Who carries a number's texts. The sandbox speaks Twilio's protocol at another address."""

    TWILIO = "twilio"
    SANDBOX = "sandbox"


class PhoneNumber(Stored, table=True):
    """A sender. The token is stored encrypted and kept after deletion until the number's messages are final.

    `stopped_reason` is set where the carrier refused the credentials: nothing is sent until they are replaced.
    `a2p_registered` null is unknown. `inbound_read_at` is how far the carrier's list was read for missed texts.
    """

    __tablename__ = "phone_numbers"
    __table_args__ = (
        Index(
            "uq_phone_numbers_twilio",
            "phone_number",
            unique=True,
            sqlite_where=text("deleted_at IS NULL AND carrier = 'twilio'"),
            postgresql_where=text("deleted_at IS NULL AND carrier = 'twilio'"),
        ),
        Index(
            "uq_phone_numbers_account",
            "account_id",
            "phone_number",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: str = Field(default_factory=lambda: new_id("num"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    agent_id: str = Field(foreign_key="agents.id", index=True)
    phone_number: str
    carrier: Carrier = Field(default=Carrier.TWILIO, sa_type=word(Carrier))
    twilio_sid: str
    twilio_token_encrypted: str
    carrier_number_sid: str | None = None
    a2p_registered: bool | None = None
    max_per_second: float | None = None
    stopped_reason: str | None = None
    inbound_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
