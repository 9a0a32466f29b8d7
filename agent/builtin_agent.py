"""The agent that needs no key and no network: exact answers, then a classifier; doubt lowers its confidence."""

from dataclasses import dataclass, replace

from agent.classifier import classifier
from agent.context import Asked, asked_in
from agent.decision import Decision, Intent
from agent.delay import late_minutes
from agent.exact import lone_answer, polite_answer, sign_answer
from agent.noise import noise_of
from agent.normalise import words
from agent.patterns import opts_out
from agent.questions import answer_question
from agent.rules import DOUBTFUL, ceiling
from agent.situation import Situation, Visit
from agent.times import names_another_day, requested_time
from agent.which import named_visits, rest_of, spoken_for
from messaging.consent_words import ConsentWord, consent_word

KEYWORDS = {
    ConsentWord.STOP: Intent.OPT_OUT,
    ConsentWord.START: Intent.OPT_IN,
    ConsentWord.HELP: Intent.HELP,
}
HINT = 0.03
"""A phrase that asks for no more texts counts where the classifier finds it at least this likely."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text alone means after its context, before anything of the visit is known."""

    intent: Intent
    confidence: float
    reason: str


class BuiltinAgent:
    """Reads a text by code and a small classifier; never unavailable."""

    async def decide(self, situation: Situation) -> Decision:
        """The decision, with the times, delays and facts that go with it."""
        return decide(situation)


def decide(situation: Situation) -> Decision:
    """The decision for a situation; pure and quick, so also for callers outside the event loop."""
    each = spoken_for(situation, lambda clause: _read_words(clause, situation.context).intent)
    if each:
        return Decision(each[0][1], 0.95, appointments=each, reason="each visit is answered by name")
    reading = _reading(situation)
    return _filled(Decision(reading.intent, reading.confidence, reason=reading.reason), situation)


def _reading(situation: Situation) -> Reading:
    whole = read(situation.text, situation.context)
    rest = rest_of(situation)
    if rest is None or whole.intent in _NOT_PICKING:
        return _unless_another_time(whole, situation)
    if not any(character.isalnum() for character in rest):
        return _standing(situation)
    part = _read_words(rest, situation.context)
    return part if part.confidence > whole.confidence or part.intent is whole.intent else whole


# A day in these is a wish or a delay, or no visit is spoken of.
_NOT_PICKING = frozenset({Intent.RESCHEDULE, Intent.OPT_OUT, Intent.OPT_IN, Intent.HELP, Intent.WRONG_NUMBER})


def _standing(situation: Situation) -> Reading:
    """A text that only picks ("both", "2") goes on with what was said before, else agrees to what was asked."""
    said = [earlier.text for earlier in situation.history if earlier.direction == "inbound"]
    if said and not situation.asked:
        before = _read_words(said[-1], "")
        if before.intent in (Intent.CONFIRM, Intent.DECLINE, Intent.RESCHEDULE):
            return replace(before, reason="picks a visit for what was said before")
    asks = asked_in(situation.context) in (Asked.COMING, Asked.NOTHING)
    return Reading(Intent.CONFIRM, 0.8, "picks a visit") if asks else Reading(Intent.OTHER, 0.4, "picks a visit")


def _unless_another_time(reading: Reading, situation: Situation) -> Reading:
    """A yes that names another day than the visit's may be a wish: "yes, see you Friday"."""
    about = situation.visit(situation.about) or next(iter(situation.open_visits), None)
    if reading.intent is not Intent.CONFIRM or about is None or not names_another_day(situation, about):
        return reading
    return replace(reading, confidence=min(reading.confidence, DOUBTFUL), reason="names another day")


def read(text: str, context: str = "") -> Reading:
    """The intent of a text that answers `context`: by code where that is certain, else by the classifier."""
    keyword = consent_word(text)
    return Reading(KEYWORDS[keyword], 1.0, "keyword") if keyword else _read_words(text, context)


def _read_words(text: str, context: str) -> Reading:
    """The intent of a text, or a part of one, that is no consent keyword."""
    if not words(text):
        return Reading(Intent.OTHER, 0.95, "no words")
    if noise_of(text):
        return Reading(Intent.OTHER, 0.95, "written by a telephone")
    lone = lone_answer(text, context)
    if lone:
        return Reading(lone, 0.98, "lone answer")
    polite = polite_answer(text, context)
    if polite:
        return Reading(polite, 0.95, "lone answer")
    if all(word.isdigit() for word in words(text) if word[0].isalnum()) and any(map(str.isdigit, text)):
        return Reading(Intent.OTHER, 0.9, "a number that nothing asked for")
    sign = sign_answer(text, context)
    if sign:
        return Reading(sign, 0.9, "signs alone")
    return _by_classifier(text, context)


def _by_classifier(text: str, context: str) -> Reading:
    likely = classifier().probabilities(text, context)
    intent = max(likely, key=lambda each: likely[each])
    if opts_out(text) and likely[Intent.OPT_OUT] > HINT:
        return Reading(Intent.OPT_OUT, min(0.9, ceiling(text, Intent.OPT_OUT)), "wants no more texts")
    cap = ceiling(text, intent)
    reason = "classifier" if cap >= likely[intent] else "classifier, in doubt"
    return Reading(intent, min(likely[intent], cap), reason)


def _filled(decision: Decision, situation: Situation) -> Decision:
    """The decision with what the text says about the visit, the time, the delay and the question."""
    visit = _visit_meant(decision, situation)
    named = named_visits(situation.text, situation, by_day=decision.intent is not Intent.RESCHEDULE)
    if len(named) == 1:
        decision = replace(decision, appointment=named[0].id)
    elif len(named) > 1:
        decision = replace(decision, appointments=tuple((each.id, decision.intent) for each in named))
    if decision.intent is Intent.RESCHEDULE:
        return replace(decision, requested_time=requested_time(situation.text, visit, situation))
    if decision.intent is Intent.RUNNING_LATE:
        return replace(decision, late_minutes=late_minutes(situation.text))
    asks = decision.intent is Intent.QUESTION or (decision.intent is Intent.CONFIRM and "?" in situation.text)
    if asks:
        reply, unanswered = answer_question(situation.text, visit, situation)
        return replace(decision, reply=reply, unanswered_question=unanswered)
    return decision


def _visit_meant(decision: Decision, situation: Situation) -> Visit | None:
    named = named_visits(situation.text, situation, by_day=decision.intent is not Intent.RESCHEDULE)
    if len(named) == 1:
        return named[0]
    about = situation.visit(situation.about)
    if about is not None:
        return about
    return situation.open_visits[0] if len(situation.open_visits) == 1 else None
