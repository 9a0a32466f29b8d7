"""What the person is told: the built-in wording of an outcome, or the agent's own answer."""

from dataclasses import dataclass

from agent.decision import Decision, Intent
from agent.normalise import plain
from agent.phrases import PHRASES
from agent.policy import Outcome, ReplyKind
from agent.reply_check import MAX_CHARACTERS, has_link, may_leave
from agent.situation import Situation, Visit
from agent.spoken_time import language_of, spoken_start
from models.appointment import Confirmation
from models.appointment import Visit as VisitStatus

_EMERGENCY_NUMBERS = {
    "US": "911",
    "CA": "911",
    "MX": "911",
    "GB": "999",
    "AU": "000",
    "NZ": "111",
    "BR": "192",
} | dict.fromkeys(("AT", "BE", "CH", "DE", "ES", "FR", "IE", "IT", "LU", "NL", "PT"), "112")
_WORDS = {
    Confirmation.CONFIRMED: "word_confirmed",
    Confirmation.DECLINED: "word_declined",
    Confirmation.RESCHEDULE_REQUESTED: "word_reschedule",
}
_INTENT_WORDS = {
    Intent.CONFIRM: "word_confirmed",
    Intent.DECLINE: "word_declined",
    Intent.RESCHEDULE: "word_reschedule",
    Intent.RUNNING_LATE: "word_late",
}
LISTED_AT_MOST = 5
"""More visits than this do not fit one text."""

# A person in these moments gets the fixed words only, never an agent's own.
_FIXED = frozenset(
    {ReplyKind.EMERGENCY, ReplyKind.WRONG_NUMBER, ReplyKind.OPTED_OUT, ReplyKind.HELP, ReplyKind.NONE}
    | {ReplyKind.ASK, ReplyKind.ASK_WHICH, ReplyKind.ASK_OPT_OUT, ReplyKind.NEW_TIME, ReplyKind.CLOSED}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back. text: None where silence is right.

    listed: the visits it lists by number, in that order, for the reply that picks one.
    """

    text: str | None
    listed: tuple[str, ...] = ()


def answer(outcome: Outcome, decision: Decision, situation: Situation) -> Answer:
    """The answer to a reply: the agent's own where it passes `reply_check`, else the built-in wording."""
    text = _text(outcome, decision, situation)
    visits = situation.open_visits[:LISTED_AT_MOST]
    listed = text is not None and len(visits) > 1 and listing(visits, situation) in text
    return Answer(text, tuple(visit.id for visit in visits) if listed else ())


def _text(outcome: Outcome, decision: Decision, situation: Situation) -> str | None:
    if outcome.reply_kind is ReplyKind.NONE:
        return None
    own = decision.reply
    usable = own if own and outcome.sure and outcome.reply_kind not in _FIXED else None
    if usable and decision.agent == "openai":
        if may_leave(usable, outcome, situation):
            return usable
        usable = None
    if outcome.reply_kind is ReplyKind.ANSWER:
        return usable or (None if decision.intent is Intent.THANKS else phrase("passed_on", situation))
    told = wording(outcome, decision, situation)
    both = f"{usable} {told}" if usable else told
    return both if usable and may_leave(both, outcome, situation) else told


def wording(outcome: Outcome, decision: Decision, situation: Situation) -> str:
    """The built-in words for an outcome, in the person's language."""
    visit = situation.visit(outcome.visits[0] if outcome.visits else situation.about)
    match outcome.reply_kind:
        case ReplyKind.SEVERAL:
            return _several(outcome, decision, situation)
        case ReplyKind.CLOSED if visit:
            return phrase(_closed(visit), situation, visit)
        case ReplyKind.RESCHEDULE_NOTED:
            return _reschedule_noted(decision, situation)
        case ReplyKind.ASK:
            return _ask(situation)
        case ReplyKind.ASK_WHICH:
            return _ask_which(situation)
        case ReplyKind.HELP:
            return situation.agent.help_message or phrase("help", situation)
        case ReplyKind.EMERGENCY:
            return _emergency(situation)
        case _:
            return phrase(outcome.reply_kind.value, situation, visit)


def phrase(name: str, situation: Situation, visit: Visit | None = None, **values: str) -> str:
    """One of `PHRASES` in the person's language, filled with the facts of `visit`."""
    if visit is not None:
        values["when"] = spoken_start(visit, situation)
    return PHRASES[language_of(situation)][name].format_map({"account": situation.account_name, **values})


def _closed(visit: Visit) -> str:
    if visit.status == VisitStatus.CANCELLED:
        return "closed_released" if visit.released else "closed_cancelled"
    return "closed_past"


def _reschedule_noted(decision: Decision, situation: Situation) -> str:
    wish = decision.requested_time.text if decision.requested_time else ""
    if not wish or len(wish) > 60 or '"' in wish or has_link(wish) or plain(wish) not in plain(situation.text):
        return phrase("reschedule_noted", situation)
    return phrase("reschedule_noted_with", situation, wish=wish)


def _ask(situation: Situation) -> str:
    if situation.agent.fallback_message:
        return situation.agent.fallback_message
    visit = situation.visit(situation.about)
    if visit is None and len(situation.open_visits) == 1:
        visit = situation.open_visits[0]
    if visit is None and len(situation.open_visits) > 1:
        return _ask_which(situation)
    if visit is None or not visit.is_open(situation.now):
        return phrase("ask_plain", situation)
    return phrase("ask", situation, visit)


def _ask_which(situation: Situation) -> str:
    text = phrase("ask_which", situation, list=listing(situation.open_visits[:LISTED_AT_MOST], situation))
    return text if len(text) <= MAX_CHARACTERS else phrase("ask_plain", situation)


def listing(visits: tuple[Visit, ...], situation: Situation) -> str:
    """Visits as a numbered list, in the order that an answer by number refers to."""
    return ", ".join(f"{place}) {_named(visit, visits, situation)}" for place, visit in enumerate(visits, 1))


def _named(visit: Visit, visits: tuple[Visit, ...], situation: Situation) -> str:
    when = spoken_start(visit, situation)
    patients = {other.patient_name for other in visits}
    return f"{visit.patient_name}, {when}" if visit.patient_name and len(patients) > 1 else when


def _several(outcome: Outcome, decision: Decision, situation: Situation) -> str:
    changed = {change.visit_id: change.confirmation for change in outcome.changes}
    said = dict(decision.appointments)
    parts = []
    visits = tuple(visit for visit in map(situation.visit, outcome.visits) if visit is not None)
    for visit in visits:
        new = changed.get(visit.id) or (visit.confirmation if visit.is_open(situation.now) else None)
        word = (
            _WORDS.get(new, _INTENT_WORDS.get(said.get(visit.id, decision.intent), "word_closed"))
            if new
            else "word_closed"
        )
        parts.append(f"{_named(visit, visits, situation)}: {phrase(word, situation)}")
    return phrase("several", situation, list="; ".join(parts))


def _emergency(situation: Situation) -> str:
    if situation.agent.emergency_message:
        return situation.agent.emergency_message
    number = _EMERGENCY_NUMBERS.get(situation.region or "")
    return phrase("emergency", situation, number=number) if number else phrase("emergency_plain", situation)
