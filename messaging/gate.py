"""The gate: the last look at a text, in the transaction that marks it `sending`.

What leaves is true at that instant: consent, the visit's state and time, the hours and the wording are all read
again here, under the locks that STOP, cancel and move take too. Whoever commits first wins; the carrier is asked
at once after this transaction committed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.codes import TOO_LONG
from messaging.consent import unsubscribed_of
from messaging.first_text import acquainted, introduced, is_automatic
from messaging.gate_reads import CANDIDATES, LOCKS, VISITS, read_rows
from messaging.gate_rules import SENDING_HOURS, End, Go, Later, is_of_a_visit, judge
from messaging.pace import Pace
from messaging.segments import count_segments
from messaging.transition import change_status, record_statuses, set_many
from messaging.wording import Wording
from models import clock
from models.attention import Reason, open_item
from models.base import table_of
from models.columns import UtcDateTime
from models.event import record
from models.message import Message, Status, may_become

_m = table_of(Message)


@dataclass(frozen=True, slots=True)
class Departure:
    """A text that is marked `sending` and must now be handed to the carrier, once."""

    message_id: str
    phone_number_id: str
    carrier: str
    account_sid: str
    token_encrypted: str
    to_number: str
    from_number: str
    body: str
    validity_seconds: int | None


_MARK = (
    _m.update()
    .where(_m.c.id.in_(bindparam("ids", expanding=True)), _m.c.status.in_(may_become(Status.SENDING)))
    .values(
        status=Status.SENDING,
        attempts=_m.c.attempts + 1,
        version=_m.c.version + 1,
        attempt_started_at=bindparam("now", type_=UtcDateTime),
        updated_at=bindparam("now", type_=UtcDateTime),
        attempt_ended_at=None,
        listings=0,
        listed_at=None,
    )
)


async def claim_due(
    session: AsyncSession, *, limit: int, pace: Pace, postgresql: bool
) -> tuple[list[Departure], int]:
    """Mark up to `limit` due texts `sending`; return those to hand over and how many were looked at."""
    candidates = (await session.execute(CANDIDATES, {"now": clock.now(), "limit": limit})).all()
    if not candidates:
        return [], 0
    ids = [id for id, _ in candidates]
    if postgresql:
        wanted = {recipient for _, recipient in candidates}
        locked = set((await session.execute(LOCKS, {"ids": list(wanted)})).scalars())
        ids = [id for id, recipient in candidates if recipient in locked]
    return await pass_gate(session, ids, pace=pace, postgresql=postgresql), len(ids)


async def pass_gate(session: AsyncSession, ids: Sequence[str], *, pace: Pace, postgresql: bool) -> list[Departure]:
    """Judge texts whose recipients are locked by the caller; mark those that may leave `sending` and return them.

    The others end (`blocked`, `cancelled`, `expired`, `failed`) or are put back for later, with the reason.
    """
    if not ids:
        return []
    now = clock.now()
    if postgresql:
        await session.execute(VISITS, {"ids": ids})
    rows = await read_rows(session, ids)
    forbidden = await unsubscribed_of(session, [(row["recipient_id"], row["from_number"]) for row in rows])
    go: list[tuple[dict[str, Any], Go]] = []
    waiting: Counter[str] = Counter()
    for row in rows:
        verdict = judge(row, now, stopped=(row["recipient_id"], row["from_number"]) in forbidden)
        if isinstance(verdict, Go) and row["max_per_second"]:
            number = row["phone_number_id"]
            at = pace.take(number, row["max_per_second"], now, waiting[number])
            if at is not None:
                waiting[number] += 1
                verdict = Later(at, "the sender's pace")
        if isinstance(verdict, Go):
            go.append((row, verdict))
        elif isinstance(verdict, End):
            await _end(session, row, verdict)
        else:
            await _put_off(session, row, verdict)
    return await _depart(session, await _introduced(session, go), now)


async def _introduced(
    session: AsyncSession, go: Sequence[tuple[dict[str, Any], Go]]
) -> list[tuple[dict[str, Any], Go]]:
    """Let the first automatic text of a sender to a number say who texts and how to stop."""
    may_be_first = [row for row, _ in go if is_automatic(row) and row["first_text_footer"]]
    known = await acquainted(session, {row["recipient_id"] for row in may_be_first})
    introduced_now: list[tuple[dict[str, Any], Go]] = []
    for row, verdict in go:
        pair = (row["recipient_id"], row["from_number"])
        if is_automatic(row) and row["first_text_footer"] and pair not in known:
            known.add(pair)
            wording = verdict.wording or Wording(row["body"], ())
            first = introduced(wording, account_name=row["account_name"], language=row["language"])
            verdict = verdict if first is wording else Go(first, verdict.expires_at)
        introduced_now.append((row, verdict))
    return introduced_now


async def _end(session: AsyncSession, row: Mapping[str, Any], end: End) -> None:
    await change_status(session, [row["id"]], end.status, note=end.why, error_code=end.code)
    if end.code == TOO_LONG:
        await open_item(
            session,
            row["account_id"],
            Reason.REMINDER_SKIPPED,
            appointment_id=row["appointment_id"],
            contact_id=row["contact_id"],
            message_id=row["id"],
            note=end.why,
        )


async def _put_off(session: AsyncSession, row: Mapping[str, Any], later: Later) -> None:
    expires_at = row["expires_at"]
    if later.why == SENDING_HOURS and expires_at is not None and not is_of_a_visit(row):
        # The hours in which it may not leave do not count, or it would expire only for having been moved.
        expires_at += later.at - clock.now()
    at = later.at if expires_at is None else min(later.at, expires_at)
    await session.execute(
        _m.update().where(_m.c.id == row["id"]).values(next_attempt_at=at, expires_at=expires_at)
    )
    if later.why == SENDING_HOURS:
        record(
            session,
            "message.held",
            account_id=row["account_id"],
            message_id=row["id"],
            appointment_id=row["appointment_id"],
            note=later.why,
        )


async def _depart(
    session: AsyncSession, go: Sequence[tuple[dict[str, Any], Go]], now: datetime
) -> list[Departure]:
    if not go:
        return []
    rendered = [
        {
            "id": row["id"],
            "body": verdict.wording.text,
            "segments": count_segments(verdict.wording.text).segments,
            "named_start": row["starts_at"],
        }
        for row, verdict in go
        if verdict.wording is not None
    ]
    await set_many(session, rendered, columns=["body", "segments", "named_start"])
    ids = [row["id"] for row, _ in go]
    await session.execute(_MARK, {"ids": ids, "now": now})
    await record_statuses(session, [row | {"status": Status.SENDING} for row, _ in go])
    return [_departure(row, verdict, now) for row, verdict in go]


def _departure(row: Mapping[str, Any], verdict: Go, now: datetime) -> Departure:
    validity = None if verdict.expires_at is None else max(1, int((verdict.expires_at - now).total_seconds()))
    return Departure(
        message_id=row["id"],
        phone_number_id=row["phone_number_id"],
        carrier=row["carrier"],
        account_sid=row["twilio_sid"],
        token_encrypted=row["twilio_token_encrypted"],
        to_number=row["to_number"],
        from_number=row["from_number"],
        body=verdict.wording.text if verdict.wording is not None else row["body"],
        validity_seconds=validity,
    )
