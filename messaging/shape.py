"""How a message is shown: in the API's answers, in events and to webhooks."""

from collections.abc import Mapping
from typing import Any

from messaging.carriers.codes import explain
from models.base import rfc3339
from models.message import Direction, Message


def message_row(message: Message) -> dict[str, Any]:
    """Return a stored message as a row by column name."""
    row = message.model_dump()
    row["metadata"] = row.pop("custom")
    return row


def message_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as the API shows it, from a row of `messages`; instants are RFC 3339 in UTC."""
    shown = {
        "object": "message",
        "id": row["id"],
        "message_id": row["id"],
        "direction": row["direction"],
        "kind": row["kind"],
        "status": row["status"],
        "from": row["from_number"],
        "to": row["to_number"],
        "message": row["body"],
        "segments": row["segments"],
        "agent_id": row["agent_id"],
        "phone_number_id": row["phone_number_id"],
        "appointment_id": row["appointment_id"],
        "contact_id": row["contact_id"],
        "reminder_id": row["reminder_id"],
        "in_reply_to": row["in_reply_to"],
        "resend_of": row["resend_of"],
        "send_at": rfc3339(row["due_at"]),
        "expires_at": rfc3339(row["expires_at"]),
        "attempts": row["attempts"],
        "carrier_sid": row["carrier_sid"],
        "error_code": row["error_code"],
        "error_message": explain(row["error_code"]),
        "metadata": row["metadata"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "version": row["version"],
    }
    if row["direction"] == Direction.INBOUND:
        shown |= {
            "intent": row["intent"],
            "confidence": row["confidence"],
            "agent": row["decided_by"],
            "reason": row["decision_reason"],
            "media_count": row["media_count"],
        }
    return shown
