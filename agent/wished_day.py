"""The day or days a text names: "next Thursday", "the 14th", "tomorrow", "next week"."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agent.calendar_words import AMBIGUOUS, MONTHS, TODAY, TOMORROW, WEEKDAYS


@dataclass(frozen=True, slots=True)
class WishedDays:
    """A run of local dates, and where in the text it stands. unsure: the words can mean other dates."""

    first: date
    count: int
    span: tuple[int, int]
    unsure: bool = False


def _any(words: object) -> str:
    assert isinstance(words, (dict, frozenset))
    return "|".join(sorted(words, key=len, reverse=True))


_SMALL = {
    word: number
    for number, spellings in enumerate(
        (
            "a an one un una ein einer eine einem um uma",
            "two dos zwei deux dois duas",
            "three tres drei trois",
            "four cuatro vier",
        ),
        start=1,
    )
    for word in spellings.split()
}
_NEXT = r"next|proxim[oa]|nachste[nrs]?|kommende[nr]?|prochaine?"
_AFTER_TOMORROW = re.compile(
    r"\b(?:day after (?:tomorrow|tmrw)|pasado manana|ubermorgen|apres[- ]demain|depois de amanha)\b"
)
_TODAY = re.compile(rf"\b(?:{_any(TODAY)}|later on|later today|esta tarde|esta noche|ce soir)\b")
# "in the morning" and "de la manana" are no tomorrow.
_TOMORROW = re.compile(rf"(?<!la )(?<!guten )(?<!am )\b(?:{_any(TOMORROW)})\b")
_NEXT_WEEK = re.compile(
    r"\b(?:next (?:week|wk)|following week|(?:la )?(?:proxima semana|semana que vi?ene|semana que vem)"
    r"|nachste[nr]? woche"
    r"|semaine prochaine|semana siguiente)\b"
)
_THIS_WEEK = re.compile(r"\b(?:this (?:week|wk)|esta semana|diese[r]? woche|cette semaine|nesta semana)\b")
_NEXT_MONTH = re.compile(
    r"\b(?:next month|proximo mes|mes que vi?ene|mes que vem|nachsten monat"
    r"|mois prochain)\b"
)
_WEEKEND = re.compile(r"\b(?:weekend|week-end|fin de semana|wochenende|fim de semana)\b")
_SAME_DAY = re.compile(
    r"\b(?:(?:the )?same day|(?:el )?mismo dia|(?:am )?(?:selben|gleichen) tag|(?:le )?meme jour|mesmo dia"
    r"|that day|ese dia)\b"
)
_IN_SPAN = re.compile(
    rf"\b(?:in|en|dentro de|dans|em|daqui a) (?P<count>\d{{1,2}}|{_any(_SMALL)}|a couple of|a few) "
    r"(?P<unit>days?|dias?|tagen?|jours?|weeks?|semanas?|wochen?|semaines?)\b"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{_any(MONTHS)})\.?\s(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?[:%]|\s?[ap]\.?m)"
)
_DAY_MONTH = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s(?:of (?:the )?|de |do )?(?P<month>{_any(MONTHS)})\b"
)
_NUMERIC = re.compile(
    r"(?<![\d:./])(?P<a>\d{1,2})(?P<sep>[/.])(?P<b>\d{1,2})(?:[/.](?:\d{4}"
    r"|\d{2}))?\.?(?![\d:]|\s?[ap]\.?m|\s?uhr)"
)
_DAY_ONLY = re.compile(
    r"\b(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b|\b(?:el dia|el|the|dia|le|am|den) (?P<other>\d{1,2})\b"
    r"(?!\s?(?:[ap]\.?m|:|h\b|uhr|de la|min|hour|hora|o'clock|%))\.?"
)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<next>{_NEXT}) |(?P<this>this|este|esta|diesen?|ce|cette|nesta|coming) )?"
    rf"(?P<day>{_any(WEEKDAYS)})s?(?:-feira| feira)?\b"
    r"(?P<after> (?:que vi?ene|que vem|prochaine?|proxim[oa]|(?:of )?next week|(?:de"
    r"|da) (?:la )?(?:proxima semana|semana que viene)"
    r"|nachste woche|after next))?"
)


def wished_days(line: str, today: date, visit_day: date, *, month_first: bool) -> list[WishedDays]:
    """The days named in a plain text, in its order, the longest reading where two overlap.

    today, visit_day: on the visit's clock. month_first: "6/12" is June 12, as in the US.
    """
    found: list[WishedDays] = []
    for read in _READERS:
        for wish in read(line, today, visit_day, month_first):
            if not any(wish.span[0] < other.span[1] and other.span[0] < wish.span[1] for other in found):
                found.append(wish)
    return sorted(found, key=lambda wish: wish.span)


Reader = Callable[[str, date, date, bool], Iterator[WishedDays]]


def _relative(line: str, today: date, visit_day: date, month_first: bool) -> Iterator[WishedDays]:
    del month_first
    for pattern, ahead in ((_AFTER_TOMORROW, 2), (_TODAY, 0), (_TOMORROW, 1)):
        for match in pattern.finditer(line):
            yield WishedDays(today + timedelta(days=ahead), 1, match.span())
    for match in _SAME_DAY.finditer(line):
        yield WishedDays(visit_day, 1, match.span())


def _spans(line: str, today: date, visit_day: date, month_first: bool) -> Iterator[WishedDays]:
    del visit_day, month_first
    monday = today - timedelta(days=today.weekday())
    for match in _IN_SPAN.finditer(line):
        said = match.group("count")
        count = int(said) if said.isdigit() else _SMALL.get(said, 2)
        weeks = match.group("unit")[0] in "sw"
        yield WishedDays(today + timedelta(days=count * (7 if weeks else 1)), 1, match.span(), unsure=weeks)
    for match in _NEXT_WEEK.finditer(line):
        yield WishedDays(monday + timedelta(days=7), 7, match.span())
    for match in _THIS_WEEK.finditer(line):
        yield WishedDays(today, 7 - today.weekday(), match.span())
    for match in _NEXT_MONTH.finditer(line):
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        yield WishedDays(first, (after - first).days, match.span())
    for match in _WEEKEND.finditer(line):
        saturday = monday + timedelta(days=5)
        yield WishedDays(
            max(saturday, today), 2 if today <= saturday else 1, match.span(), unsure=today > saturday
        )


def _dates(line: str, today: date, visit_day: date, month_first: bool) -> Iterator[WishedDays]:
    del visit_day
    for pattern in (_MONTH_DAY, _DAY_MONTH):
        for match in pattern.finditer(line):
            if day := _upcoming(today, int(match.group("day")), MONTHS[match.group("month")]):
                yield WishedDays(day, 1, match.span())
    for match in _NUMERIC.finditer(line):
        a, b = int(match.group("a")), int(match.group("b"))
        first_is_month = month_first and match.group("sep") == "/"
        month, number = (a, b) if first_is_month else (b, a)
        swapped = _upcoming(today, month, number)
        day = _upcoming(today, number, month) or swapped
        if day:
            unsure = not first_is_month and match.group("sep") == "/" and swapped is not None and a != b
            yield WishedDays(day, 1, match.span(), unsure=unsure)
    for match in _DAY_ONLY.finditer(line):
        number = int(match.group("day") or match.group("other"))
        if day := _upcoming(today, number):
            yield WishedDays(day, 1, match.span())


def _weekdays(line: str, today: date, visit_day: date, month_first: bool) -> Iterator[WishedDays]:
    del visit_day, month_first
    for match in _WEEKDAY.finditer(line):
        word = match.group("day")
        if word in AMBIGUOUS and not (match.group("next") or match.group("this") or "feira" in match.group()):
            continue
        ahead = (WEEKDAYS[word] - today.weekday()) % 7
        after = (match.group("after") or "").strip()
        if after.endswith(("week", "semana", "woche")):
            monday = today + timedelta(days=7 - today.weekday())
            yield WishedDays(monday + timedelta(days=WEEKDAYS[word]), 1, match.span())
            continue
        # On a Thursday, "Thursday" may be today or in a week; "next Thursday" within this week may be either.
        this_week = today.weekday() + ahead < 7
        unsure = match.group("next") is None if ahead == 0 else match.group("next") is not None and this_week
        if ahead == 0 and not match.group("this"):
            ahead = 7
        if after == "after next" or (match.group("next") is not None and this_week and ahead < 7):
            ahead += 7
        yield WishedDays(today + timedelta(days=ahead), 1, match.span(), unsure=unsure)


_READERS: tuple[Reader, ...] = (_relative, _dates, _weekdays, _spans)


def _upcoming(today: date, day: int, month: int | None = None) -> date | None:
    """The next date with this day (and month), None where there is none within a year."""
    for ahead in range(13):
        number = today.month - 1 + ahead
        year, candidate = today.year + number // 12, number % 12 + 1
        if month not in (None, candidate):
            continue
        try:
            found = date(year, candidate, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
