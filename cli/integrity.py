"""What must hold of everything stored, asked in SQL: each check finds the rows that break it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.base import table_of
from models.database import Database
from models.message import AWAITING_CARRIER, REACHED_CARRIER, Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import EVERY_SENDER, ConsentChange, ConsentState
from models.reminder import Reminder, ReminderKind, ReminderState
from models.vault import UnreadableSecret, Vault

# The carrier answers within seconds and its list is complete within minutes; what is older is stuck.
STUCK_AFTER = timedelta(hours=2)
_SHOWN = 5

_m, _r, _a = table_of(Message), table_of(Reminder), table_of(Appointment)
_c = table_of(ConsentChange)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule. wrong: what is said of rows that break it; broken: their ids."""

    wrong: str
    broken: Select[Any]


async def failures(database: Database, vault: Vault) -> list[str]:
    """Return what is wrong with all that is stored, a sentence each; nothing where all is well."""
    async with database.read() as session:
        found = [] if database.is_postgresql else await _of_the_file(session)
        for check in _checks():
            found += await _failure(session, check)
        return found + await _unreadable_tokens(session, vault)


async def _failure(session: AsyncSession, check: Check) -> list[str]:
    rows = check.broken.subquery()
    count = (await session.execute(select(func.count()).select_from(rows))).scalar_one()
    if not count:
        return []
    ids = (await session.execute(select(rows).order_by(rows.c[0]).limit(_SHOWN))).scalars().all()
    return [f"{check.wrong}: {', '.join(map(str, ids))}{f' and {count - _SHOWN} more' if count > _SHOWN else ''}"]


async def _of_the_file(session: AsyncSession) -> list[str]:
    """What SQLite itself finds: torn pages, wrong indexes, rows that refer to nothing."""
    found = [
        f"the file is damaged: {row[0]}"
        for row in (await session.execute(text("PRAGMA integrity_check(5)"))).all()
        if row[0] != "ok"
    ]
    torn: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in (await session.execute(text("PRAGMA foreign_key_check"))).all():
        torn[table, parent] = torn.get((table, parent), 0) + 1
    return found + [
        f"rows of {table} refer to {parent} that are not there: {count}" for (table, parent), count in torn.items()
    ]


async def _unreadable_tokens(session: AsyncSession, vault: Vault) -> list[str]:
    numbers = table_of(PhoneNumber)
    rows = await session.execute(
        select(numbers.c.id, numbers.c.twilio_token_encrypted).where(numbers.c.twilio_token_encrypted != "")
    )
    unreadable = []
    for id, token in rows.all():
        try:
            vault.decrypt(token)
        except UnreadableSecret:
            unreadable.append(id)
    wrong = "the tokens of these numbers cannot be read with SHOWUP_SECRET_KEY"
    return [f"{wrong}: {', '.join(unreadable)}"] if unreadable else []


def _checks() -> Iterator[Check]:
    yield from _of_messages()
    yield from _of_reminders()
    yield from _of_appointments()


def _of_messages() -> Iterator[Check]:
    long_ago = clock.now() - STUCK_AFTER
    yield Check(
        "texts have been on their way to the carrier for over two hours",
        select(_m.c.id).where(_m.c.status.in_(AWAITING_CARRIER), _m.c.attempt_started_at < long_ago),
    )
    yield Check(
        "texts were due over two hours ago and wait for nothing",
        select(_m.c.id).where(
            _m.c.status == Status.QUEUED, _m.c.next_attempt_at < long_ago, ~_number_is_stopped()
        ),
    )
    yield Check(
        "texts the carrier took have no carrier's id",
        select(_m.c.id).where(_m.c.status.in_(REACHED_CARRIER), _m.c.carrier_sid.is_(None)),
    )
    yield Check(
        "one carrier's id stands on several texts",
        select(_m.c.carrier_sid)
        .where(_m.c.carrier_sid.is_not(None))
        .group_by(_m.c.account_id, _m.c.carrier_sid)
        .having(func.count() > 1),
    )
    yield Check("texts left after the person had opted out", _left_after_opt_out())
    yield Check(
        "texts answer texts that are not there", _without_parent(_m.c.in_reply_to, _m.alias("parent").c.id)
    )
    yield Check("texts belong to reminders that are not there", _without_parent(_m.c.reminder_id, _r.c.id))
    yield Check("texts belong to appointments that are not there", _without_parent(_m.c.appointment_id, _a.c.id))


