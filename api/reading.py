"""Bodies that tell everything at once: what is wrong with their form does not hide what their fields say.

FastAPI refuses a body at the first look: a number for a text, an unknown name. A body read as `Read[Model]` keeps
those faults, and the fields that are well formed, so that a lower room adds its own and all are told together.
In a batch, it keeps one bad item from spoiling the others.
"""

from typing import Any, Generic, TypeVar, get_args

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import core_schema

from api.errors import fault_answer
from api.fields import Body
from api.validation import faults_of
from models.errors import Fault, Faults

Model = TypeVar("Model", bound=Body)


class Read(Generic[Model]):
    """A body that was read: the well-formed fields that it names, also null, and what is wrong with the rest."""

    __slots__ = ("_fields", "faults")

    def __init__(self, fields: dict[str, Any] | None, faults: list[Fault]) -> None:
        self._fields = fields
        self.faults = faults

    @property
    def fields(self) -> Any:
        """The well-formed fields, by name. Raises Faults for a body that is no object and has none."""
        if self._fields is None:
            raise Faults(self.faults)
        return self._fields

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Let pydantic read the model, and describe it in the OpenAPI, without giving up where it does not fit."""
        [model] = get_args(source)
        return core_schema.no_info_wrap_validator_function(_read, handler.generate_schema(model))


def error_object(fault: Fault) -> dict[str, Any]:
    """Return a fault as an error answer shows it, for an item of a batch."""
    error: dict[str, Any] = orjson.loads(fault_answer(fault).body)["error"]
    return error


def _read(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> "Read[Body]":
    try:
        body: Body = validate(value)
    except ValidationError as error:
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        faults = faults_of(RequestValidationError(wrong))
        if not isinstance(value, dict):
            return Read(None, faults)
        ill = {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}
        return Read({name: field for name, field in value.items() if name not in ill}, faults)
    return Read(body.given(), [])
