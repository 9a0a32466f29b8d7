"""Which visit a reply is about: the one it answers, or the one its words pick."""

import re
from collections.abc import Callable
from datetime import timedelta

from agent.calendar_words import MONTHS, TODAY, TOMORROW, WEEKDAYS
from agent.decision import Decision, Intent
from agent.normalise import says, spoken, words
from agent.situation import Situation, Visit

Pick = tuple[tuple[Visit, Intent], ...]

_ALL = frozenset(
    {"both", "all", "all of them", "both of them", "each", "everything", "all three", "the two", "them all"}
    | {"ambos", "ambas", "los dos", "las dos", "todas", "todos", "las tres", "los tres"}
    | {"les deux", "tous", "toutes", "tous les deux", "beide", "beides", "alle", "beiden", "os dois", "as duas"}
)
# "all good", "all set": said of one visit too.
_NOT_ALL = frozenset(
    {
        "all good",
        "all set",
        "at all",
        "all ok",
        "all right",
        "all day",
        "all is",
        "it's all",
        "thats all",
        "that's all",
    }
    | {"all week", "not all", "not both", "all the best", "after all", "all fine", "each other", "all confirmed"}
    | {"todos los", "todas las", "alles", "gar nicht", "de todas", "para todos"}
)
_ORDINALS: dict[str, int] = {
    word: place
    for place, spellings in enumerate(
        (
            "first 1st one primero primera premier premiere erste ersten primeiro primeira",
            "second 2nd two segundo deuxieme zweite zweiten",
            "third 3rd three tercero tercera troisieme dritte dritten terceiro terceira",
            "fourth 4th four cuarto cuarta quatrieme vierte vierten quarto",
            "fifth 5th five quinto cinquieme funfte",
        )
    )
    for word in spellings.split()
}
# "one" and "two" pick only after "number", or as the whole text.
_COUNTS = frozenset({"one", "two", "three", "four", "five"})
_NOT_NAMES = frozenset(
    {"the", "and", "for", "with", "visit", "appointment", "check", "dr", "new", "follow", "may", "will"}
)


def says_all(text: str) -> bool:
    """Whether the text speaks of all visits ("both", "las dos")."""
    return says(text, _ALL) and not says(text, _NOT_ALL)


def named_visits(text: str, situation: Situation, *, by_day: bool = True) -> tuple[Visit, ...]:
    """The sender's visits that the text names by list number, patient, day, provider or service.

    by_day: whether a day may name a visit; not where a day is what the person wishes for.
    """
    candidates = _candidates(situation)
    numbered = _by_number(text, situation)
    if numbered:
        return numbered
    if len(candidates) < 2:
        return ()
    for narrow in (_by_name, _by_subject):
        found = narrow(text, candidates)
        if 0 < len(found) < len(candidates):
            return found
    if by_day:
        found = tuple(visit for visit in candidates if _day_named(text, visit, situation))
        if 0 < len(found) < len(candidates):
            return found
    named = _by_name(text, candidates)
    return named if len(named) == len(candidates) and len(_names(candidates)) > 1 else ()


def pick(decision: Decision, situation: Situation) -> Pick | None:
    """The visits a sure decision may touch, each with its intent.

    Empty where the person must be asked which; None where the decision names a visit
    that the text does not.
    """
    if len(decision.appointments) > 1:
        return _several(decision, situation)
    intent = decision.intent
    chosen = decision.appointment
    if decision.appointments:
        chosen, intent = decision.appointments[0]
    named = named_visits(situation.text, situation, by_day=intent is not Intent.RESCHEDULE)
    if not named and says_all(situation.text) and len(_candidates(situation)) > 1:
        return tuple((visit, intent) for visit in _asked_together(situation))
    if named and chosen is None:
        return tuple((visit, intent) for visit in named)
    default = named[0] if len(named) == 1 else _default(situation)
    allowed = named or ((default,) if default else ())
    if chosen is None:
        return ((default, intent),) if default else ()
    visit = situation.visit(chosen)
    if visit is None:
        return None
    if not allowed:
        return ()
    return ((visit, intent),) if visit in allowed else None


