"""What the classifier sees of a text: its words, runs of words and letters, and what it answers."""

from collections.abc import Iterator
from functools import lru_cache

from agent.calendar_words import AMBIGUOUS, MONTHS, WEEKDAYS
from agent.concepts import concepts_of
from agent.context import asked_in
from agent.normalise import words
from agent.shorthand import EXPANDED

_MOST_WORDS = 40
_MOST_IDEAS = 2
_LETTER_RUNS = (2, 3, 4, 5)


def features(text: str, context: str) -> list[str]:
    """The features of a text that answers `context`, each once."""
    said = _shapes(text)
    kind = asked_in(context).value
    found = {f"k:{kind}", f"n:{min(len(said), 8)}", f"kn:{kind}:{min(len(said), 4)}"}
    edged = ["<", *said, ">"]
    for position, word in enumerate(edged):
        found.add(f"w:{word}")
        found.add(f"kw:{kind}:{word}")
        if position:
            pair = f"{edged[position - 1]} {word}"
            found.add(f"b:{pair}")
            if position < 4:
                found.add(f"kb:{kind}:{pair}")
        if position > 1:
            found.add(f"t:{edged[position - 2]} {edged[position - 1]} {word}")
            found.add(f"s:{edged[position - 2]} _ {word}")
    for word in set(said):
        found.update(_letters(word))
    found.update(_ideas(said, kind))
    return sorted(found)


def _ideas(said: list[str], kind: str) -> Iterator[str]:
    """The ideas the words stand for, in their order, and which word an idea negates."""
    row = [concepts_of(word)[:_MOST_IDEAS] for word in said]
    unknown = sum(not ideas for ideas in row)
    yield f"u:{min(unknown, 4)}:{min(len(said), 6)}"
    seen = [ideas for ideas in row if ideas]
    for position, ideas in enumerate(seen):
        for idea in ideas:
            yield f"y:{idea}"
            if not position:
                yield f"yf:{kind}:{idea}"
            for distance, mark in ((1, ""), (2, "_"), (3, "__")):
                if position >= distance:
                    yield from (f"y{mark}:{before} {idea}" for before in seen[position - distance])
        if position >= 2:
            yield f"yy:{seen[position - 2][0]} {seen[position - 1][0]} {ideas[0]}"
    for position, ideas in enumerate(row):
        if "NEG" in ideas:
            for distance, word in enumerate(said[position + 1 : position + 4]):
                yield f"x:{word}"
                yield from (f"xy:{idea}" for idea in row[position + 1 + distance])


def _shapes(text: str) -> list[str]:
    """The words, with days, months and numbers put as such: which one does not matter."""
    return [_shape(word) for word in words(text)[:_MOST_WORDS]]


@lru_cache(maxsize=4096)
def _shape(word: str) -> str:
    word = EXPANDED.get(word, word)
    if word.isdigit():
        return "#" if len(word) < 3 else "##"
    if word in WEEKDAYS and word not in AMBIGUOUS:
        return "xday"
    if word in MONTHS and word not in AMBIGUOUS:
        return "xmonth"
    return word


@lru_cache(maxsize=4096)
def _letters(word: str) -> tuple[str, ...]:
    """Runs of letters within a word, its edges marked: so that a misspelt word is still known."""
    if not word[0].isalpha() or len(word) < 3:
        return ()
    marked = f"<{word}>"
    return tuple(
        f"c:{marked[start : start + length]}"
        for length in _LETTER_RUNS
        for start in range(len(marked) - length + 1)
        if length < len(marked)
    )
