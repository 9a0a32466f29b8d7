"""From what pydantic found wrong to the contract's faults: which field, which code, what would be right."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from models.errors import Fault, Invalid

# Where a validator of api/fields.py raises PydanticCustomError, its type is already the contract's code.
_CODES = frozenset(
    {
        "invalid_parameter",
        "invalid_phone_number",
        "message_too_long",
        "invalid_schedule",
        "invalid_cron",
        "invalid_timezone",
        "schedule_in_past",
        "unknown_template_variable",
        "too_many_items",
    }
)

_MESSAGES = {
    "missing": "is required",
    "string_type": "must be a string",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of at most 63 bits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be a JSON object",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
}


def faults_of(error: RequestValidationError) -> list[Fault]:
    """Return a fault for each thing wrong with a request, in the order of its fields.

    Unknown names come first: a misspelt field is also one that is missing.
    """
    return [_fault(one) for one in sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")]


def _fault(error: Mapping[str, Any]) -> Fault:
    kind: str = error["type"]
    context = error.get("ctx") or {}
    where = context.get("param") or param_of(error["loc"])
    if kind == "extra_forbidden":
        what = "query parameter" if error["loc"][0] == "query" else "field"
        return Invalid("unknown_parameter", f"There is no {what} {where!a} here; check its spelling.", param=where)
    if kind in _CODES:
        return Invalid(kind, f"{where or 'The body'} {error['msg']}.", param=where)
    message = _MESSAGES[kind].format(**context) if kind in _MESSAGES else f"is not valid: {error['msg']}"
    return Invalid("invalid_parameter", f"{where or 'The body'} {message}.", param=where)


def param_of(location: Sequence[str | int]) -> str | None:
    """Return a place in a request as the contract names it, such as `reminders[0].before`."""
    name = ""
    for part in location[1:]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name or None
