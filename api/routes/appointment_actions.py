"""/v1/appointments/{id}/…: saying what the person answered and what became of the visit.

An action that was done already changes nothing and is answered all the same.
"""

from collections.abc import Awaitable
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter
from pydantic import AfterValidator, Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.appointment_answers import appointment_answer
from api.appointment_fields import AppointmentObject
from api.fields import Body, Duration, described
from api.route import Route
from api.routes.account import short_settle
from api.unit import Unit, Work
from api.versions import ExpectedVersion
from appointments import cancelling, confirming, declining, moving, visiting
from appointments.notice import AS_USUAL, Notice, Notify
from messaging.local_time import Span
from models.appointment import Appointment
from models.event import Actor

router = APIRouter(prefix="/v1/appointments", tags=["Appointments"], route_class=Route)


class CancelBody(Body):
    """Whether the person is told; may be left out."""

    notify: Literal["auto", "always", "never"] = Field(
        default="auto", description="`auto`: if a text had named the time."
    )
    settle: Annotated[Duration, AfterValidator(short_settle)] = described(
        "How long it waits for another change; else the account's."
    )

    def notice(self) -> Notice:
        """Return what is said of telling the person."""
        settle = self.given().get("settle")
        return Notice(Notify(self.notify), None if settle is None else Span.parse(settle).length)


class Action(Protocol):
    """An action of a lower room; returns the appointment and whether anything changed."""

    def __call__(
        self,
        session: AsyncSession,
        account_id: str,
        appointment_id: str,
        *,
        by: Actor,
        expected_version: int | None = None,
    ) -> Awaitable[tuple[Appointment, bool]]: ...


async def _do(action: Action, work: Unit, appointment_id: str, expected: int | None) -> Response:
    session = await work.session()
    appointment, _ = await action(
        session, work.account_id, appointment_id, by=work.actor, expected_version=expected
    )
    return await appointment_answer(session, appointment)


@router.post("/{appointment_id}/confirm", response_model=AppointmentObject)
async def confirm_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Note that the person comes."""
    return await _do(confirming.confirm, work, appointment_id, expected)


@router.post("/{appointment_id}/decline", response_model=AppointmentObject)
async def decline_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Note that the person cannot come: later texts are held, the visit stays unless its plan cancels it."""
    return await _do(declining.decline, work, appointment_id, expected)


@router.post("/{appointment_id}/cancel", response_model=AppointmentObject)
async def cancel_appointment(
    work: Work, appointment_id: str, expected: ExpectedVersion, body: CancelBody | None = None
) -> Response:
    """Cancel the visit, and every text and job that hangs on it, at once.

    A person whom a text had told of it is told, once the cancel has settled.
    """
    session = await work.session()
    appointment, _ = await cancelling.cancel(
        session,
        work.account_id,
        appointment_id,
        by=work.actor,
        expected_version=expected,
        notice=AS_USUAL if body is None else body.notice(),
    )
    return await appointment_answer(session, appointment)


@router.post("/{appointment_id}/reopen", response_model=AppointmentObject)
async def reopen_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Await a cancelled visit again, or one that was marked over by mistake; its texts are planned anew."""
    session = await work.session()
    outcome = await moving.reopen(
        session, work.account_id, appointment_id, by=work.actor, expected_version=expected
    )
    return await appointment_answer(session, outcome.appointment)


@router.post("/{appointment_id}/arrive", response_model=AppointmentObject)
async def arrive_at_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Note that the person is here."""
    return await _do(visiting.arrive, work, appointment_id, expected)


@router.post("/{appointment_id}/complete", response_model=AppointmentObject)
async def complete_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Note that the visit is over."""
    return await _do(visiting.complete, work, appointment_id, expected)


@router.post("/{appointment_id}/no-show", response_model=AppointmentObject)
async def miss_appointment(work: Work, appointment_id: str, expected: ExpectedVersion) -> Response:
    """Note that the person did not come."""
    return await _do(visiting.no_show, work, appointment_id, expected)
