"""What makes a reading doubtful: these rules only ever lower its confidence."""

import re
from collections.abc import Callable

from agent.concepts import concepts_of
from agent.decision import Intent
from agent.emergency import has_emergency_words
from agent.normalise import plain, words
from agent.patterns import looks_alike

DOUBTFUL = 0.5
"""Below what policy takes for sure."""
WORTHLESS = 0.2

_ORDERS = re.compile(
    r"\b(?:ignore|ignora|ignorez|ignoriere|disregard|forget|override|olvida|bypass)\b.{0,40}\b(?:instruc\w*"
    r"|rules?|reglas|prompt|regeln"
    r"|anweisung\w*|everything|previous|prior|above|consignes|regles|regras)\b|\b(?:system|developer|admin"
    r"|assistant|user)\s?(?:prompt|mode|override|:)"
    r"|\bprompt\b|\b(?:all|every|everyone|everybody|todas?|todos|tout"
    r"|alles?) (?:\w+ )?(?:the )?(?:appointments?|patients?|citas|visits?|pacientes)"
    r"|[{}<>\[\]|\\]|https?:|www\.|\bintent\b|\bselect \*|\bdrop table\b|\bpretend\b|\bact as\b"
    r"|\byou are now\b|\broleplay\b"
)
_QUESTION_WORD = re.compile(
    r"\b(?:what|when|where|who|why|how|which|que|cual|cuando|donde|quien|como|cuanto|quel|quelle|quand|qui"
    r"|comment|combien|wann|wo|wer|wie"
    r"|was|welche|quando|onde|quem|qual|quanto)\b"
)
_LONG = 40


def ceiling(text: str, intent: Intent) -> float:
    """How sure one may be at most that the text has this intent."""
    if intent not in _DOUBTS:
        return WORTHLESS if intent is Intent.HELP and _ORDERS.search(plain(text)) else 1.0
    return min((cap for doubt, cap in _DOUBTS[intent] if doubt(text)), default=1.0)


def _gives_orders(text: str) -> bool:
    return _ORDERS.search(plain(text)) is not None


def _speaks_of(idea: str) -> Callable[[str], bool]:
    """Whether the text has the idea and does not negate it just before."""

    def doubt(text: str) -> bool:
        said = words(text)
        return any(idea in concepts_of(word) and not _negated(said, place) for place, word in enumerate(said))

    return doubt


def _negated(said: tuple[str, ...], place: int) -> bool:
    """ "Not cancelling", "don't want to cancel"; a "no" some words before is an answer of its own."""
    before = said[max(0, place - 4) : place]
    return any("NEG" in concepts_of(word) and (word not in _ANSWERS or word == before[-1]) for word in before)


_ANSWERS = frozenset({"no", "nope", "nah", "non", "nein", "nao", "none"})


def _asks(text: str) -> bool:
    line = plain(text)
    return "?" in line and _QUESTION_WORD.search(line) is not None


def _says_so_later(text: str) -> bool:
    """ "I'll confirm tomorrow": a promise of an answer, and no answer."""
    return _LATER.search(plain(text)) is not None


_LATER = re.compile(
    r"\b(?:manana|luego|despues|al rato|mas tarde|amanha|depois|demain|morgen|tomorrow|later|tonight)"
    r" (?:le |te |les |lo |ya |yo |eu |i |ill |i'll |i will )?(?:confirm|bestatig|digo|aviso)"
    r"|\b(?:will|i'll|ill|can i|let me|going to|gonna) confirm (?:it |that )?(?:later|tomorrow|tonight|soon"
    r"|when|once|by|in the|after)"
    r"|\bconfirm(?:ing)? (?:later|tomorrow once|when i|once i)\b|\b(?:let you know|get back to you|le aviso"
    r"|te aviso|sage bescheid)\b"
)


def _sets_a_condition(text: str) -> bool:
    """ "I'll be there unless it snows"."""
    return _CONDITION.search(plain(text)) is not None


_CONDITION = re.compile(
    r"\b(?:unless|only if|provided (?:i|that)|as long as|a menos que|siempre y cuando|a moins que|sauf si"
    r"|ausser wenn|a nao ser que)\b"
)


def _contradicts_itself(text: str) -> bool:
    """ "Yes no", "no 👍", "see you never"."""
    said = words(text)[:2]
    ideas = [concepts_of(word) for word in said]
    both = len(said) == 2 and any("YES" in each for each in ideas) and any(word in _ANSWERS for word in said)
    signs = any(sign in text for sign in "👍✅👌") and any(word in _ANSWERS for word in said)
    return (both and len(words(text)) == 2) or signs or "see you never" in plain(text)


def _only_asks_back(text: str) -> bool:
    """ "Confirm?", "ok?": an answer put as a question."""
    return plain(text).endswith("?") and len(words(text)) <= 4


def _is_long(text: str) -> bool:
    return len(words(text)) > _LONG


def _refuses_to_cancel(text: str) -> bool:
    """ "I'm not cancelling": the word, and its denial."""
    return any("CANCEL" in concepts_of(word) for word in words(text)) and not _speaks_of("CANCEL")(text)


def _laughs_or_doubts(text: str) -> bool:
    return any(sign in text for sign in "🤔🤷😬🙄😒")


_DOUBTS: dict[Intent, tuple[tuple[Callable[[str], bool], float], ...]] = {
    Intent.CONFIRM: (
        (_gives_orders, WORTHLESS),
        (has_emergency_words, DOUBTFUL),
        (_speaks_of("CANCEL"), DOUBTFUL),
        (_is_long, DOUBTFUL),
        (_contradicts_itself, DOUBTFUL),
        (_only_asks_back, DOUBTFUL),
        (_says_so_later, DOUBTFUL),
        (_sets_a_condition, DOUBTFUL),
        (_speaks_of("MOVE"), DOUBTFUL),
        (_speaks_of("WRONG"), DOUBTFUL),
        (_laughs_or_doubts, DOUBTFUL),
    ),
    Intent.DECLINE: (
        (_gives_orders, WORTHLESS),
        (has_emergency_words, DOUBTFUL),
        (_asks, DOUBTFUL),
        (_refuses_to_cancel, DOUBTFUL),
        (_contradicts_itself, DOUBTFUL),
        (_laughs_or_doubts, DOUBTFUL),
    ),
    Intent.RESCHEDULE: ((_gives_orders, WORTHLESS), (has_emergency_words, DOUBTFUL)),
    Intent.OPT_OUT: ((_gives_orders, WORTHLESS), (has_emergency_words, DOUBTFUL), (looks_alike, DOUBTFUL)),
    Intent.WRONG_NUMBER: ((_gives_orders, WORTHLESS),),
    Intent.THANKS: ((_gives_orders, WORTHLESS),),
}
