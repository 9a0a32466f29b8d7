"""What is worth knowing of a reminder job that is taken all the same."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from appointments.asking import asks
from appointments.lines import PENDING_WORD
from messaging.compose import warnings_for

_VARIABLE = re.compile(r"\{\{\s*([\w.-]+)[^{}]*\}\}")
_OF_A_VISIT = ("appointment.", "contact.", "patient.")
# Carriers take these words, sent alone, for an opt-out. STOP too, but it is meant so.
_OPT_OUT_WORDS = "cancel|end|quit|revoke|unsubscribe"
_ASKS_FOR_OPT_OUT = re.compile(
    rf"(?i:\b(?:reply|respond|answer|text|txt|send|type)(?: back)?(?: with)? [\"'“‘]?({_OPT_OUT_WORDS})\b)"
    rf"|\b({_OPT_OUT_WORDS.upper()})\b"
)


def warnings_of(row: Mapping[str, Any], *, stopped: bool) -> list[str]:
    """Return warnings about a job, a sentence each; `row` is a row of `reminders`. stopped: they unsubscribed."""
    found: list[str] = []
    if stopped:
        found.append(
            f"{row['to_number']} has unsubscribed: the text is blocked when due, unless they text START first."
        )
    if row["next_run_at"] is None and row["why"]:
        found.append(f"Nothing leaves: {row['why']}.")
    linked = row["appointment_id"] is not None
    return [*found, *about_wording(row["message"], linked, tuple(row["only_if"])), *_missing(row, linked)]


@lru_cache(maxsize=256)
def about_wording(message: str, linked: bool, only_if: tuple[str, ...]) -> tuple[str, ...]:
    """Return warnings about a text, a sentence each. linked: it is sent about an appointment."""
    found = list(warnings_for(message))
    if asked := _ASKS_FOR_OPT_OUT.search(message):
        word = (asked[1] or asked[2]).upper()
        found.append(
            f"The text asks for {word}, which carriers take for an opt-out: every later text would be "
            "blocked. Ask for NO instead."
        )
    if asks(message) and not linked:
        found.append(
            "The text asks for an answer, but a YES confirms nothing: the reminder has no appointment_id."
        )
    if PENDING_WORD in only_if and not asks(message):
        found.append("The text is for those who have not confirmed, but does not say how to: ask for YES or NO.")
    return tuple(found)


def _missing(row: Mapping[str, Any], linked: bool) -> list[str]:
    """Name the variables that cannot have a value; those of a visit are known only when the text leaves."""
    if "{{" not in row["message"]:
        return []
    names = dict.fromkeys(_VARIABLE.findall(row["message"]))
    without = [
        name
        for name in names
        if not linked
        and (
            name.startswith(_OF_A_VISIT)
            or (name.startswith("metadata.") and name.removeprefix("metadata.") not in row["metadata"])
        )
    ]
    return [
        f"{{{{{name}}}}} will be empty: the reminder has no appointment_id to take it from." for name in without
    ]
