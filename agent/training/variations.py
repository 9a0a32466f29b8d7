"""More of the same: replies after other texts, with greetings, thanks and slips of the thumb, and two in one.

Each variation keeps the meaning, or has one that follows from its parts. A seeded generator makes them, so that
the same data always builds the same classifier.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.decision import Intent
from agent.training.examples import Example, read_contexts

SEED = 20260608

_BEFORE: dict[str, tuple[str, ...]] = {
    "en": (
        "hi",
        "hello",
        "hey",
        "good morning",
        "hi this is maria",
        "hi its john",
        "sorry",
        "so sorry",
        "omg",
        "um",
        "hi there",
    ),
    "es": (
        "hola",
        "buenos dias",
        "buenas tardes",
        "hola soy maria",
        "disculpe",
        "perdon",
        "buenas",
        "hola buenas",
    ),
    "fr": ("bonjour", "bonsoir", "désolé", "salut", "bonjour c'est marie"),
    "de": ("hallo", "guten tag", "guten morgen", "entschuldigung", "moin"),
    "pt": ("oi", "olá", "bom dia", "boa tarde", "desculpa", "oi aqui é a maria"),
}
_AFTER: dict[str, tuple[str, ...]] = {
    "en": ("thanks", "thank you", "thx", "please", "pls", "sorry", "lol", "🙏", "😊", "have a great day", "ty"),
    "es": ("gracias", "muchas gracias", "por favor", "porfa", "disculpe", "🙏", "saludos", "bendiciones"),
    "fr": ("merci", "svp", "merci beaucoup", "bonne journée", "désolé"),
    "de": ("danke", "bitte", "vielen dank", "lg", "sorry"),
    "pt": ("obrigado", "obrigada", "por favor", "desculpa", "🙏"),
}
_JOINTS = (". ", ", ", " ", "! ", " and ", "\n", "... ")

# What two in one mean, whichever comes first.
_PAIRS: tuple[tuple[Intent, Intent, Intent], ...] = (
    (Intent.CONFIRM, Intent.QUESTION, Intent.CONFIRM),
    (Intent.DECLINE, Intent.RESCHEDULE, Intent.RESCHEDULE),
    (Intent.CONFIRM, Intent.OPT_OUT, Intent.OPT_OUT),
    (Intent.DECLINE, Intent.OPT_OUT, Intent.OPT_OUT),
    (Intent.WRONG_NUMBER, Intent.OPT_OUT, Intent.OPT_OUT),
    (Intent.THANKS, Intent.QUESTION, Intent.QUESTION),
    (Intent.THANKS, Intent.DECLINE, Intent.DECLINE),
    (Intent.THANKS, Intent.RESCHEDULE, Intent.RESCHEDULE),
    (Intent.CONFIRM, Intent.RUNNING_LATE, Intent.RUNNING_LATE),
    (Intent.DECLINE, Intent.DECLINE, Intent.DECLINE),
    (Intent.RESCHEDULE, Intent.RESCHEDULE, Intent.RESCHEDULE),
    (Intent.CONFIRM, Intent.CONFIRM, Intent.CONFIRM),
    (Intent.WRONG_NUMBER, Intent.WRONG_NUMBER, Intent.WRONG_NUMBER),
    (Intent.OTHER, Intent.OTHER, Intent.OTHER),
    (Intent.RUNNING_LATE, Intent.RUNNING_LATE, Intent.RUNNING_LATE),
    (Intent.THANKS, Intent.THANKS, Intent.THANKS),
)
PAIRS_EACH = 150
_CLEAR_WORDS = 3


def all_variations(examples: Sequence[Example]) -> Iterator[Example]:
    """The replies themselves and everything made of them."""
    chance = random.Random(SEED)  # noqa: S311  # repeatable, and nothing secret
    yield from _in_contexts(examples, chance)
    yield from _dressed(examples, chance)
    yield from _misspelt(examples, chance)
    yield from _in_contexts(list(_paired(examples, chance)), chance, share=0.4)


def _in_contexts(examples: Sequence[Example], chance: random.Random, share: float = 1.0) -> Iterator[Example]:
    """Each reply as it stands, and again after texts that leave its meaning as it is."""
    contexts = read_contexts()
    for example in examples:
        yield example
        if example.context or chance.random() > share:
            continue
        yield _after(example, chance.choice(contexts["coming"]), 0.5)
        if example.intent is Intent.CONFIRM:
            yield _after(example, chance.choice(contexts["nothing"]), 0.3)
        else:
            yield _after(example, chance.choice(contexts["done"] + contexts["nothing"]), 0.4)


def _after(example: Example, context: str, share: float) -> Example:
    return replace(example, context=context, weight=example.weight * share)


def _dressed(examples: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """With a greeting before or a politeness after."""
    for example in examples:
        if example.context or len(example.text.split()) < 2 or example.intent in (Intent.THANKS, Intent.OTHER):
            continue
        text = example.text
        if chance.random() < 0.3:
            text = f"{chance.choice(_BEFORE[example.language])}{chance.choice((' ', ', ', '. '))}{text}"
        # "ok great" with thanks may be no more than thanks.
        if chance.random() < 0.3 and (example.intent is not Intent.CONFIRM or len(text.split()) > _CLEAR_WORDS):
            text = f"{text}{chance.choice((' ', ', ', '. '))}{chance.choice(_AFTER[example.language])}"
        if text != example.text:
            yield replace(example, text=text, weight=0.4)


def _misspelt(examples: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """With a letter dropped, doubled or two swapped."""
    for example in examples:
        words = [place for place, word in enumerate(example.text.split()) if len(word) > 4 and word.isalpha()]
        if example.context or not words or chance.random() > 0.25:
            continue
        parts = example.text.split()
        place = chance.choice(words)
        parts[place] = _slip(parts[place], chance)
        yield replace(example, text=" ".join(parts), weight=0.4)


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _paired(examples: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """Two in one: "yes, where do I park?" is a yes, "can't come, any time Friday?" a wish to move."""
    by_kind: dict[tuple[str, Intent], list[str]] = {}
    for example in examples:
        if not example.context and len(example.text) > 2:
            by_kind.setdefault((example.language, example.intent), []).append(example.text)
    shares = {"en": 1.0, "es": 0.7, "fr": 0.3, "de": 0.3, "pt": 0.3}
    for language, share in shares.items():
        for first, second, meaning in _PAIRS:
            for _ in range(int(PAIRS_EACH * share)):
                one = chance.choice(by_kind[language, first])
                two = chance.choice(by_kind[language, second])
                if chance.random() < 0.3 and second is not Intent.RESCHEDULE:
                    one, two = two, one
                yield Example(f"{one}{chance.choice(_JOINTS)}{two}", meaning, "", language, 0.35)
