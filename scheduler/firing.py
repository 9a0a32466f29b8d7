"""Firing: due reminders become messages.

The claim, the message and the next occurrence are one transaction, and a unique key on (reminder, occurrence)
makes a second message for one occurrence impossible. A claim takes many reminders, never a query a reminder.
What is too late is recorded as missed and not sent; several missed occurrences never become several texts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.recipients import recipient_ids
from messaging.segments import count_segments
from messaging.texts import USEFUL_FOR
from models import clock
from models.account import Account
from models.appointment import Appointment
from models.attention import Reason, open_item
from models.base import table_of
from models.contact import Contact
from models.database import Database, signal
from models.event import Event
from models.ids import new_id
from models.message import Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.reminder import IS_ACTIVE, Reminder, ReminderState
from scheduler.verdict import Fire, Verdict, grace_of, judge

BATCH = 500

_r, _v, _a, _c = table_of(Reminder), table_of(Appointment), table_of(Account), table_of(Contact)
_m, _e, _n = table_of(Message), table_of(Event), table_of(PhoneNumber)

_Row = dict[str, Any]


class Firing:
    """The source of due reminders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def earliest(self) -> datetime | None:
        """Return when the next reminder is due (UTC), or None."""
        query = select(func.min(_r.c.next_run_at)).where(IS_ACTIVE)
        async with self._database.read() as session:
            return (await session.execute(query)).scalar()

    async def run_due(self) -> int:
        """Fire one batch of what is due; return how many reminders were looked at."""
        earliest = await self.earliest()
        if earliest is None or earliest > clock.now():
            # Reading costs little, while a claim takes the database's one writer.
            return 0
        async with self._database.write() as session:
            return await fire_due(session, limit=BATCH, postgresql=self._database.is_postgresql)


async def fire_due(session: AsyncSession, *, limit: int, postgresql: bool) -> int:
    """Turn up to `limit` due reminders into messages, or record why not; return how many were looked at."""
    now = clock.now()
    rows = [row._asdict() for row in (await session.execute(_due(now, limit, postgresql))).all()]
    if not rows:
        return 0
    judged = [(row, judge(row, now)) for row in rows]
    fired = [(row, verdict.what) for row, verdict in judged if verdict.what is not None]
    await _advance(session, judged, now)
    await _make_messages(session, fired, now)
    await _tell(session, judged, now)
    if fired:
        signal(session, "messages")
    return len(rows)


def _due(now: datetime, limit: int, postgresql: bool) -> Select[Any]:
    query = (
        select(
            *_r.c,
            _v.c.contact_id,
            _v.c.confirmation,
            _v.c.status.label("visit_status"),
            _v.c.starts_at.label("visit_starts_at"),
            _a.c.timezone.label("account_timezone"),
            _a.c.sending_hours,
            _a.c.skip_holidays,
            _c.c.timezone.label("contact_timezone"),
            _c.c.phone_number.label("contact_number"),
            _c.c.reachability,
        )
        .join(_a, _a.c.id == _r.c.account_id)
        .outerjoin(_v, _v.c.id == _r.c.appointment_id)
        .outerjoin(_c, _c.c.id == _v.c.contact_id)
        .where(IS_ACTIVE, _r.c.next_run_at <= now)
        .order_by(_r.c.next_run_at)
        .limit(limit)
    )
    return query.with_for_update(of=_r, skip_locked=True) if postgresql else query


async def _advance(session: AsyncSession, judged: Sequence[tuple[_Row, Verdict]], now: datetime) -> None:
    """Move each reminder to its next occurrence, or to its end."""
    ended = [row["id"] for row, verdict in judged if verdict.next is None and verdict.why is None]
    if ended:
        await session.execute(
            _r.update()
            .where(_r.c.id.in_(ended))
            .values(
                state=ReminderState.FINISHED,
                next_run_at=None,
                last_run_at=now,
                occurrences=_r.c.occurrences + 1,
                updated_at=now,
                version=_r.c.version + 1,
            )
        )
    for row, verdict in judged:
        if verdict.next is None and verdict.why is None:
            continue
        ends = verdict.next is None
        await session.execute(
            _r.update()
            .where(_r.c.id == row["id"])
            .values(
                state=ReminderState.FINISHED if ends else ReminderState.ACTIVE,
                nominal_at=row["nominal_at"] if verdict.next is None else verdict.next.nominal_at,
                next_run_at=None if verdict.next is None else verdict.next.at,
                last_run_at=now if isinstance(verdict.what, Fire) else row["last_run_at"],
                occurrences=row["occurrences"] + isinstance(verdict.what, Fire),
                why=verdict.why or (verdict.next.why if verdict.next else None),
                updated_at=now,
                version=row["version"] + 1,
            )
        )


