"""Settling what the carrier answered, many answers in one commit."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.codes import OPTED_OUT, WRONG_CREDENTIALS
from messaging.carriers.outcome import Accepted, NotTaken, Outcome, Refused, Unanswered
from messaging.consequences import follow_code
from messaging.transition import record_statuses, set_many
from models import clock
from models.base import table_of
from models.database import signal
from models.event import CARRIER
from models.message import Kind, Message, Status, may_become

FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 300.0
FIRST_LISTING = timedelta(seconds=2)

_m = table_of(Message)

_WRITTEN = (
    "status",
    "carrier_sid",
    "carrier_status",
    "error_code",
    "next_attempt_at",
    "attempt_ended_at",
    "updated_at",
    "version",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing one message over."""

    message_id: str
    outcome: Outcome


_READ = (
    select(
        *(
            _m.c[name]
            for name in (
                "id",
                "account_id",
                "kind",
                "status",
                "version",
                "attempts",
                "expires_at",
                "next_attempt_at",
                "carrier_sid",
                "carrier_status",
                "error_code",
                "body",
                "segments",
                "resend_of",
                "recipient_id",
                "phone_number_id",
                "from_number",
                "to_number",
                "appointment_id",
                "contact_id",
                "reminder_id",
            )
        )
    )
    .where(_m.c.id.in_(bindparam("ids", expanding=True)))
    .with_for_update()
)


async def settle_one(session: AsyncSession, answer: Answer) -> dict[str, Any]:
    """Write one answer in the caller's transaction; return the message's row as it now is.

    An answer with the SID of another message proves nothing: then the message is `unknown`.
    """
    try:
        async with session.begin_nested():
            rows = await settle(session, [answer])
    except IntegrityError:
        rows = await settle(session, [Answer(answer.message_id, Unanswered("the sid of another message"))])
    return rows[answer.message_id]


async def settle(session: AsyncSession, answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Write what the carrier answered; return the rows as they now are, by message id.

    A callback may have settled a message before its answer came: then only the missing SID is noted.
    Raises IntegrityError, and must be undone, where an answer has the SID of another message: `settle_one`.
    """
    now = clock.now()
    outcomes = {answer.message_id: answer.outcome for answer in answers}
    found = await session.execute(_READ, {"ids": list(outcomes)})
    rows = {row.id: row._asdict() for row in found.all()}
    moved: list[dict[str, Any]] = []
    named: list[dict[str, Any]] = []
    coded: list[tuple[dict[str, Any], str]] = []
    for id, row in rows.items():
        change = _change(row, outcomes[id], now)
        if row["status"] in may_become(change["status"]):
            row.update(change, updated_at=now, version=row["version"] + 1)
            moved.append(row)
        elif row["carrier_sid"] is None and change["carrier_sid"] is not None:
            row.update(carrier_sid=change["carrier_sid"])
            named.append(row)
        outcome = outcomes[id]
        if isinstance(outcome, Refused):
            coded.append((row, outcome.code))
    await set_many(session, moved, columns=_WRITTEN)
    await set_many(session, named, columns=("carrier_sid",))
    await record_statuses(session, moved, by=CARRIER)
    for row, code in sorted(coded, key=lambda pair: str(pair[0]["recipient_id"])):
        await follow_code(session, row, code)
    if any(row["status"] in (Status.QUEUED, Status.UNKNOWN) for row in moved):
        signal(session, "messages", "reconcile")
    return rows


def _change(row: Mapping[str, Any], outcome: Outcome, now: datetime) -> dict[str, Any]:
    change: dict[str, Any] = {
        "attempt_ended_at": now,
        "carrier_sid": row["carrier_sid"],
        "carrier_status": row["carrier_status"],
        "error_code": None,
        "next_attempt_at": row["next_attempt_at"],
    }
    match outcome:
        case Accepted():
            status = Status.SENT
            change |= {"carrier_sid": outcome.sid, "carrier_status": outcome.carrier_status}
        case Refused():
            status, again = _refused(row, outcome.code, now)
            change |= {"error_code": outcome.code, "next_attempt_at": again}
        case NotTaken():
            status = Status.QUEUED
            again = now + retry_delay(row["attempts"], outcome.retry_after)
            if row["expires_at"] is not None:
                again = min(again, row["expires_at"])
            change |= {"error_code": outcome.code, "next_attempt_at": again}
        case Unanswered():
            status = Status.UNKNOWN
            change |= {"next_attempt_at": now + FIRST_LISTING}
    return change | {"status": status}


def _refused(row: Mapping[str, Any], code: str, now: datetime) -> tuple[Status, datetime]:
    if code == OPTED_OUT:
        return Status.BLOCKED, now
    if code == WRONG_CREDENTIALS and row["kind"] != Kind.API:
        # Surely not taken, and nothing is wrong with the text: it waits while its number is stopped.
        return Status.QUEUED, now
    return Status.FAILED, now


def retry_delay(attempts: int, retry_after: float | None) -> timedelta:
    """Return how long to wait before the next try: what the carrier asked for, else back-off with full jitter."""
    if retry_after is not None:
        return timedelta(seconds=retry_after + random.uniform(0, 0.5))  # noqa: S311 - jitter is no secret
    ceiling = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(attempts, 10))
    return timedelta(seconds=random.uniform(FIRST_RETRY_SECONDS / 2, ceiling))  # noqa: S311 - jitter is no secret
