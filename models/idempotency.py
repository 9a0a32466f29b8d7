"""Idempotency keys: the first answer to a request, kept for 24 hours and given again."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models import clock
from models.columns import UtcDateTime


class IdempotencyKey(SQLModel, table=True):
    """A key of an account. Without `response_body` its request is running, or its process died.

    `message_id` is what the request made before it waited for the carrier, so that a request whose process died
    is answered from what was.
    """

    __tablename__ = "idempotency_keys"

    account_id: str = Field(foreign_key="accounts.id", primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    message_id: str | None = None
    response_status: int | None = None
    response_body: str | None = None
    created_at: datetime = Field(default_factory=lambda: clock.now(), sa_type=UtcDateTime, index=True)
