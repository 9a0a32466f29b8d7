"""The kinds of value that bodies and queries hold, each with its check, its code and its place in the OpenAPI."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from messaging import local_time, phone_numbers, templates


class Body(BaseModel):
    """A JSON body. Unknown fields are refused; a number is not a text and a text not a number."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self) -> dict[str, Any]:
        """Return the fields that the body names, also those that are null."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class Shown(BaseModel):
    """What every object of the API shows."""

    object: str
    id: str
    created_at: datetime
    updated_at: datetime
    version: int


def absent() -> Any:
    """The default of a field that may be left out but may not be null: the OpenAPI then shows no default."""
    return Field(default_factory=lambda: None)


def described(description: str, *, examples: list[str] | None = None) -> Any:
    """The default of such a field that needs a word of explanation."""
    return Field(default_factory=lambda: None, description=description, examples=examples)


def refusal(code: str, message: str, param: str | None = None) -> PydanticCustomError:
    """Return what a validator raises; message goes on from the field's name: "must be …".

    param: the field, where the validator is the whole body's.
    """
    return PydanticCustomError(code, "{message}", {"message": message, "param": param})


def told_by(check: Callable[[str], object], code: str) -> Callable[[str], str]:
    """Make a validator of a lower room's check, which raises ValueError with a message for people.

    code: where the error brings none of its own.
    """

    def validate(value: str) -> str:
        try:
            check(value)
        except ValueError as error:
            raise refusal(getattr(error, "code", code), f"is wrong: {error}") from None
        return value

    return validate


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise refusal("invalid_parameter", "must be an instant, such as 2026-03-12T19:00:00Z")
    try:
        return local_time.parse_instant(value)
    except ValueError as error:
        raise refusal("invalid_parameter", f"is wrong: {error}") from None


def _metadata(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not 1 <= len(name) <= 64 or len(text) > 1000:
            raise refusal("invalid_parameter", "must have names of 1 to 64 characters and values of at most 1000")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
TimeZone = Annotated[
    str,
    AfterValidator(told_by(local_time.zone, "invalid_timezone")),
    Field(description="An IANA time zone.", examples=["America/New_York"]),
]
PhoneNumber = Annotated[
    str,
    AfterValidator(told_by(phone_numbers.parse, "invalid_phone_number")),
    Field(
        description="A phone number in E.164.",
        examples=["+12125550123"],
        json_schema_extra={"pattern": "^\\+[1-9][0-9]{6,14}$"},
    ),
]
Duration = Annotated[
    str,
    AfterValidator(told_by(local_time.Span.parse, "invalid_parameter")),
    Field(
        description="An ISO 8601 duration.",
        examples=["PT2H"],
        json_schema_extra={"pattern": "^P[0-9WDTHMS]+$"},
    ),
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_CHECKED = AfterValidator(told_by(templates.check, "invalid_parameter"))
Template = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1600),
    _CHECKED,
    Field(description="A text with {{variables}}."),
]
LongTemplate = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    _CHECKED,
    Field(description="A text with {{variables}}."),
]
Metadata = Annotated[
    dict[str, str],
    AfterValidator(_metadata),
    Field(max_length=50, description="Texts of your own, by name.", examples=[{"chart": "4711"}]),
]
