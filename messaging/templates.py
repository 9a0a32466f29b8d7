"""Texts with `{{variables}}`: checked when they are saved, filled when they leave."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from messaging.local_time import shown

VARIABLES = (
    "contact.name",
    "contact.first_name",
    "patient.name",
    "patient.first_name",
    "appointment.date",
    "appointment.time",
    "appointment.weekday",
    "appointment.service",
    "appointment.provider",
    "appointment.location",
    "account.name",
)
_METADATA = "metadata."

_TAG = re.compile(r"\{\{([^{}]*)\}\}")
_SINGLE = re.compile(r"(?<!\{)\{\s*([\w.]+)\s*\}(?!\})")
_NARROW_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


class BadTemplate(ValueError):
    """A template whose braces do not make sense."""

    code = "invalid_parameter"


class UnknownVariable(BadTemplate):
    """A template that names a variable which does not exist. `suggestion` is the nearest that does."""

    code = "unknown_template_variable"

    def __init__(self, name: str, suggestion: str | None) -> None:
        listed = ", ".join(f"{{{{{variable}}}}}" for variable in (*VARIABLES, "metadata.KEY"))
        advice = f"did you mean {{{{{suggestion}}}}}?" if suggestion else f"there are {listed}"
        super().__init__(f"{shown(name)} is not a variable: {advice}")
        self.name = name
        self.suggestion = suggestion


@dataclass(frozen=True)
class Rendered:
    """A filled text, and the variables it names that had no value, each once."""

    text: str
    missing: tuple[str, ...]


def check(template: str) -> None:
    """Accept a template or say what is wrong with it. Raises UnknownVariable and, for its braces, BadTemplate."""
    literals, names = _parts(template)
    for name in names:
        if name not in VARIABLES and not (name.startswith(_METADATA) and name != _METADATA):
            raise UnknownVariable(name, _nearest(name))
    for literal in literals:
        if "{{" in literal or "}}" in literal:
            raise BadTemplate("{{ and }} must stand in pairs with a variable between, such as {{contact.name}}")
    if "{{{" in template or "}}}" in template:
        raise BadTemplate("a variable has two braces on each side, not three: {{contact.name}}")
    for single in _SINGLE.finditer(template):
        if nearest := _nearest(single[1]):
            raise BadTemplate(f"{shown(single[0])} has one brace on each side: write {{{{{nearest}}}}}")


def render(template: str, values: Mapping[str, str]) -> Rendered:
    """Fill a template. A variable without a value becomes nothing, and the gap it leaves is closed.

    What a value holds is text: braces in it mean nothing, line breaks and special spaces become spaces.
    """
    literals, names = _parts(template)
    text = literals[0]
    missing: dict[str, None] = {}
    for index, (name, literal) in enumerate(zip(names, literals[1:], strict=True), 1):
        if value := " ".join(values.get(name, "").split()):
            text += value + literal
        else:
            missing[name] = None
            text = _close(text, literal, last=index == len(names))
    return Rendered(text.translate(_NARROW_SPACES), tuple(missing))


@lru_cache(maxsize=1024)
def _parts(template: str) -> tuple[list[str], list[str]]:
    """Return the texts around the variables (one more than these), and the variables."""
    pieces = _TAG.split(template)
    return pieces[0::2], [name.strip() for name in pieces[1::2]]


def _close(before: str, after: str, *, last: bool) -> str:
    """Join what stood around a variable that had no value, without the space or mark meant for it."""
    if before.endswith("(") and after.startswith(")"):
        before, after = before[:-1], after[1:]
    if not before.strip(" ") or before.endswith("\n"):
        return before + after.lstrip(" ,;:")
    if before.endswith(" ") and (
        after[:1] in (" ", ",", ".", ";", ":", "!", "?", ")", "\n") or (last and not after)
    ):
        before = before.rstrip(" ")
    return before + after


def _nearest(name: str) -> str | None:
    """Return the variable that `name` most likely stands for."""
    wanted = name.lower().replace(" ", "_").replace("-", "_")
    ending = [variable for variable in VARIABLES if wanted and f".{variable}".endswith(f".{wanted}")]
    near = ending or difflib.get_close_matches(wanted[:64], VARIABLES, n=1, cutoff=0.6)
    return near[0] if near else None
