"""Checking the texts of an appointment: when each leaves, its template and its conditions."""

import re
from collections.abc import Sequence
from datetime import timedelta

from appointments.faults import Wrongs
from appointments.fields import ReminderFields
from appointments.lines import CONDITIONS, FALLBACK_LANGUAGE, Line, text_in
from messaging import templates
from messaging.local_time import Span, shown
from messaging.placement import Move

MOST_LINES = 20
LONGEST_TEXT = 1600
MOST_BUSINESS_DAYS = 60
MOST_LANGUAGES = 20
ANCHORS = ("before", "business_days", "on")
BOOKED = "booked"

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
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


def checked_deadline(written: str | None, wrongs: Wrongs) -> str | None:
    """Return a `confirm_by` in its shortest form, None where there is none; what is wrong is noted."""
    span = None if written is None else wrongs.tried("confirm_by", lambda: Span.parse(written))
    if span is not None and span.length <= timedelta(0):
        wrongs.add("confirm_by", "must be longer than nothing, such as PT12H or P1D")
    return None if span is None else str(span)


def _line(reminder: ReminderFields, wrongs: Wrongs) -> Line | None:
    faults = len(wrongs.faults)
    span, days, at_booking = _when(reminder, wrongs)
    texts = _texts(reminder.get("message", ""), wrongs)
    only_if = tuple(sorted(set(reminder.get("only_if") or ())))
    if not set(only_if) <= set(CONDITIONS):
        wrongs.add("only_if", f"may hold {' and '.join(CONDITIONS)}")
    at = _at(reminder, span, at_booking, wrongs)
    move = _move(reminder, wrongs)
    if len(wrongs.faults) > faults:
        return None
    # Both conditions together still leave out those who declined, so they are kept as they are.
    return Line(
        before=None if span is None else str(span),
        message=text_in(texts, None),
        only_if=only_if,
        any_hour=bool(reminder.get("any_hour")),
        at=at,
        move=move,
        texts=tuple(texts.items()) if isinstance(reminder.get("message"), dict) else (),
        business_days=days,
        at_booking=at_booking,
    )


def _when(reminder: ReminderFields, wrongs: Wrongs) -> tuple[Span | None, int | None, bool]:
    """Return how long before the start it is asked for, how many open days before, or whether at booking."""
    named = [name for name in ANCHORS if reminder.get(name) is not None]
    if len(named) > 1:
        wrongs.add(named[1], f"cannot stand beside {named[0]}: give one of {', '.join(ANCHORS)}")
        return None, None, False
    days, on = reminder.get("business_days"), reminder.get("on")
    if days is not None and not 1 <= days <= MOST_BUSINESS_DAYS:
        wrongs.add("business_days", f"must be from 1 to {MOST_BUSINESS_DAYS}")
    if on not in (None, BOOKED):
        wrongs.add("on", f"must be {BOOKED}")
    span = _before(reminder, wrongs) if days is None and on is None else None
    return span, days, on is not None


def _texts(message: str | dict[str, str], wrongs: Wrongs) -> dict[str, str]:
    """Return the wordings by language; one for everybody stands under English."""
    if isinstance(message, str):
        _check_text(message, "message", wrongs)
        return {FALLBACK_LANGUAGE: message}
    if not 1 <= len(message) <= MOST_LANGUAGES:
        wrongs.add("message", f"must have from 1 to {MOST_LANGUAGES} languages")
    for language, text in message.items():
        if not _LANGUAGE.fullmatch(language):
            wrongs.add("message", f"must name languages such as en or es-MX, not {shown(language)}")
        else:
            _check_text(text, f"message.{language}", wrongs)
    return message or {FALLBACK_LANGUAGE: ""}


def _check_text(message: str, name: str, wrongs: Wrongs) -> None:
    if not message.strip():
        wrongs.add(name, "is required: the text to send")
    elif len(message) > LONGEST_TEXT:
        wrongs.add(name, f"must have at most {LONGEST_TEXT} characters", "message_too_long")
    else:
        wrongs.tried(name, lambda: templates.check(message), "unknown_template_variable")


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


def _at(reminder: ReminderFields, span: Span | None, at_booking: bool, wrongs: Wrongs) -> str | None:
    written = reminder.get("at")
    if written is None:
        return None
    if not _TIME_OF_DAY.fullmatch(written):
        wrongs.add("at", "must be a time of day as HH:MM, such as 10:00")
    elif at_booking:
        wrongs.add("at", "does not go with on: that text is asked for by the booking itself")
    elif span is not None and (not span.days or span.elapsed):
        wrongs.add("at", "goes with a before in whole days, such as P1D")
    return written
