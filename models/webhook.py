"""Webhooks: the endpoints that events are posted to, and what became of each event at each of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from models.base import Stored
from models.columns import JsonColumn, UtcDateTime, word
from models.ids import new_id


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Endpoint(Stored, table=True):
    """An address that gets events. Its secrets are stored encrypted.

    `events` null is all of them. `exclude_key` is the API key whose own changes are not told. `agent_id` is set
    where the endpoint is an agent's `webhook_url`. `failing_since` is the first failure since anything was
    delivered; `attention_id` is the item that told staff when it was disabled for that.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        Index("ix_webhook_endpoints_account", "account_id", "created_at", "id"),
        Index(
            "uq_webhook_endpoints_agent",
            "agent_id",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: str = Field(default_factory=lambda: new_id("whk"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    agent_id: str | None = Field(default=None, foreign_key="agents.id")
    url: str
    events: list[str] | None = Field(default=None, sa_type=JsonColumn)
    exclude_key: str | None = None
    enabled: bool = True
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_reason: str | None = None
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attention_id: str | None = None
    secret_encrypted: str
    previous_secret_encrypted: str | None = None
    previous_secret_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_PENDING = text("state = 'pending'")


class Delivery(Stored, table=True):
    """One event at one endpoint. All instants are UTC.

    `position` is the event's place in the feed. Deliveries of one `order_key` (an appointment) go one after the
    other: one that is pending holds back the later ones until `holds_until`. A taken delivery's `next_attempt_at`
    lies behind the longest attempt, so that one whose process died is tried again.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("uq_webhook_deliveries_event", "endpoint_id", "event_id", unique=True),
        Index("ix_webhook_deliveries_endpoint", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_attempt_at",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_webhook_deliveries_order",
            "endpoint_id",
            "order_key",
            "position",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )

    id: str = Field(default_factory=lambda: new_id("dlv"), primary_key=True)
    endpoint_id: str = Field(foreign_key="webhook_endpoints.id")
    event_id: str
    event_type: str
    sequence: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    order_key: str | None = None
    holds_until: datetime = Field(sa_type=UtcDateTime)
    state: DeliveryState = Field(default=DeliveryState.PENDING, sa_type=word(DeliveryState))
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    response_status: int | None = None
    error: str | None = None
