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

from sqlalchemy import Integer, bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.carriers.codes import TOO_LONG
from messaging.consent import OPT_OUT_CONFIRMATION, unsubscribed_of
from messaging.first_text import acquainted, introduced, is_automatic
from messaging.pace import Pace
from messaging.placing import next_allowed
from messaging.segments import count_segments
from messaging.transition import change_status, record_statuses, set_many
from messaging.wording import Wording, word
from models import clock
from models.account import Account
from models.appointment import HOLDS_TEXTS, Appointment, Visit
from models.attention import Reason, open_item
from models.base import table_of
from models.columns import UtcDateTime
from models.contact import TAKES_NO_TEXTS, Contact
from models.event import record
from models.message import UNSENT, Direction, Kind, Message, Status, may_become
from models.phone_number import PhoneNumber
from models.recipient import HELD_LOOK, Recipient
from models.reminder import Reminder

LONGEST_TEXT = 1600
SENDING_HOURS = "sending hours"
UNREACHABLE = "the contact's number cannot be reached by text"

_m, _n, _a = table_of(Message), table_of(PhoneNumber), table_of(Account)
_v, _c, _r = table_of(Appointment), table_of(Contact), table_of(Reminder)
_recipients = table_of(Recipient)


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


@dataclass(frozen=True, slots=True)
class _End:
    status: Status
    why: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class _Later:
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class _Go:
    wording: Wording | None
    expires_at: datetime | None


_CANDIDATES = (
    select(_m.c.id, _m.c.recipient_id)
    .join(_n, _n.c.id == _m.c.phone_number_id)
    .where(
        _m.c.status.in_(UNSENT),
        _m.c.next_attempt_at <= bindparam("now", type_=UtcDateTime),
        _n.c.stopped_reason.is_(None),
    )
    .order_by(_m.c.next_attempt_at)
    .limit(bindparam("limit", type_=Integer))
)
_LOCKS = (
    select(_recipients.c.id)
    .where(_recipients.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_recipients.c.id)
    .with_for_update(skip_locked=True, key_share=True)
)
_VISITS = (
    select(_v.c.id)
    .where(
        _v.c.id.in_(
            select(_m.c.appointment_id).where(_m.c.id.in_(bindparam("ids", expanding=True))).scalar_subquery()
        )
    )
    .order_by(_v.c.id)
    .with_for_update(read=True)
)
_BASE = (
    select(
        *(
            _m.c[name]
            for name in (
                "id",
                "account_id",
                "kind",
                "created_at",
                "recipient_id",
                "phone_number_id",
                "from_number",
                "to_number",
                "body",
                "template",
                "any_hour",
                "due_at",
                "expires_at",
                "appointment_id",
                "contact_id",
                "reminder_id",
            )
        ),
        _n.c.carrier,
        _n.c.twilio_sid,
        _n.c.twilio_token_encrypted,
        _n.c.max_per_second,
        _n.c.stopped_reason,
        _n.c.deleted_at.label("number_deleted_at"),
        _recipients.c.held_since,
    )
    .join(_n, _n.c.id == _m.c.phone_number_id)
    .join(_recipients, _recipients.c.id == _m.c.recipient_id)
    .where(
        _m.c.id.in_(bindparam("ids", expanding=True)),
        _m.c.status.in_(UNSENT),
        _m.c.direction == Direction.OUTBOUND,
    )
    .order_by(_m.c.next_attempt_at)
    .with_for_update(of=_m)
)
# What only a text about a visit, with variables, or within hours needs to know; most texts need none of it.
_AROUND = (
    select(
        _m.c.id,
        _m.c.metadata,
        _a.c.name.label("account_name"),
        _a.c.timezone.label("account_timezone"),
        _a.c.sending_hours,
        _a.c.skip_holidays,
        _a.c.first_text_footer,
        _v.c.status.label("visit_status"),
        _v.c.confirmation,
        _v.c.starts_at,
        _v.c.timezone.label("visit_timezone"),
        _v.c.service,
        _v.c.provider,
        _v.c.location,
        _v.c.patient_name,
        _v.c.metadata.label("visit_metadata"),
        _c.c.name.label("contact_name"),
        _c.c.timezone.label("contact_timezone"),
        _c.c.language,
        _c.c.phone_number.label("contact_number"),
        _c.c.reachability,
        _r.c.only_if,
    )
    .join(_a, _a.c.id == _m.c.account_id)
    .outerjoin(_v, _v.c.id == _m.c.appointment_id)
    .outerjoin(_c, _c.c.id == _m.c.contact_id)
    .outerjoin(_r, _r.c.id == _m.c.reminder_id)
    .where(_m.c.id.in_(bindparam("ids", expanding=True)))
)
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
    candidates = (await session.execute(_CANDIDATES, {"now": clock.now(), "limit": limit})).all()
    if not candidates:
        return [], 0
    ids = [id for id, _ in candidates]
    if postgresql:
        wanted = {recipient for _, recipient in candidates}
        locked = set((await session.execute(_LOCKS, {"ids": list(wanted)})).scalars())
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
        await session.execute(_VISITS, {"ids": ids})
    rows = await _read(session, ids)
    forbidden = await unsubscribed_of(session, [(row["recipient_id"], row["from_number"]) for row in rows])
    go: list[tuple[dict[str, Any], _Go]] = []
    waiting: Counter[str] = Counter()
    for row in rows:
        verdict = _judge(row, now, stopped=(row["recipient_id"], row["from_number"]) in forbidden)
        if isinstance(verdict, _Go) and row["max_per_second"]:
            number = row["phone_number_id"]
            at = pace.take(number, row["max_per_second"], now, waiting[number])
            if at is not None:
                waiting[number] += 1
                verdict = _Later(at, "the sender's pace")
        if isinstance(verdict, _Go):
            go.append((row, verdict))
        elif isinstance(verdict, _End):
            await _end(session, row, verdict)
        else:
            await _put_off(session, row, verdict)
    return await _depart(session, await _introduced(session, go), now)


