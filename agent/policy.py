"""What may come of a reply: the table disposes of what an agent proposes.

Nothing in a reply's text can widen it: it knows only the sender's own visits.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from agent.decision import Decision, Intent, RequestedTime
from agent.emergency import has_emergency_words
from agent.exact import lone_answer
from agent.noise import Noise, noise_of
from agent.situation import Situation, Visit
from agent.which import Pick, pick
from models.appointment import Confirmation
from models.attention import Reason

SURE = 0.6
"""A decision less confident than this changes nothing."""


class Column(StrEnum):
    """The columns of the table: where a visit stands when the reply comes."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    RESCHEDULE_REQUESTED = "reschedule_requested"
    CLOSED = "closed"


class ReplyKind(StrEnum):
    """What the person is told; `agent.answers` has the words."""

    NONE = "none"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    RESCHEDULE_NOTED = "reschedule_noted"
    LATE_NOTED = "late_noted"
    SEVERAL = "several"
    NEW_TIME = "new_time"
    CLOSED = "closed"
    ANSWER = "answer"
    PASSED_ON = "passed_on"
    ASK = "ask"
    ASK_WHICH = "ask_which"
    ASK_OPT_OUT = "ask_opt_out"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    HELP = "help"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Effect:
    """One cell of the table. confirmation: the new one, None where it stays."""

    confirmation: Confirmation | None = None
    flags: tuple[Reason, ...] = ()
    reply: ReplyKind = ReplyKind.NONE
    keeps_wish: bool = False
    keeps_delay: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one visit. confirmation: the new one, None where only the wish is new."""

    visit_id: str
    confirmation: Confirmation | None
    requested_time: RequestedTime | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """An item for the staff's list; `visit_id` is None where it concerns the person."""

    reason: Reason
    visit_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done with a reply, and nothing else.

    sure: whether the decision was carried out; if not, `changes` is empty.
    visits: the visits the reply was about. late_minutes: to be noted on them.
    hold_number: every text of the account to this person at this number waits for staff.
    opt_out: the person wants no more texts. answers_question: `Decision.reply` may be used.
    """

    sure: bool
    reply_kind: ReplyKind
    changes: tuple[Change, ...] = ()
    flags: tuple[Flag, ...] = ()
    visits: tuple[str, ...] = ()
    late_minutes: int | None = None
    hold_number: bool = False
    opt_out: bool = False


_CONFIRM = Effect(Confirmation.CONFIRMED, reply=ReplyKind.CONFIRMED)
_CONFIRM_AFTER_ALL = replace(_CONFIRM, flags=(Reason.CHANGED_MIND,))
_DECLINE = Effect(Confirmation.DECLINED, reply=ReplyKind.DECLINED)
_WISH = Effect(
    Confirmation.RESCHEDULE_REQUESTED,
    (Reason.RESCHEDULE_REQUESTED,),
    ReplyKind.RESCHEDULE_NOTED,
    keeps_wish=True,
)
_LATE = Effect(None, (Reason.RUNNING_LATE,), ReplyKind.LATE_NOTED, keeps_delay=True)

TABLE: dict[Intent, dict[Column, Effect]] = {
    Intent.CONFIRM: {
        Column.PENDING: _CONFIRM,
        Column.CONFIRMED: _CONFIRM,
        Column.DECLINED: _CONFIRM_AFTER_ALL,
        Column.RESCHEDULE_REQUESTED: _CONFIRM_AFTER_ALL,
        Column.CLOSED: Effect(None, (Reason.LATE_REPLY,), ReplyKind.CLOSED),
    },
    Intent.DECLINE: {
        Column.PENDING: _DECLINE,
        Column.CONFIRMED: _DECLINE,
        Column.DECLINED: _DECLINE,
        Column.RESCHEDULE_REQUESTED: _DECLINE,
        Column.CLOSED: Effect(None, (), ReplyKind.CLOSED),
    },
    Intent.RESCHEDULE: {
        Column.PENDING: _WISH,
        Column.CONFIRMED: _WISH,
        Column.DECLINED: _WISH,
        Column.RESCHEDULE_REQUESTED: _WISH,
        Column.CLOSED: Effect(None, (Reason.RESCHEDULE_REQUESTED,), ReplyKind.PASSED_ON),
    },
    Intent.RUNNING_LATE: {
        Column.PENDING: _LATE,
        Column.CONFIRMED: _LATE,
        Column.DECLINED: _LATE,
        Column.RESCHEDULE_REQUESTED: _LATE,
        Column.CLOSED: Effect(None, (Reason.RUNNING_LATE,), ReplyKind.PASSED_ON),
    },
}
"""The intents that concern a visit, by where it stands. The others concern the person: see `_personal`."""


def column_of(visit: Visit, now: datetime) -> Column:
    """The column of the table in which a visit stands at `now` (UTC)."""
    if not visit.is_open(now):
        return Column.CLOSED
    if visit.confirmation == Confirmation.UNREACHABLE:
        return Column.PENDING
    return Column(visit.confirmation.value)


def dispose(decision: Decision, situation: Situation) -> Outcome:
    """What comes of a decision; a doubtful or forbidden one changes nothing."""
    if noise_of(situation.text) is not None:
        return _of_noise(situation)
    if has_emergency_words(situation.text):
        return _of_emergency(decision, situation)
    return _of_decision(decision, situation)


def _of_decision(decision: Decision, situation: Situation) -> Outcome:
    if not _is_sure(decision, situation):
        return _unsure(decision, situation)
    if decision.intent not in TABLE:
        return _personal(decision, situation)
    picked = pick(decision, situation)
    if picked is None:
        return _unsure(decision, situation)
    if not picked:
        return _ask_which(situation)
    return _carry_out(picked, decision, situation)


def _is_sure(decision: Decision, situation: Situation) -> bool:
    if not decision.confidence >= SURE:
        return False
    named = {decision.appointment, *(visit_id for visit_id, _ in decision.appointments)} - {None}
    if not all(situation.visit(visit_id) for visit_id in named):
        return False
    lone = lone_answer(situation.text, situation.context)
    return lone is None or lone is decision.intent


def _of_noise(situation: Situation) -> Outcome:
    """An auto-reply or a tapback gets no answer; a displeased tapback is shown to staff."""
    flags = (Flag(Reason.UNCLEAR_REPLY, situation.about),) if noise_of(situation.text) is Noise.DISLIKE else ()
    return Outcome(sure=not flags, reply_kind=ReplyKind.NONE, flags=flags)


def _of_emergency(decision: Decision, situation: Situation) -> Outcome:
    """Flagged first, and answered with a fixed text whatever else the reply says."""
    outcome = _of_decision(decision, situation)
    flag = Flag(Reason.EMERGENCY_WORDS, situation.about)
    return replace(outcome, flags=(flag, *outcome.flags), reply_kind=ReplyKind.EMERGENCY)


def _unsure(decision: Decision, situation: Situation) -> Outcome:
    if decision.intent is Intent.OPT_OUT:
        flags = (Flag(Reason.MAY_WANT_TO_OPT_OUT, situation.about),)
        return Outcome(sure=False, reply_kind=ReplyKind.ASK_OPT_OUT, flags=flags)
    flags = (Flag(Reason.UNCLEAR_REPLY, situation.about),)
    return Outcome(sure=False, reply_kind=ReplyKind.ASK, flags=flags)


def _ask_which(situation: Situation) -> Outcome:
    flags = (Flag(Reason.UNCLEAR_REPLY),)
    kind = ReplyKind.ASK_WHICH if situation.open_visits else ReplyKind.ASK
    return Outcome(sure=False, reply_kind=kind, flags=flags)


def _personal(decision: Decision, situation: Situation) -> Outcome:
    """The intents that change no visit, wherever it stands."""
    match decision.intent:
        case Intent.WRONG_NUMBER:
            flags = (Flag(Reason.WRONG_NUMBER, situation.about),)
            return Outcome(True, ReplyKind.WRONG_NUMBER, flags=flags, hold_number=True)
        case Intent.OPT_OUT:
            flags = (Flag(Reason.OPTED_OUT, situation.about),)
            return Outcome(True, ReplyKind.OPTED_OUT, flags=flags, opt_out=True)
        case Intent.QUESTION:
            return _of_question(decision, situation)
        case Intent.THANKS:
            return Outcome(True, ReplyKind.ANSWER if decision.reply else ReplyKind.NONE)
        case Intent.HELP:
            return Outcome(True, ReplyKind.HELP)
        case _:
            return _unsure(decision, situation)


def _of_question(decision: Decision, situation: Situation) -> Outcome:
    answered = decision.reply is not None and not decision.unanswered_question
    flags = () if answered else (Flag(Reason.QUESTION, situation.about),)
    kind = ReplyKind.ANSWER if decision.reply is not None else ReplyKind.PASSED_ON
    return Outcome(True, kind, flags=flags)


def _carry_out(picked: Pick, decision: Decision, situation: Situation) -> Outcome:
    changes: list[Change] = []
    flags: list[Flag] = []
    kinds: list[ReplyKind] = []
    late = None
    for visit, intent in picked:
        effect = _effect(visit, intent, situation)
        change = _change(visit, effect, decision)
        changes += [change] if change else []
        flags += [Flag(reason, visit.id) for reason in effect.flags]
        kinds.append(effect.reply)
        if effect.keeps_delay or (decision.late_minutes and effect.confirmation is Confirmation.CONFIRMED):
            late = decision.late_minutes
            flags += [] if effect.keeps_delay else [Flag(Reason.RUNNING_LATE, visit.id)]
    if decision.unanswered_question:
        flags.append(Flag(Reason.QUESTION, picked[0][0].id))
    return Outcome(
        sure=not any(kind is ReplyKind.NEW_TIME for kind in kinds),
        reply_kind=kinds[0] if len(kinds) == 1 else ReplyKind.SEVERAL,
        changes=tuple(changes),
        flags=tuple(dict.fromkeys(flags)),
        visits=tuple(visit.id for visit, _ in picked),
        late_minutes=late,
    )


def _effect(visit: Visit, intent: Intent, situation: Situation) -> Effect:
    """The cell, after the two rules on time: a text about an earlier time, and a visit that has begun."""
    effect = TABLE[intent][column_of(visit, situation.now)]
    if not visit.is_open(situation.now):
        return replace(effect, flags=_late_flags(visit, intent, effect, situation.now))
    if visit.id == situation.about and situation.about_starts_at not in (None, visit.starts_at):
        return _of_earlier_time(intent, effect)
    return effect


def _late_flags(visit: Visit, intent: Intent, effect: Effect, now: datetime) -> tuple[Reason, ...]:
    if visit.released and intent is Intent.CONFIRM:
        return (Reason.REPLY_AFTER_RELEASE,)
    begun = visit.starts_at <= now and intent is not Intent.RUNNING_LATE
    late = (Reason.LATE_REPLY,) if begun else ()
    return tuple(dict.fromkeys((*effect.flags, *late)))


def _of_earlier_time(intent: Intent, effect: Effect) -> Effect:
    """A yes or no to a time that has since been moved decides nothing: the new time is told and asked."""
    if intent is Intent.RUNNING_LATE:
        return effect
    flags = {Intent.CONFIRM: (), Intent.DECLINE: (Reason.UNCLEAR_REPLY,)}
    return Effect(None, flags.get(intent, (Reason.RESCHEDULE_REQUESTED,)), ReplyKind.NEW_TIME)


def _change(visit: Visit, effect: Effect, decision: Decision) -> Change | None:
    wish = decision.requested_time if effect.keeps_wish else None
    new = effect.confirmation if effect.confirmation != visit.confirmation else None
    if new is None and wish is None:
        return None
    return Change(visit.id, new, wish)
