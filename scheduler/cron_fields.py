"""The five fields of a cron expression: what is written, checked and turned into sets."""

import re
from dataclasses import dataclass

from croniter import croniter

from messaging.local_time import shown

LAST = -1


class InvalidCron(ValueError):
    """An expression that is not cron, or never comes."""

    code = "invalid_cron"


@dataclass(frozen=True)
class Field:
    """One field of an expression: its values, and the names that stand for them."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def value(self, text: str) -> int:
        """Return the number that a number or name means. Raises InvalidCron."""
        if text in self.names:
            return self.names.index(text) + self.low
        if re.fullmatch(r"\d{1,4}", text, re.ASCII):
            if self.low <= int(text) <= self.high:
                return int(text)
            raise InvalidCron(f"{self.name} {text} is out of range: {self.low} to {self.high}")
        words = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        raise InvalidCron(f"{shown(text)} does not fit the {self.name}: write {self.low} to {self.high}{words}")


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    Field("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_DAY, _WEEKDAY = FIELDS[2], FIELDS[4]

_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FORM = "five fields: minute, hour, day of month, month, day of week, such as 0 9 * * 1-5"


@dataclass(frozen=True)
class CronFields:
    """What an expression asks for. Weekdays are 0 (Sunday) to 6.

    `last_day`: the month's last day too. `nth` holds (weekday, 1 to 5 or LAST). `either`: a day need match only
    its day of month or its day of week, not both. `every_reading`: the hour field starts with `*`.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    days: frozenset[int]
    last_day: bool
    weekdays: frozenset[int]
    nth: frozenset[tuple[int, int]]
    either: bool
    every_reading: bool


def read_fields(expression: str) -> CronFields:
    """Return what `expression` asks for. Raises InvalidCron, which says what would be right."""
    written = _five(expression)
    plain: list[str] = []
    last_day = False
    nth: set[tuple[int, int]] = set()
    for field, text in zip(FIELDS, written, strict=True):
        terms = []
        for term in text.split(","):
            if field is _DAY and term == "l":
                last_day = True
            elif field is _WEEKDAY and (special := _special(term)):
                nth |= special
            else:
                terms.append(_checked(field, term))
        plain.append(",".join(terms))
    minutes, hours, days, months, weekdays = _expand(plain)
    return CronFields(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        months=months,
        days=days,
        last_day=last_day,
        weekdays=frozenset(weekday % 7 for weekday in weekdays),
        nth=frozenset(nth),
        either=not written[2].startswith("*") and not written[4].startswith("*"),
        every_reading=written[1].startswith("*"),
    )


def _five(expression: str) -> list[str]:
    text = expression.strip(" \t").lower()
    if len(text) > 500:
        raise InvalidCron("the expression is longer than 500 characters")
    if text.startswith("@"):
        if text not in _WORDS:
            raise InvalidCron(f"{shown(text)} is not supported: write one of {', '.join(_WORDS)}, or {_FORM}")
        text = _WORDS[text]
    written = re.findall(r"[^ \t]+", text)
    if len(written) > 5:
        extra = "; seconds and years are not supported" if len(written) < 8 else ""
        raise InvalidCron(f"the expression has {len(written)} fields: write {_FORM}{extra}")
    if len(written) < 5:
        raise InvalidCron(f"{shown(expression)} is not a cron expression: write {_FORM}")
    return written


def _special(term: str) -> set[tuple[int, int]]:
    """Return what `5#2`, `mon-fri#1`, `5L` or `L5` name, nothing for any other term."""
    if match := re.fullmatch(r"([^#]+)#([^#]*)", term):
        if not re.fullmatch("[1-5]", match[2]):
            raise InvalidCron(f"{shown(term)} does not fit the day of week: after # write 1 to 5, such as tue#2")
        low, high, _ = _range(_WEEKDAY, match[1])
        return {(weekday % 7, int(match[2])) for weekday in range(low, high + 1)}
    if match := re.fullmatch(r"l([0-7])|([0-7]|[a-z]{3})l", term):
        return {(_WEEKDAY.value(match[1] or match[2]) % 7, LAST)}
    if term == "l":
        raise InvalidCron("L as day of week needs the day beside it, such as 5L, the month's last Friday")
    return set()


def _checked(field: Field, term: str) -> str:
    """Return the term so that croniter means the same by it. Raises InvalidCron.

    It reads 5-5 as the whole cycle and 7/2 as Sunday on; here both are the single value.
    """
    if match := re.fullmatch(r"\*(?:/(.+))?", term):
        _step(field, match[1])
        return term
    low, high, step = _range(field, term)
    if low == high or (field is _WEEKDAY and low == 7):
        return str(low)
    return f"{low}-{high}/{step}"


def _range(field: Field, term: str) -> tuple[int, int, int]:
    """Return the first and last value and the step of `5`, `1-5`, `1-5/2` or `5/2`."""
    if not term:
        raise InvalidCron(f"the {field.name} has an empty place in its list: write values with single commas")
    _refuse_what_others_know(field, term)
    match = re.fullmatch(r"([^-/]+)(?:-([^-/]+))?(?:/(.+))?", term)
    if match is None:
        raise InvalidCron(f"{shown(term)} does not fit the {field.name}: write a value, a range 1-5 or a step */2")
    first, last, step = match.groups()
    low = field.value(first)
    if last is None:
        # A start with a step runs to the end of the week that croniter and cron count: Saturday.
        high = (6 if field is _WEEKDAY else field.high) if step is not None else low
        return low, max(low, high), _step(field, step)
    high = field.value(last)
    if high < low:
        hint = "; Sunday is 0 at the front, 7 at the end" if field is _WEEKDAY else ""
        raise InvalidCron(f"{field.name} {term} runs backward: write {low}-{field.high},{field.low}-{high}{hint}")
    return low, high, _step(field, step)


def _step(field: Field, text: str | None) -> int:
    if text is None:
        return 1
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) == 0:
        raise InvalidCron(f"{field.name}: {shown(text)} is not a step: write a whole number from 1, such as */2")
    return int(text)


def _refuse_what_others_know(field: Field, term: str) -> None:
    if term == "?":
        raise InvalidCron(f"? as {field.name} is not supported: write *")
    if re.match(r"[hr]($|[(/])", term):
        raise InvalidCron(f"{term[0].upper()} as {field.name} is not supported: write a fixed value")
    if field is _DAY and re.fullmatch(r"(\d+|l)w|w\d+", term, re.ASCII):
        raise InvalidCron(f"W as {field.name} is not supported: write a day of week, such as 1#1")


def _expand(plain: list[str]) -> list[frozenset[int]]:
    """Return each field's values; none where `plain` has nothing left, the field being L or # alone."""
    expanded, _ = croniter.expand(" ".join(text or "*" for text in plain))
    return [
        frozenset() if not text else _all(field) if "*" in values else frozenset(values)
        for field, text, values in zip(FIELDS, plain, expanded, strict=True)
    ]


def _all(field: Field) -> frozenset[int]:
    return frozenset(range(field.low, field.high + 1))
