"""Whether an agent's own reply may leave: facts only, no change that was not made, short and plain."""

import re
import unicodedata

from agent.calendar_words import AMBIGUOUS, MONTHS, TODAY, TOMORROW, WEEKDAYS
from agent.language import language_written
from agent.normalise import plain, spoken, words
from agent.policy import Outcome
from agent.prompt import RULES, facts
from agent.situation import Situation, Visit
from agent.spoken_time import language_of
from models.appointment import Confirmation
from models.appointment import Visit as VisitStatus

MAX_CHARACTERS = 320
MAX_SENTENCES = 2

_LINK = re.compile(r"https?:|www\.|\b[\w-]{2,}\.[a-z]{2,}\b|\S@\S|\[[^\]]*\]\(", re.IGNORECASE)
_ABBREVIATION = re.compile(
    r"\b(?:[ap]\.\s?m\.|dr\.|dra\.|mr\.|mrs\.|ms\.|st\.|ave\.|no\.|sr\.|sra\.|approx\.|min\.|m\.|mme\.|hr\."
    r"|av\.|blvd\.|ste\.)"
    r"|\d\.(?=\s?[a-z0-9])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"')]|$)")
_CONFIRMED = re.compile(
    r" (?:confirmed|you're all set|you are all set|all set|locked in|confirmad[oa]s?|confirme[es]?"
    r"|bestatigt|see you|nos vemos"
    r"|le esperamos|bis dann|ate la|te esperamos|a bientot|we look forward|looking forward) "
)
_NOT_CONFIRMED = re.compile(
    r" (?:not|isn't|not yet|no|nicht|noch nicht|nao|pas|pas encore|aun no|ainda nao)(?: \w+){0,3} $"
)
_CHANGED = re.compile(
    r" (?:rescheduled|moved|booked|rebooked|scheduled for|changed|switched|updated|pushed back|brought forward"
    r"|(?:will|'ll|we'll|i'll|let me|can|have|going to) (?:move|reschedule|book|rebook|change|switch|push"
    r"|put you)"
    r"|reprogramad[oa]|cambiad[oa]|movid[oa]|reservad[oa]|agendad[oa]|reagendad[oa]|remarcad[oa]|alterad[oa]"
    r"|reporte|deplace|modifie|reserve|verschoben|verlegt|gebucht|umgebucht|geandert) "
)
_CANCELLED = re.compile(
    r" (?:cancelled|canceled|called off|(?:will|'ll|we'll|i'll) cancel|cancelad[oa]|anulad[oa]"
    r"|desmarcad[oa]|annule[e]?"
    r"|abgesagt|storniert) "
)
_DECLINED = re.compile(
    r" (?:declined|not coming|won't be coming|cannot come|no viene|kommen nicht|nao vem|ne venez pas) "
)
_PROMISED = re.compile(
    r" (?:refund\w*|discount\w*|free of charge|no charge|waive\w*|for free|guarantee\w*|reembols\w*|gratis"
    r"|gratuit\w*|descuento"
    r"|kostenlos|desconto|unsubscribed|removed from) "
)
_SPOKEN_HOUR = re.compile(
    r" (?:noon|midday|midnight|o'clock|half past|quarter (?:to|past)|mediodia|medianoche|midi|minuit|mittag"
    r"|mitternacht|meio dia"
    r"|(?:at|by|around|until|before|after) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"|a las? (?:una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)"
    r"|um (?:ein|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf)"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) (?:am|pm|o'clock)) "
)
_MACHINE = re.compile(
    r" (?:system prompt|my instructions|these instructions|language model|as an ai|i'm an ai|json|api key"
    r"|my rules|openai|gpt) "
)


def may_leave(reply: str, outcome: Outcome, situation: Situation) -> bool:
    """Whether the reply may be sent as it is."""
    return not faults(reply, outcome, situation)


def faults(reply: str, outcome: Outcome, situation: Situation) -> list[str]:
    """Why the reply may not leave, a short word for each fault."""
    known = facts(situation)
    line = spoken(reply)
    checks = {
        "empty": not reply.strip(),
        "too_long": len(reply) > MAX_CHARACTERS,
        "too_many_sentences": sentences(reply) > MAX_SENTENCES,
        "emoji": has_emoji(reply),
        "link": has_link(reply) and not _links(reply) <= _links(known),
        "number": not _numbers(reply) <= _numbers(known),
        "time": _unknown_day(reply, known, situation)
        or _unknown_hour(line, known)
        or not _clocks(reply) <= _clocks(known),
        "claim": _claims_too_much(line, outcome, situation),
        "language": language_written(reply, at_least=3) not in (None, language_of(situation)),
        "prompt": bool(_MACHINE.search(line)) or _quotes_rules(reply),
        "braces": "{" in reply or "}" in reply,
    }
    return [name for name, faulty in checks.items() if faulty]


def sentences(text: str) -> int:
    """How many sentences a text has; abbreviations and ordinal dots end none."""
    parts = _SENTENCE_END.split(_ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text))
    return sum(any(character.isalnum() for character in part) for part in parts)


