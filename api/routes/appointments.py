"""/v1/appointments: booking visits, changing them, and seeing what was and will be texted about them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.answers import answer
from api.appointment_answers import appointment_answer, outcome_answer
from api.appointment_fields import AppointmentBody, AppointmentObject, PlannedText, TimelineEntry, asked_of
from api.fields import Id
from api.lists import ListOf, ListQuery, select_page
from api.reading import Read
from api.route import Route
from api.unit import Work
from api.versions import ExpectedVersion
from appointments import find
from appointments.booking import book, put_by_external_id
from appointments.changing import change_appointment, change_by_external_id
from appointments.find import Filters
from appointments.plan_view import plan_of
from appointments.timeline import timeline_of
from models.account import Account
from models.appointment import Confirmation, Visit

router = APIRouter(prefix="/v1/appointments", tags=["Appointments"], route_class=Route)

Changes = Read[AppointmentBody]


class AppointmentQuery(ListQuery):
    """Which appointments to list. `from` and `to` are half-open, on the start."""

    status: Visit | None = None
    confirmation: Confirmation | None = None
    needs_attention: bool | None = Field(
        default=None, description="Whether an item of the attention list is open."
    )
    from_: str | None = Field(
        default=None, alias="from", max_length=64, description="An instant, or a date in the account's zone."
    )
    to: str | None = Field(default=None, max_length=64, description="An instant, or a date in the account's zone.")
    provider: str | None = Field(default=None, max_length=200)
    location: str | None = Field(default=None, max_length=500)
    external_id: str | None = Field(default=None, max_length=255)
    contact_id: Id | None = None
    q: str | None = Field(
        default=None,
        max_length=200,
        description="The start of a word of the name, of the phone's digits, or of the external id.",
    )


class Timeline(BaseModel):
    """Everything that happened, oldest first."""

    data: list[TimelineEntry]


class Plan(BaseModel):
    """Every text, past, coming and not sent, in order of its instant."""

    data: list[PlannedText]


@router.post("", response_model=AppointmentObject, status_code=201, responses={200: {"model": AppointmentObject}})
async def create_appointment(work: Work, body: Changes) -> Response:
    """Book an appointment. One with an `external_id` that is known already is brought up to date instead: 200."""
    session = await work.session()
    outcome = await book(session, work.account_id, asked_of(body), by=work.actor)
    return await outcome_answer(session, outcome)


@router.get("", response_model=ListOf[AppointmentObject])
async def list_appointments(work: Work, asked: Annotated[AppointmentQuery, Query()]) -> Response:
    """List appointments, those booked last first."""
    session = await work.session()
    account = await session.get_one(Account, work.account_id)
    filters = Filters(
        status=asked.status,
        confirmation=asked.confirmation,
        needs_attention=asked.needs_attention,
        start=asked.from_,
        end=asked.to,
        provider=asked.provider,
        location=asked.location,
        external_id=asked.external_id,
        contact_id=asked.contact_id,
        q=asked.q,
    )
    rows, rest = await select_page(session, find.appointments_of(account, filters), asked)
    return answer({"data": await find.shown(session, rows), **rest})


@router.put(
    "/by-external-id/{external_id:path}",
    response_model=AppointmentObject,
    responses={201: {"model": AppointmentObject}},
)
async def put_appointment(work: Work, external_id: str, body: Changes, expected: ExpectedVersion) -> Response:
    """Book the appointment that another system calls so (201), or bring it up to date (200)."""
    session = await work.session()
    asked = asked_of(body)
    outcome = await put_by_external_id(
        session, work.account_id, external_id, asked, by=work.actor, expected_version=expected
    )
    return await outcome_answer(session, outcome)


@router.get("/by-external-id/{external_id:path}", response_model=AppointmentObject)
async def get_appointment_by_external_id(work: Work, external_id: str) -> Response:
    """Return the appointment that another system calls so."""
    session = await work.session()
    return await appointment_answer(session, await find.find_by_external_id(session, work.account_id, external_id))


@router.patch("/by-external-id/{external_id:path}", response_model=AppointmentObject)
async def change_appointment_by_external_id(
    work: Work, external_id: str, body: Changes, expected: ExpectedVersion
) -> Response:
    """Change the appointment that another system calls so; absent stays, null clears, lists are replaced."""
    session = await work.session()
    outcome = await change_by_external_id(
        session, work.account_id, external_id, asked_of(body), by=work.actor, expected_version=expected
    )
    return await outcome_answer(session, outcome)


@router.get("/{appointment_id}", response_model=AppointmentObject)
async def get_appointment(work: Work, appointment_id: str) -> Response:
    """Return an appointment."""
    session = await work.session()
    return await appointment_answer(session, await find.get_appointment(session, work.account_id, appointment_id))


@router.patch("/{appointment_id}", response_model=AppointmentObject)
async def update_appointment(
    work: Work, appointment_id: str, body: Changes, expected: ExpectedVersion
) -> Response:
    """Reschedule or edit. What is absent stays, null clears, lists are replaced, `metadata` merges by key."""
    session = await work.session()
    outcome = await change_appointment(
        session, work.account_id, appointment_id, asked_of(body), by=work.actor, expected_version=expected
    )
    return await outcome_answer(session, outcome)


@router.get("/{appointment_id}/timeline", response_model=Timeline)
async def get_timeline(work: Work, appointment_id: str) -> Response:
    """Return everything that happened to an appointment and its texts, oldest first, with who did it."""
    session = await work.session()
    appointment = await find.get_appointment(session, work.account_id, appointment_id)
    return answer({"data": await timeline_of(session, appointment.id)})


@router.get("/{appointment_id}/plan", response_model=Plan)
async def get_plan(work: Work, appointment_id: str) -> Response:
    """Return every text of an appointment, past, coming and not sent, each with its wording and `why`."""
    session = await work.session()
    appointment = await find.get_appointment(session, work.account_id, appointment_id)
    account = await session.get_one(Account, work.account_id)
    return answer({"data": await plan_of(session, account, appointment)})