def spoken_for(situation: Situation, intent_of: Callable[[str], Intent]) -> tuple[tuple[str, Intent], ...]:
    """What the text says of each visit by itself ("Tom yes, Ana no"); empty where it does not.

    intent_of: reads one clause.
    """
    if len(_candidates(situation)) < 2:
        return ()
    return _each(_CLAUSE.split(situation.text), situation, intent_of) or _each(
        _BEFORE_FIGURE.split(situation.text), situation, intent_of
    )


_BEFORE_FIGURE = re.compile(r"\s+(?=#?\d\b)")


def _each(
    clauses: list[str], situation: Situation, intent_of: Callable[[str], Intent]
) -> tuple[tuple[str, Intent], ...]:
    said: dict[str, Intent] = {}
    for clause in clauses:
        named = named_visits(clause, situation)
        intent = intent_of(_without_names(clause, named, situation))
        if len(named) != 1 or intent not in _EACH or named[0].id in said:
            return ()
        said[named[0].id] = intent
    return tuple(said.items()) if len(set(said.values())) > 1 else ()


_EACH = frozenset({Intent.CONFIRM, Intent.DECLINE, Intent.RESCHEDULE})
_CLAUSE = re.compile(r"\s*(?:[,;.\n/]|\b(?:and|but|y|pero|et|mais|und|aber|e|mas)\b)+\s*(?=\w)", re.IGNORECASE)


def rest_of(situation: Situation) -> str | None:
    """What the text says besides picking visits; None where it picks none."""
    if len(_candidates(situation)) < 2:
        return None
    named = named_visits(situation.text, situation)
    everything = says_all(situation.text)
    if not named and not everything:
        return None
    rest = _without_names(situation.text, named, situation)
    if everything:
        rest = " ".join(word for word in rest.split() if word not in _ALL_WORDS)
    return rest


_ALL_WORDS = frozenset(word for phrase in _ALL for word in phrase.split()) | {"to", "for", "a", "para"}


def _without_names(clause: str, named: tuple[Visit, ...], situation: Situation) -> str:
    """The clause without the words that pick the visit, so that "Tom yes" is read as a yes."""
    dropped = _names(named) | {"is", "for", "the", "number", "one", "first", "second", "third", "appointment"}
    dropped |= {word for word in words(clause) if word in WEEKDAYS or word in TOMORROW or word in TODAY}
    if len(situation.listed) > 1:
        dropped |= {word for word in words(clause) if word.isdigit()} | set(_ORDINALS)
    return " ".join(word for word in words(clause) if word not in dropped)


def _several(decision: Decision, situation: Situation) -> Pick | None:
    chosen = [(situation.visit(visit_id), intent) for visit_id, intent in decision.appointments]
    picked = tuple((visit, intent) for visit, intent in chosen if visit is not None)
    if len(picked) < len(chosen) or len({visit.id for visit, _ in picked}) < len(picked):
        return None
    named = named_visits(situation.text, situation)
    together = _asked_together(situation) if says_all(situation.text) else ()
    if all(visit in named for visit, _ in picked) or all(visit in together for visit, _ in picked):
        return picked
    return ()


def _candidates(situation: Situation) -> tuple[Visit, ...]:
    about = situation.visit(situation.about)
    others = tuple(visit for visit in situation.open_visits if visit != about)
    return (about, *others) if about else others


def _asked_together(situation: Situation) -> tuple[Visit, ...]:
    """The visits that "both" may mean: those the last text listed, or each asked about on its own."""
    asked = (*situation.asked, *((situation.about,) if situation.about else ()))
    ids = situation.listed if len(situation.listed) > 1 else tuple(dict.fromkeys(asked))
    found = tuple(visit for visit in map(situation.visit, ids) if visit is not None)
    return found if len(found) > 1 else ()


