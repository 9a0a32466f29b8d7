"""Reading Twilio's raw answers: what was surely taken, surely not, and what nobody can tell from the answer.

The SDK raises the same exception for a gateway's page and for Twilio's own error, so its answers are read here.
"""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from twilio.http.response import Response

from messaging.carriers.outcome import (
    Accepted,
    Listed,
    ListingFailed,
    NotTaken,
    Outcome,
    Refused,
    Unanswered,
)


def read_answer(answer: Response) -> Outcome:
    """Return what an answer to a create says became of the text."""
    content = json_object(answer.text)
    status = answer.status_code
    if 200 <= status < 300:
        sid = content.get("sid") if content else None
        if isinstance(sid, str) and sid:
            return Accepted(sid=sid, carrier_status=str((content or {}).get("status") or "queued"))
        return Unanswered(f"{status} without a sid")
    code = content.get("code") if content else None
    has_code = isinstance(code, int | str) and str(code).isdigit()
    if status == 429:
        return NotTaken(code=str(code) if has_code else "20429", retry_after=_seconds(answer))
    if has_code and status >= 500:
        return NotTaken(code=str(code), retry_after=_seconds(answer))
    if has_code and 400 <= status < 500:
        if str(code) == "21611":
            # The sender's queue is full at the carrier: refused now, welcome in some minutes.
            return NotTaken(code="21611", retry_after=120)
        return Refused(code=str(code))
    return Unanswered(f"{status} from a gateway")


def _seconds(answer: Response) -> float | None:
    raw = (answer.headers or {}).get("Retry-After")
    try:
        return min(max(float(raw), 0.0), 3600.0) if raw is not None else None
    except ValueError:
        return None


def json_object(text: str) -> dict[str, Any] | None:
    """Return the object that a body holds, or None where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _instant(text: str) -> datetime:
    """Return an instant in UTC, as Twilio writes it (RFC 2822) or as others do (RFC 3339). Raises ValueError."""
    try:
        made = parsedate_to_datetime(text)
    except ValueError:
        made = datetime.fromisoformat(text)
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def listed_message(item: dict[str, object]) -> Listed:
    """Return a message of the list. Raises ListingFailed for one that cannot be read."""
    try:
        return Listed(
            sid=str(item["sid"]),
            to_number=str(item["to"]),
            from_number=str(item["from"]),
            body=str(item["body"] or ""),
            status=str(item["status"]),
            direction=str(item["direction"]),
            error_code=str(item["error_code"]) if item.get("error_code") else None,
            created_at=_instant(str(item["date_created"])),
            media_count=int(str(item.get("num_media") or 0)),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ListingFailed("the carrier's list holds a message we cannot read") from error
