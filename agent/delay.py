"""How late a person says they will be."""

import re

from agent.normalise import plain

_WORDS = {"five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "cinco": 5, "diez": 10, "quince": 15}
_WORDS |= {"veinte": 20, "treinta": 30, "dix": 10, "quinze": 15, "vingt": 20, "zehn": 10, "zwanzig": 20, "dez": 10}
_HALF_HOUR = re.compile(r"\bhalf (?:an )?hour|\bmedia hora|\bdemi[- ]heure|\bhalbe stunde|\bmeia hora")
_QUARTER = re.compile(r"\bquarter (?:of an )?hour|\bcuarto de hora|\bquart d'heure|\bviertelstunde")
_HOUR = re.compile(r"\b(?:an|one|1|una|une|eine|uma) ?(?:hr|hour|hora|heure|stunde)\b")
_COUPLE = re.compile(r"\b(?:a )?couple (?:of )?min")
_MINUTES = re.compile(
    rf"\b(?P<first>\d{{1,3}}|{'|'.join(_WORDS)})(?: ?(?:-|–|to|a|or|o|ou|oder|bis) ?(?P<last>\d{{1,3}}))?\s?"
    r"(?:m\b|min\b|mins\b|minutes?\b|minutos?\b|minuten\b|(?:more )?late\b|tarde\b)"
)


def late_minutes(text: str) -> int | None:
    """The minutes of delay named in the text, the longer of two; None where it names none."""
    line = plain(text)
    if match := _MINUTES.search(line):
        first = _WORDS.get(match.group("first")) or int(match.group("first"))
        minutes = max(first, int(match.group("last") or 0))
        return minutes if 0 < minutes <= 240 else None
    for pattern, minutes in ((_HALF_HOUR, 30), (_QUARTER, 15), (_HOUR, 60), (_COUPLE, 5)):
        if pattern.search(line):
            return minutes
    return None