def has_link(text: str) -> bool:
    """Whether the text holds a web or mail address."""
    return bool(_LINK.search(text))


def has_emoji(text: str) -> bool:
    """Whether the text holds a pictograph."""
    return any(
        unicodedata.category(character) in ("So", "Sk", "Cs", "Co") and character not in "°^`"
        for character in text
    )


def _links(text: str) -> set[str]:
    return {match.group() for match in _LINK.finditer(plain(text))}


def _numbers(text: str) -> set[str]:
    """Numbers as they are read: digits joined over dots, dashes, spaces and colons also count whole."""
    line = plain(text)
    found = {number.lstrip("0") or "0" for number in re.findall(r"\d+", line)}
    return found | {re.sub(r"\D", "", run) for run in re.findall(r"\d(?:[\s().:/-]{0,2}\d)+", line)}


_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})(?:[:h.](\d\d))?\s?(?:([ap])\.?\s?m\b|(uhr|h|hs|horas?|heures?)\b)?")


def _clocks(text: str) -> set[int]:
    """The times of day in a text, as minutes: "3 PM" and "15:00" are one."""
    found = set()
    for match in _CLOCK.finditer(plain(text)):
        hour, minute, half, marked = match.groups()
        if minute is None and half is None and marked is None:
            continue
        hours = int(hour) % 12 + (12 if half == "p" else 0) if half else int(hour)
        found.add(hours * 60 + int(minute or 0))
    return found


def _unknown_day(reply: str, known: str, situation: Situation) -> bool:
    said = set(words(known))
    days = {WEEKDAYS[word] for word in said if word in WEEKDAYS}
    months = {MONTHS[word] for word in said if word in MONTHS}
    for word in words(reply):
        if word in AMBIGUOUS:
            continue
        if (word in WEEKDAYS and WEEKDAYS[word] not in days) or (word in MONTHS and MONTHS[word] not in months):
            return True
        ahead = 0 if word in TODAY else 1 if word in TOMORROW else None
        if ahead is not None and not any(_days_ahead(visit, situation) == ahead for visit in situation.visits):
            return True
    return False


def _days_ahead(visit: Visit, situation: Situation) -> int:
    local = visit.local_start
    return (local.date() - situation.now.astimezone(local.tzinfo).date()).days


def _unknown_hour(line: str, known: str) -> bool:
    there = spoken(known)
    return any(match.group() not in there for match in _SPOKEN_HOUR.finditer(line))


def _claims_too_much(line: str, outcome: Outcome, situation: Situation) -> bool:
    changed = {change.visit_id: change.confirmation for change in outcome.changes}
    ids = outcome.visits or ((situation.about,) if situation.about else tuple(v.id for v in situation.visits))
    visits = [visit for visit in map(situation.visit, ids) if visit is not None]
    stands = {changed.get(visit.id) or visit.confirmation for visit in visits}
    claim = _CONFIRMED.search(line)
    denied = claim is not None and _NOT_CONFIRMED.search(line[: claim.start() + 1]) is not None
    confirmed = stands == {Confirmation.CONFIRMED} and all(visit.is_open(situation.now) for visit in visits)
    if claim is not None and denied is confirmed:
        return True
    cancelled = bool(visits) and all(visit.status == VisitStatus.CANCELLED for visit in visits)
    return (
        bool(_CHANGED.search(line) or _PROMISED.search(line))
        or (bool(_CANCELLED.search(line)) and not cancelled)
        or (bool(_DECLINED.search(line)) and stands != {Confirmation.DECLINED})
    )


def _quotes_rules(reply: str) -> bool:
    said = words(reply)
    rules = " ".join(words(RULES))
    return any(" ".join(said[start : start + 7]) in rules for start in range(len(said) - 6))
