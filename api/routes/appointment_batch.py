"""/v1/appointments/batch: thousands of appointments in one request; one bad item spoils no other."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from api.answers import answer
from api.appointment_answers import changes_of
from api.appointment_fields import AppointmentBody, asked_of
from api.fields import Body, refusal
from api.openapi import ErrorDetail
from api.reading import Read
from api.route import Route
from api.unit import Work
from appointments.booking import book_all
from appointments.changing import Outcome
from models.errors import Fault, Faults

router = APIRouter(prefix="/v1/appointments", tags=["Appointments"], route_class=Route)

MOST_ITEMS = 10_000


def _not_too_many(items: object) -> object:
    if isinstance(items, list) and len(items) > MOST_ITEMS:
        raise refusal("too_many_items", f"must have at most {MOST_ITEMS} items: send the rest in another batch")
    return items


class AppointmentBatch(Body):
    """Appointments to book, or to bring up to date by their external ids, in order."""

    appointments: Annotated[
        list[Read[AppointmentBody]], BeforeValidator(_not_too_many), Field(description=f"At most {MOST_ITEMS}.")
    ]


class BatchItem(BaseModel):
    """What became of one item."""

    index: int
    appointment_id: str = Field(default="", description="Absent where the item failed.")
    changed: list[str] = Field(default=[], description="What changed on an appointment that was known.")
    stale: bool = False
    error: ErrorDetail | None = Field(default=None, description="Only on an item that failed.")


class BatchOutcome(BaseModel):
    """What became of a batch, item by item in its order. Known ones that did not differ are `unchanged`."""

    data: list[BatchItem]
    created: int
    updated: int
    unchanged: int
    failed: int


@router.post("/batch", response_model=BatchOutcome)
async def book_batch(work: Work, body: AppointmentBatch) -> Response:
    """Book up to 10,000 appointments; each is answered for itself."""
    session = await work.session()
    asked = [asked_of(item) for item in body.appointments]
    outcomes = await book_all(session, work.account_id, asked, by=work.actor)
    done = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    return answer(
        {
            "data": [_item(index, outcome) for index, outcome in enumerate(outcomes)],
            "created": sum(outcome.created for outcome in done),
            "updated": sum(bool(outcome.changed) for outcome in done),
            "unchanged": sum(not (outcome.created or outcome.changed) for outcome in done),
            "failed": len(outcomes) - len(done),
        }
    )


def _item(index: int, outcome: Outcome | Fault) -> dict[str, Any]:
    if isinstance(outcome, Fault):
        return {"index": index, "error": _error(outcome)}
    item = {"index": index, "appointment_id": outcome.appointment.id}
    return item if outcome.created else item | changes_of(outcome)


def _error(fault: Fault) -> dict[str, Any]:
    error: dict[str, Any] = {"type": fault.type, "code": fault.code, "message": fault.message}
    if fault.param is not None:
        error["param"] = fault.param
    if isinstance(fault, Faults):
        error["errors"] = [{"param": one.param, "code": one.code, "message": one.message} for one in fault.faults]
    return error