async def _introduced(
    session: AsyncSession, go: Sequence[tuple[dict[str, Any], _Go]]
) -> list[tuple[dict[str, Any], _Go]]:
    """Let the first automatic text of a sender to a number say who texts and how to stop."""
    may_be_first = [row for row, _ in go if is_automatic(row) and row["first_text_footer"]]
    known = await acquainted(session, {row["recipient_id"] for row in may_be_first})
    introduced_now: list[tuple[dict[str, Any], _Go]] = []
    for row, verdict in go:
        pair = (row["recipient_id"], row["from_number"])
        if is_automatic(row) and row["first_text_footer"] and pair not in known:
            known.add(pair)
            wording = verdict.wording or Wording(row["body"], ())
            first = introduced(wording, account_name=row["account_name"], language=row["language"])
            verdict = verdict if first is wording else _Go(first, verdict.expires_at)
        introduced_now.append((row, verdict))
    return introduced_now


async def _read(session: AsyncSession, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of these texts, locked, with what stands around them where it matters."""
    rows = [row._asdict() for row in (await session.execute(_BASE, {"ids": ids})).all()]
    around = [
        row for row in rows if row["appointment_id"] or row["template"] or is_automatic(row) or _keeps_hours(row)
    ]
    if around:
        found = (await session.execute(_AROUND, {"ids": [row["id"] for row in around]})).all()
        known = {row.id: row._asdict() for row in found}
        for row in around:
            row.update(known[row["id"]])
    return rows


def _keeps_hours(row: Mapping[str, Any]) -> bool:
    return row["due_at"] is not None and not row["any_hour"] and row["kind"] != Kind.REPLY


def _judge(row: Mapping[str, Any], now: datetime, *, stopped: bool) -> _Go | _End | _Later:
    kind = row["kind"]
    if kind == Kind.CONSENT_REPLY:
        late = now > row["created_at"] + OPT_OUT_CONFIRMATION
        return (
            _End(Status.EXPIRED, "a confirmation of STOP leaves within five minutes") if late else _Go(None, None)
        )
    if stopped:
        return _End(Status.BLOCKED, "the person unsubscribed")
    if row["number_deleted_at"] is not None:
        return _End(Status.CANCELLED, "its number was deleted")
    if row["stopped_reason"] is not None:
        return _Later(now + HELD_LOOK, "the carrier refused the number's credentials")
    expires_at = row["expires_at"]
    if _is_of_a_visit(row):
        if (ended := _visit_forbids(row, now)) is not None:
            return ended
        expires_at = row["starts_at"]
    if is_automatic(row) and cannot_be_reached(row):
        return _End(Status.CANCELLED, UNREACHABLE)
    if expires_at is not None and expires_at <= now:
        return _End(Status.EXPIRED, "too late to be useful")
    if kind != Kind.REPLY and row["held_since"] is not None:
        return _Later(now + HELD_LOOK, "the number may be somebody else's: held until staff clear it")
    if _keeps_hours(row):
        allowed = next_allowed(row, now)
        if allowed > now:
            return _Later(allowed, SENDING_HOURS)
    wording = word(row) if row["template"] is not None else None
    if wording is not None and len(wording.text) > LONGEST_TEXT:
        return _End(Status.FAILED, "over 1600 characters once rendered", TOO_LONG)
    return _Go(wording, expires_at)


def _is_of_a_visit(row: Mapping[str, Any]) -> bool:
    return is_automatic(row) and row["appointment_id"] is not None


def _visit_forbids(row: Mapping[str, Any], now: datetime) -> _End | None:
    if row["kind"] == Kind.CANCELLATION:
        if row["visit_status"] != Visit.CANCELLED:
            return _End(Status.CANCELLED, "the appointment is on again")
        return _End(Status.EXPIRED, "the visit would have started") if row["starts_at"] <= now else None
    if row["visit_status"] == Visit.CANCELLED:
        return _End(Status.CANCELLED, "the appointment was cancelled")
    if row["starts_at"] <= now or row["visit_status"] != Visit.SCHEDULED:
        return _End(Status.EXPIRED, "the visit has started")
    if row["kind"] != Kind.REMINDER:
        return None
    if row["confirmation"] in HOLDS_TEXTS:
        return _End(Status.CANCELLED, f"the person answered: {row['confirmation'].replace('_', ' ')}")
    if not confirmation_fits(row["only_if"], row["confirmation"]):
        return _End(Status.CANCELLED, f"sent only if {' or '.join(row['only_if'])}; it is {row['confirmation']}")
    return None


def cannot_be_reached(row: Mapping[str, Any]) -> bool:
    """Tell whether a text goes to its contact's own number, and that takes no texts."""
    return row.get("reachability") in TAKES_NO_TEXTS and row["to_number"] == row["contact_number"]


def confirmation_fits(only_if: Sequence[str] | None, confirmation: str) -> bool:
    """Tell whether a reminder with these conditions is for an appointment that stands so."""
    if not only_if:
        return True
    named = {"pending" if word == "unconfirmed" else word for word in only_if}
    return confirmation in named


async def _end(session: AsyncSession, row: Mapping[str, Any], end: _End) -> None:
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


async def _put_off(session: AsyncSession, row: Mapping[str, Any], later: _Later) -> None:
    expires_at = row["expires_at"]
    if later.why == SENDING_HOURS and expires_at is not None and not _is_of_a_visit(row):
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
    session: AsyncSession, go: Sequence[tuple[dict[str, Any], _Go]], now: datetime
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


def _departure(row: Mapping[str, Any], verdict: _Go, now: datetime) -> Departure:
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
