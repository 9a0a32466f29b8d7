"""Checking the texts of an appointment: each `before`, template and condition."""

import re
from collections.abc import Sequence
from datetime import timedelta

from appointments.faults import Wrongs
from appointments.fields import ReminderFields
from appointments.lines import CONDITIONS, Line
from messaging import templates
from messaging.local_time import Span
from messaging.placement import Move

MOST_LINES = 20
LONGEST_TEXT = 1600

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


def checked_lines(reminders: Sequence[ReminderFields], wrongs: Wrongs) -> tuple[Line, ...]:
    """Return the lines that a list of reminders asks for; what is wrong is noted."""
    if len(reminders) > MOST_LINES:
        wrongs.add("reminders", f"must have at most {MOST_LINES} items", "too_many_items")
        return ()
    lines: list[Line] = []
    for index, reminder in enumerate(reminders):
        line = _line(reminder, wrongs.inside(f"reminders[{index}]"))
        if line is not None and line in lines:
            wrongs.add(f"reminders[{index}]", f"says the same as reminders[{lines.index(line)}]")
        lines.append(line or Line(before="", message=f"{index}"))
    return tuple(lines)


def _line(reminder: ReminderFields, wrongs: Wrongs) -> Line | None:
    faults = len(wrongs.faults)
    span = _before(reminder, wrongs)
    message = reminder.get("message", "")
    if not message.strip():
        wrongs.add("message", "is required: the text to send")
    elif len(message) > LONGEST_TEXT:
        wrongs.add("message", f"must have at most {LONGEST_TEXT} characters", "message_too_long")
    else:
        wrongs.tried("message", lambda: templates.check(message), "unknown_template_variable")
    only_if = tuple(sorted(set(reminder.get("only_if") or ())))
    if not set(only_if) <= set(CONDITIONS):
        wrongs.add("only_if", f"may hold {' and '.join(CONDITIONS)}")
    at = _at(reminder, span, wrongs)
    move = _move(reminder, wrongs)
    if len(wrongs.faults) > faults or span is None:
        return None
    # Both conditions together still leave out those who declined, so they are kept as they are.
    return Line(str(span), message, only_if, bool(reminder.get("any_hour")), at, move)


def _before(reminder: ReminderFields, wrongs: Wrongs) -> Span | None:
    written = reminder.get("before")
    if written is None:
        wrongs.add("before", "is required: an ISO 8601 duration before the start, such as PT24H or P1D")
        return None
    span = wrongs.tried("before", lambda: Span.parse(written))
    if span is not None and span.length <= timedelta(0):
        wrongs.add("before", "must be longer than nothing, such as PT24H or P1D")
        return None
    return span


def _move(reminder: ReminderFields, wrongs: Wrongs) -> Move | None:
    written = reminder.get("move")
    move = next((move for move in Move if move == written), None)
    if written is not None and move is None:
        wrongs.add("move", f"must be one of {', '.join(Move)}")
    return move


def _at(reminder: ReminderFields, span: Span | None, wrongs: Wrongs) -> str | None:
    written = reminder.get("at")
    if written is None:
        return None
    if not _TIME_OF_DAY.fullmatch(written):
        wrongs.add("at", "must be a time of day as HH:MM, such as 10:00")
    elif span is not None and (not span.days or span.elapsed):
        wrongs.add("at", "goes with a before in whole days, such as P1D")
    return written