def _number_is_stopped() -> Any:
    numbers = table_of(PhoneNumber)
    return (
        select(numbers.c.id)
        .where(numbers.c.id == _m.c.phone_number_id, numbers.c.stopped_reason.is_not(None))
        .correlate(_m)
        .exists()
    )


def _without_parent(child: Any, parent: Any) -> Select[Any]:
    return select(_m.c.id).where(child.is_not(None), ~select(parent).where(parent == child).correlate(_m).exists())


def _left_after_opt_out() -> Select[Any]:
    """Texts marked `sending` while an opt-out for their sender stood: the confirmation of a STOP may."""
    lifted = _c.alias("lifted")
    stood = (
        select(_c.c.id)
        .where(
            _c.c.recipient_id == _m.c.recipient_id,
            _c.c.sender.in_((EVERY_SENDER, _m.c.from_number)),
            _c.c.state == ConsentState.UNSUBSCRIBED,
            _c.c.at < _m.c.attempt_started_at,
            ~select(lifted.c.id)
            .where(
                lifted.c.recipient_id == _c.c.recipient_id,
                lifted.c.sender == _c.c.sender,
                lifted.c.state == ConsentState.SUBSCRIBED,
                lifted.c.at >= _c.c.at,
                lifted.c.at <= _m.c.attempt_started_at,
            )
            .correlate(_c, _m)
            .exists(),
        )
        .correlate(_m)
        .exists()
    )
    left = (*AWAITING_CARRIER, *REACHED_CARRIER)
    return select(_m.c.id).where(
        _m.c.direction == Direction.OUTBOUND, _m.c.kind != Kind.CONSENT_REPLY, _m.c.status.in_(left), stood
    )


def _of_reminders() -> Iterator[Check]:
    made = select(func.count()).where(_m.c.reminder_id == _r.c.id).correlate(_r).scalar_subquery()
    ends = (ReminderState.FINISHED, ReminderState.CANCELLED)
    yield Check(
        "one occurrence of a reminder made several texts",
        select(_m.c.reminder_id)
        .where(_m.c.reminder_id.is_not(None))
        .group_by(_m.c.reminder_id, _m.c.occurrence)
        .having(func.count() > 1),
    )
    yield Check(
        "reminders fired another number of times than they have texts",
        select(_r.c.id).where(_r.c.occurrences != made),
    )
    yield Check(
        "reminders ended without a text and without a reason",
        select(_r.c.id).where(
            _r.c.state == ReminderState.FINISHED,
            _r.c.kind != ReminderKind.CRON,
            _r.c.occurrences == 0,
            _r.c.why.is_(None),
        ),
    )
    yield Check(
        "reminders were due over two hours ago and were neither sent nor recorded as missed",
        select(_r.c.id).where(_r.c.state == ReminderState.ACTIVE, _r.c.next_run_at < clock.now() - STUCK_AFTER),
    )
    yield Check(
        "reminders are active and never come, or have ended and yet come",
        select(_r.c.id).where(
            or_(
                and_(_r.c.state == ReminderState.ACTIVE, _r.c.next_run_at.is_(None)),
                and_(_r.c.state.in_(ends), _r.c.next_run_at.is_not(None)),
            )
        ),
    )


def _of_appointments() -> Iterator[Check]:
    yield Check(
        "cancelled appointments still have active reminders",
        select(_a.c.id).where(
            _a.c.status == Visit.CANCELLED,
            select(_r.c.id)
            .where(_r.c.appointment_id == _a.c.id, _r.c.state == ReminderState.ACTIVE)
            .correlate(_a)
            .exists(),
        ),
    )
    yield Check(
        "appointments have an answer without who gave it and when",
        select(_a.c.id).where(
            _a.c.confirmation != Confirmation.PENDING,
            or_(_a.c.confirmation_at.is_(None), _a.c.confirmation_by.is_(None)),
        ),
    )
    yield Check(
        "appointments have a status without who set it and when",
        select(_a.c.id).where(
            _a.c.status != Visit.SCHEDULED, or_(_a.c.status_at.is_(None), _a.c.status_by.is_(None))
        ),
    )
