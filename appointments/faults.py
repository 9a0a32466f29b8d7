"""Collecting what is wrong with one body, so that all of it is told at once."""

import re
from collections.abc import Callable
from typing import TypeVar

from models.errors import Fault, Faults, Invalid

Value = TypeVar("Value")


class Wrongs:
    """The faults of one body, in the order they were found. `within` is the field all of them lie in."""

    def __init__(self, within: str = "", faults: list[Fault] | None = None) -> None:
        self._within = within
        self.faults: list[Fault] = [] if faults is None else faults

    def inside(self, name: str) -> "Wrongs":
        """Return the same collection for the fields of an inner object, such as `contact` or `reminders[0]`."""
        return Wrongs(f"{self._within}{name}.", self.faults)

    def add(self, name: str, message: str, code: str = "invalid_parameter") -> None:
        """Note that the field `name` is wrong; `message` goes on from its name: "must be …"."""
        param = f"{self._within}{name}"
        self.faults.append(Invalid(code, f"{param} {message}.", param=param))

    def tried(self, name: str, check: Callable[[], Value], code: str = "invalid_parameter") -> Value | None:
        """Return what `check` returns, or None where it raises ValueError, which is noted for the field."""
        try:
            return check()
        except ValueError as error:
            self.add(name, f"is wrong: {str(error).rstrip('.')}", getattr(error, "code", code))
            return None

    def text(self, name: str, value: str | None, longest: int) -> str | None:
        """Return a text without the spaces around it, None for an empty one; too long a one is noted."""
        stripped = value.strip() if value is not None else ""
        if len(stripped) > longest:
            self.add(name, f"must have at most {longest} characters")
            return None
        return stripped or None

    def concern(self, name: str) -> bool:
        """Tell whether the field `name`, or the whole body, was found wrong: then it is not missing as well."""
        roots = {None if fault.param is None else re.split(r"[.\[]", fault.param)[0] for fault in self.faults}
        return name in roots or None in roots

    def settle(self) -> None:
        """Raise Faults where anything was noted."""
        if self.faults:
            raise Faults(self.faults)
