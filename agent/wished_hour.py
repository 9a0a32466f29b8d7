"""The hour or part of the day a text names: "after 3", "10ish", "between 2 and 4", "in the morning"."""

import re
from dataclasses import dataclass

NOON = 12 * 60
MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class WishedHours:
    """Minutes of the local day, half-open, and where in the text they stand.

    exact: a single time was named. unsure: morning or evening is not said and cannot be told.
    """

    start: int
    end: int
    span: tuple[int, int]
    exact: bool = False
    unsure: bool = False


_WORDS = {
    word: hour
    for hour, spellings in enumerate(
        (
            "one una ein eins uma une",
            "two dos zwei duas deux",
            "three tres drei trois",
            "four cuatro vier quatro quatre",
            "five cinco funf cinq",
            "six seis sechs",
            "seven siete sieben sete sept",
            "eight ocho acht oito huit",
            "nine nueve neun nove neuf",
            "ten diez zehn dez dix",
            "eleven once elf onze",
            "twelve doce zwolf doze douze",
        ),
        start=1,
    )
    for word in spellings.split()
}
_HOUR_WORD = "|".join(_WORDS)
_AFTER = (
    r"after|past|from|despues de las?|desde las?|a partir de las?|a partir das?|nach|ab|apres"
    r"|depois das?|later than"
)
_BEFORE = r"before|by|until|antes de las?|vor|bis|avant|antes das?|no later than|earlier than"
_ABOUT = r"around|about|like|circa|hacia las?|sobre las?|a eso de las?|gegen|vers|por volta das?|approx"
_AT = r"at|@|a las?|a la|um|as|a|say|make it|do|or|to|for|is"
_PM = (
    r"p\.?\s?m\b\.?|p\b(?=$|[\s,.?!])|de la tarde|de la noche|da tarde|da noite|du soir|de l'apres-midi"
    r"|nachmittags|abends"
)
_AM = r"a\.?\s?m\b\.?|a\b(?=$|[\s,.?!])|de la manana|da manha|du matin|morgens|vormittags"
_CLOCK = re.compile(
    rf"\b(?:(?P<after>{_AFTER})\s|(?P<before>{_BEFORE})\s|(?P<about>{_ABOUT})\s|(?P<at>{_AT})\s?)?"
    r"(?:the )?(?:(?P<hour>[01]?\d|2[0-4])"
    r"(?:(?P<colon>[:.h])\s?(?P<minute>[0-5]\d)\b|(?P<bare>[0-5]\d)(?=\s?[ap]\.?m\b))?"
    rf"|(?P<word>{_HOUR_WORD}))"
    r"(?:\s?(?P<uhr>uhr|heures?|horas?|hs|hrs|h)\b(?:\s?(?P<past>[0-5]\d)\b)?)?"
    r"(?P<half>\s(?:y media|et demie|e meia)|\sthirty)?(?P<ish>\s?-?ish\b)?"
    rf"\s?(?:(?P<pm>{_PM})|(?P<am>{_AM})|(?P<oclock>o'?\s?clock))?"
)
_NOT_HOURS = re.compile(
    r"\s?(?:%|min|hour|hr\b|hrs\b|day|week|month|year|st\b|nd\b|rd\b|th\b|people|person|of\b|dias?\b"
    r"|semanas?|tage|wochen?|jours?"
    r"|minuto|stunden?|[/.]\d|january|february|\bdollars|\$|kids|appointments?|visits?|times?|de (?:enero"
    r"|febrero|marzo|abril|mayo|junio"
    r"|julio|agosto|sep|oct|nov|dic))"
)
_RANGE = re.compile(
    r"\b(?:(?:between|entre|zwischen|from|de"
    r"|von)\s)?(?:las? )?(?P<a>\d{1,2})(?::(?P<am>[0-5]\d))?\s?(?P<ap>am|pm|h|uhr)?\s?"
    r"(?P<join>and|y|und|et|e|to|a|bis|-)\s?(?:las? )?(?P<b>\d{1,2})(?::(?P<bm>[0-5]\d))?\s?(?P<bp>am|pm"
    r"|h\b|uhr)?(?!\d|[/.:]\d)"
)
_PARTS = (
    (
        re.compile(
            r"\b(?:after (?:noon|lunch|midday|work)|despues del (?:mediodia|almuerzo)|nach dem mittag"
            r"|apres midi)\b"
        ),
        NOON,
        18 * 60,
    ),
    (re.compile(r"\b(?:before (?:noon|lunch|midday)|antes del mediodia|vor mittag|avant midi)\b"), 8 * 60, NOON),
    (
        re.compile(
            r"\bat noon\b|\bnoon\b|\bmidday\b|\b(?:al|a) mediodia\b|\ba midi\b"
            r"|\bao meio[- ]dia\b"
        ),
        NOON,
        NOON + 60,
    ),
    (re.compile(r"\blunch ?time\b|\bmittags\b|\bhora del almuerzo\b"), NOON, NOON + 120),
    (
        re.compile(
            r"\bearly (?:in the )?(?:morning|am)\b|\bfirst thing\b|\bearly morning\b|\bprimera hora\b"
            r"|\bfruhmorgens\b"
        ),
        7 * 60,
        10 * 60,
    ),
    (
        re.compile(
            r"\bmornings?\b|\b(?:por|en|a|de) la manana\b|\bvormittags?\b|\bmorgens\b|\bmatin\b"
            r"|\bd[ea] manha\b|\bmanha\b(?! )|\bmorgen fruh\b|\bfruh\b"
        ),
        8 * 60,
        NOON,
    ),
    (
        re.compile(
            r"\bafternoons?\b|\b(?:por|en|de) la tarde\b|\besta tarde\b|\bnachmittags?\b|\bapres-midi\b"
            r"|\b(?:de|a|da|à) tarde\b"
        ),
        NOON,
        18 * 60,
    ),
    (
        re.compile(
            r"\bevenings?\b|\btonight\b|\b(?:por|en|de) la noche\b|\besta noche\b|\babends?\b|\bsoir\b"
            r"|\b(?:de|a|da) noite\b"
        ),
        17 * 60,
        21 * 60,
    ),
)


