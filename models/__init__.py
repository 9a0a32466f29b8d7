"""What is stored: one small file a concept. Importing this package registers every table."""

from models import (
    account,
    agent,
    appointment,
    attention,
    change,
    contact,
    correction,
    event,
    idempotency,
    message,
    phone_number,
    plan,
    recipient,
    reminder,
    staff,
    webhook,
)

__all__ = [
    "account",
    "agent",
    "appointment",
    "attention",
    "change",
    "contact",
    "correction",
    "event",
    "idempotency",
    "message",
    "phone_number",
    "plan",
    "recipient",
    "reminder",
    "staff",
    "webhook",
]