def _default(situation: Situation) -> Visit | None:
    if len(situation.listed) > 1:
        return None
    about = situation.visit(situation.about)
    if about is not None:
        return about
    visits = situation.open_visits
    return visits[0] if len(visits) == 1 else None


def _by_number(text: str, situation: Situation) -> tuple[Visit, ...]:
    if len(situation.listed) < 2:
        return ()
    said = [word for word in words(text) if word[0].isalnum()]
    places = []
    for position, word in enumerate(said):
        before = said[position - 1] if position else ""
        pointed = before in ("number", "no", "option", "numero", "nummer", "opcion", "the") or len(said) <= 2
        if word.isdigit() and _is_pointer(said, position):
            places.append(int(word) - 1)
        elif word in _ORDINALS and (word not in _COUNTS or (pointed and before != "the")):
            places.append(_ORDINALS[word])
        elif word in ("last", "ultimo", "ultima", "dernier", "letzte", "letzten"):
            places.append(len(situation.listed) - 1)
    if not all(0 <= place < len(situation.listed) for place in places):
        return ()
    found = (situation.visit(situation.listed[place]) for place in dict.fromkeys(places))
    return tuple(visit for visit in found if visit is not None)


_POINTERS = frozenset(
    {
        "number",
        "option",
        "numero",
        "nummer",
        "opcion",
        "yes",
        "si",
        "oui",
        "ja",
        "sim",
        "no",
        "and",
        "y",
        "et",
        "und",
    }
    | {"just", "only", "confirm", "cancel", "for", "to", "nein", "non", "nao", "e", "solo", "ok", "n"}
)
_NOT_POINTED = frozenset(
    {"am", "pm", "a", "p", "min", "mins", "minutes", "hours", "hour", "o'clock", "h", "uhr", "th"}
)


def _is_pointer(said: list[str], position: int) -> bool:
    """A bare number that can be a place in the list, and is no hour, day or delay."""
    after = said[position + 1] if position + 1 < len(said) else ""
    before = said[position - 1] if position else ""
    if after in _NOT_POINTED or after.isdigit() or after in MONTHS or before in MONTHS:
        return False
    return len(said) == 1 or before in _POINTERS or (position == 0 and len(said) <= 4)


def _by_name(text: str, candidates: tuple[Visit, ...]) -> tuple[Visit, ...]:
    line = spoken(text)
    return tuple(
        v for v in candidates if any(f" {name} " in line or f" {name}'s " in line for name in _names((v,)))
    )


def _names(visits: tuple[Visit, ...]) -> set[str]:
    """First names of the patients, and their full names, in plain form."""
    names: set[str] = set()
    for visit in visits:
        said = [word for word in words(visit.patient_name or "") if word.isalpha() and len(word) > 1]
        names.update(said[:1])
    return names - _NOT_NAMES


def _by_subject(text: str, candidates: tuple[Visit, ...]) -> tuple[Visit, ...]:
    line = spoken(text)
    return tuple(
        visit
        for visit in candidates
        if any(
            f" {word} " in line
            for word in (*words(visit.provider or ""), *words(visit.service or ""))
            if word.isalpha() and len(word) > 3 and word not in _NOT_NAMES
        )
    )


def _day_named(text: str, visit: Visit, situation: Situation) -> bool:
    local = visit.local_start
    today = situation.now.astimezone(local.tzinfo).date()
    said = words(text)
    for position, word in enumerate(said):
        if WEEKDAYS.get(word.removesuffix("'s")) == local.weekday():
            return True
        if (word in TODAY and local.date() == today) or (
            word in TOMORROW and local.date() == today + timedelta(days=1)
        ):
            return True
        beside = (*said[max(0, position - 2) : position], *said[position + 1 : position + 3])
        if MONTHS.get(word) == local.month and str(local.day) in beside:
            return True
        if word == str(local.day) and said[position + 1 : position + 2] in (("st",), ("nd",), ("rd",), ("th",)):
            return True
    return False