def wished_hours(line: str) -> list[WishedHours]:
    """The hours named in a plain text, in its order: ranges first, then clock times, then parts of the day."""
    found: list[WishedHours] = []
    for wish in (*_ranges(line), *_clocks(line), *_parts(line)):
        if not any(wish.span[0] < other.span[1] and other.span[0] < wish.span[1] for other in found):
            found.append(wish)
    return sorted(found, key=lambda wish: wish.span)


def _parts(line: str) -> list[WishedHours]:
    return [WishedHours(a, b, match.span()) for pattern, a, b in _PARTS for match in pattern.finditer(line)]


def _ranges(line: str) -> list[WishedHours]:
    found = []
    for match in _RANGE.finditer(line):
        opened = re.match(r"(?:between|entre|zwischen|from|de|von)\s", match.group())
        if not (opened or (match.group("join") == "-" and (match.group("bp") or match.group("bm")))):
            continue
        last, unsure = _minutes(int(match.group("b")), int(match.group("bm") or 0), match.group("bp"))
        meridiem = match.group("ap") or (
            match.group("bp") if int(match.group("a")) < int(match.group("b")) else None
        )
        first, _ = _minutes(int(match.group("a")), int(match.group("am") or 0), meridiem)
        if first < last <= MIDNIGHT:
            found.append(WishedHours(first, last, match.span(), unsure=unsure))
    return found


def _clocks(line: str) -> list[WishedHours]:
    found = []
    for match in _CLOCK.finditer(line):
        if not _is_clock(line, match):
            continue
        hour = _WORDS[match.group("word")] if match.group("word") else int(match.group("hour"))
        minute = int(
            match.group("minute")
            or match.group("bare")
            or match.group("past")
            or (30 if match.group("half") else 0)
        )
        said = "pm" if match.group("pm") else "am" if match.group("am") else "h" if match.group("uhr") else None
        at, unsure = _minutes(hour, minute, said)
        if at >= MIDNIGHT:
            continue
        found.append(_window(match, at, unsure))
    return found


def _is_clock(line: str, match: re.Match[str]) -> bool:
    """A number is an hour where something says so: a word before it, a colon, am or pm."""
    if _NOT_HOURS.match(line, match.end()) or (match.start() and line[match.start() - 1] in "/.:-$#"):
        return False
    marked = any(match.group(name) for name in ("colon", "bare", "uhr", "pm", "am", "oclock", "ish", "half"))
    led = any(match.group(name) for name in ("after", "before", "about"))
    at = match.group("at") or ""
    if match.group("word"):
        return bool(match.group("pm") or match.group("am") or match.group("oclock") or led or at in _SPOKEN_AT)
    return marked or led or bool(at)


_SPOKEN_AT = frozenset({"at", "a las", "a la", "um", "as", "make it"})


def _window(match: re.Match[str], at: int, unsure: bool) -> WishedHours:
    if match.group("after"):
        return WishedHours(at, MIDNIGHT, match.span(), unsure=unsure)
    if match.group("before"):
        return WishedHours(0, at, match.span(), unsure=unsure)
    if match.group("about") or match.group("ish"):
        return WishedHours(max(at - 30, 0), at + 30, match.span(), unsure=unsure)
    return WishedHours(at, min(at + 60, MIDNIGHT), match.span(), exact=True, unsure=unsure)


def _minutes(hour: int, minute: int, said: str | None) -> tuple[int, bool]:
    """Minutes of the day; a bare 1 to 6 is the afternoon, 8 to 12 as said, 7 cannot be told."""
    if said == "pm" and hour < 12:
        hour += 12
    elif said == "am" and hour == 12:
        hour = 0
    elif said is None and 1 <= hour <= 6:
        hour += 12
    unsure = said is None and hour == 7
    return hour * 60 + minute, unsure