async def _make_messages(session: AsyncSession, fired: Sequence[tuple[_Row, Fire]], now: datetime) -> None:
    fired = await _not_made_yet(session, fired)
    if not fired:
        return
    numbers: dict[str, set[str]] = defaultdict(set)
    for row, _ in fired:
        numbers[row["account_id"]].add(row["to_number"])
    recipients = {
        account_id: await recipient_ids(session, account_id, wanted) for account_id, wanted in numbers.items()
    }
    messages = [_message(row, fire, recipients[row["account_id"]][row["to_number"]], now) for row, fire in fired]
    await session.execute(_m.insert(), messages)
    await session.execute(
        _e.insert(), [_event(row, "message.queued", now, message_id=row["id"]) for row in messages]
    )


async def _not_made_yet(session: AsyncSession, fired: Sequence[tuple[_Row, Fire]]) -> Sequence[tuple[_Row, Fire]]:
    """Leave out occurrences that have their message, such as of a job that was moved away and back again."""
    query = select(_m.c.reminder_id, _m.c.occurrence).where(
        _m.c.reminder_id.in_([row["id"] for row, _ in fired]),
        _m.c.occurrence.in_({fire.occurrence for _, fire in fired}),
    )
    made = {(id, occurrence) for id, occurrence in (await session.execute(query)).all()}
    return [(row, fire) for row, fire in fired if (row["id"], fire.occurrence) not in made]


def _message(row: _Row, fire: Fire, recipient_id: str, now: datetime) -> _Row:
    text = row["message"]
    return {
        "id": new_id("msg"),
        "account_id": row["account_id"],
        "direction": Direction.OUTBOUND,
        "kind": Kind.REMINDER,
        "status": Status.QUEUED,
        "agent_id": row["agent_id"],
        "phone_number_id": row["phone_number_id"],
        "recipient_id": recipient_id,
        "from_number": row["from_number"],
        "to_number": row["to_number"],
        "body": text,
        "template": text if "{{" in text else None,
        "segments": count_segments(text).segments,
        "appointment_id": row["appointment_id"],
        "contact_id": row["contact_id"],
        "reminder_id": row["id"],
        "occurrence": fire.occurrence,
        "named_start": row["visit_starts_at"],
        "any_hour": row["any_hour"],
        "due_at": fire.due_at,
        "next_attempt_at": now,
        # One that may be sent so late is also useful so late.
        "expires_at": row["visit_starts_at"] or fire.due_at + max(USEFUL_FOR, grace_of(row)),
        "attempts": 0,
        "listings": 0,
        "media_count": 0,
        "metadata": row["metadata"],
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }


async def _tell(session: AsyncSession, judged: Sequence[tuple[_Row, Verdict]], now: datetime) -> None:
    """Record what was missed or skipped, so that no occurrence is unaccounted for."""
    events = [
        _event(row, f"reminder.{note.kind}", now, note=note.text, reminder_id=row["id"], payload=note.payload)
        for row, verdict in judged
        for note in verdict.notes
    ]
    if not events:
        return
    await session.execute(_e.insert(), events)
    signal(session, "events")
    for row, verdict in judged:
        if any(note.flag for note in verdict.notes):
            await open_item(
                session,
                row["account_id"],
                Reason.REMINDER_SKIPPED,
                appointment_id=row["appointment_id"],
                contact_id=row["contact_id"],
                note=verdict.why,
            )


def _event(
    row: Mapping[str, Any],
    type: str,
    now: datetime,
    *,
    message_id: str | None = None,
    reminder_id: str | None = None,
    note: str | None = None,
    payload: dict[str, Any] | None = None,
) -> _Row:
    return {
        "id": new_id("evt"),
        "account_id": row["account_id"],
        "type": type,
        "created_at": now,
        "actor_type": "system",
        "appointment_id": row["appointment_id"],
        "message_id": message_id,
        "contact_id": row["contact_id"],
        "reminder_id": reminder_id or row.get("reminder_id"),
        "payload": payload,
        "note": note,
    }
