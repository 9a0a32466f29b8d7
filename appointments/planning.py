"""Working out when each text of an appointment leaves, and why not where it does not. Pure rules, no I/O.

A text that may not leave at its instant moves: one that asks for an answer to an earlier hour, others to a later
one. Two that moving brings together become one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from appointments.lines import Line
from messaging import placing
from messaging.compose import PAST_TOLERANCE
from messaging.hours import RecipientHours
from messaging.placement import LEAST_NOTICE, Move, place
from models.account import Account
from models.contact import Contact

TOO_CLOSE = timedelta(hours=4)

PASSED = "skipped: its time had passed when the visit was booked or moved"
BEGUN = "skipped: the visit had begun when it was booked or moved"
NO_NUMBER = "skipped: the contact has no phone number"
GIVES_WAY = "skipped: the text that asks for an answer is sent at once instead"
AT_ONCE = "sent at once: the time of every text that asks for an answer had passed"


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of a plan. `nominal_at` is when it was asked for, `at` when it leaves, both UTC; None: it does not.

    why: one sentence where it leaves at another instant than asked for, or not at all. moved: by sending hours.
    forbidden: sending hours leave no time for it, which staff should know.
    """

    line: Line
    nominal_at: datetime
    at: datetime | None
    why: str | None = None
    moved: bool = False
    forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the plan of a visit hangs on: its start (UTC), its own zone, and when its person may be texted.

    booked_at: when it was booked (UTC); None: now.
    """

    starts_at: datetime
    place: ZoneInfo
    hours: RecipientHours
    booked_at: datetime | None = None


def hours_of(account: Account, contact: Contact) -> RecipientHours:
    """Return when texts may leave to a contact: by their own zone, else their number's, else the account's."""
    return placing.hours_of(
        {
            "contact_timezone": contact.timezone,
            "to_number": contact.phone_number or "",
            "account_timezone": account.timezone,
            "sending_hours": account.sending_hours,
            "skip_holidays": account.skip_holidays,
        }
    )


def plan(
    lines: Iterable[Line],
    occasion: Occasion,
    *,
    now: datetime,
    may_ask_at_once: bool = True,
    settle: timedelta = timedelta(0),
    told_at: datetime | None = None,
    told_before: Collection[Line] = (),
    waiting: Collection[Line] = (),
) -> list[Planned]:
    """Return what becomes of each line, in order of the instants they were asked for.

    may_ask_at_once: nobody was asked yet about this time. settle: how long a text sent at once waits, so that a
    second change on the heels of the first makes one text. told_at: when (UTC) a correction tells this time, in
    whose place no text that asks, and none of `told_before`, told of another time, goes within four hours.
    waiting: texts asked for at booking that have not left yet, and so are not too late.
    """
    planned = [_place(line, occasion, now, line in waiting) for line in lines]
    planned.sort(key=lambda one: one.nominal_at)
    if told_at is not None:
        repeating = [one for one in planned if one.line.asks or one.line in told_before]
        planned = [_give_way(one, told_at, occasion) if one in repeating else one for one in planned]
    elif may_ask_at_once:
        planned = _ask_at_once(planned, occasion, now, settle)
    return _apart(planned, occasion)


def _place(line: Line, occasion: Occasion, now: datetime, waits: bool) -> Planned:
    nominal = line.nominal(
        occasion.starts_at,
        occasion.place,
        holidays=occasion.hours.holidays,
        booked_at=occasion.booked_at or now,
    )
    if occasion.starts_at <= now:
        return Planned(line, nominal, None, BEGUN)
    if nominal < now - PAST_TOLERANCE and not waits:
        return Planned(line, nominal, None, PASSED)
    wanted = max(nominal, now) if waits else nominal
    return _within_hours(line, nominal, wanted, occasion, now)


def _within_hours(line: Line, nominal: datetime, wanted: datetime, occasion: Occasion, now: datetime) -> Planned:
    """Let a line leave at `wanted`, or as near to it as sending hours allow."""
    if line.any_hour:
        return Planned(line, nominal, wanted)
    placement = place(wanted, occasion.hours, line.moves, now=now, starts_at=occasion.starts_at)
    return Planned(
        line,
        nominal,
        placement.at,
        placement.why,
        moved=placement.at not in (None, wanted),
        forbidden=placement.at is None and line.moves is not Move.SKIP,
    )


def _ask_at_once(
    planned: Sequence[Planned], occasion: Occasion, now: datetime, settle: timedelta
) -> list[Planned]:
    """Send the latest text that asks at once, where the time of every one that asks has passed."""
    asking = [one for one in planned if one.line.asks]
    if not asking or any(one.why != PASSED for one in asking) or occasion.starts_at - now < LEAST_NOTICE:
        return list(planned)
    latest = asking[-1]
    at_once = _within_hours(latest.line, latest.nominal_at, now + settle, occasion, now)
    if at_once.why is None:
        at_once = replace(at_once, why=AT_ONCE)
    return [at_once if one is latest else _make_room(one, at_once) for one in planned]


def _make_room(one: Planned, at_once: Planned) -> Planned:
    """A booking is not told beside a text that asks about it at once."""
    if at_once.at is None or one.at is None or not one.line.at_booking or one.at > at_once.at + TOO_CLOSE:
        return one
    return replace(one, at=None, why=GIVES_WAY, moved=False)


def _give_way(one: Planned, told_at: datetime, occasion: Occasion) -> Planned:
    if one.at is None or one.at >= told_at + TOO_CLOSE:
        return one
    said = occasion.hours.clock(told_at)
    return replace(one, at=None, why=f"skipped: a text of {said:%A, %H:%M} tells this time", moved=False)


def _apart(planned: Sequence[Planned], occasion: Occasion) -> list[Planned]:
    """Of two texts that moving brought within four hours of each other only the one nearer the visit goes."""
    kept: list[Planned] = []
    for one in reversed(planned):
        nearer = next((other for other in reversed(kept) if _collide(one, other)), None)
        if nearer is None or nearer.at is None:
            kept.append(one)
            continue
        said = occasion.hours.clock(nearer.at)
        why = f"skipped: within 4 hours of the text of {said:%A, %H:%M}, which is nearer the visit"
        kept.append(replace(one, at=None, why=why, moved=False))
    return kept[::-1]


def _collide(one: Planned, other: Planned) -> bool:
    if one.at is None or other.at is None or not (one.moved or other.moved):
        return False
    return abs(other.at - one.at) < TOO_CLOSE and not one.line.excludes(other.line)
