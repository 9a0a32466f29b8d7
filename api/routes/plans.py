"""/v1/plans: named cadences, the texts that appointments get."""

from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.appointment_fields import ReminderTimes, plain
from api.fields import Body, Name, Shown, absent, described, refusal
from api.lists import ListOf, ListQuery, page
from api.reading import Read
from api.route import AdminRoute
from api.unit import Work
from api.versions import ExpectedVersion
from appointments import plans
from appointments.fields import PlanFields
from appointments.plan_book import lines_of
from models.owned import owned
from models.plan import Plan
from scheduler.job_warnings import about_wording

router = APIRouter(prefix="/v1/plans", tags=["Plans"], route_class=AdminRoute)


def _texts(value: object) -> object:
    by_language = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if not isinstance(value, str) and not by_language:
        raise refusal("invalid_parameter", 'must be a text, or texts by language: {"en": "…", "es": "…"}')
    return value


class PlanReminder(ReminderTimes):
    """One text of a plan."""

    message: Annotated[
        str | dict[str, str],
        BeforeValidator(_texts),
        Field(
            description="A text with {{variables}}, or one for each language. A language that is missing gets the "
            "English one, or, without it, the first.",
            examples=[{"en": "See you on {{appointment.date}}.", "es": "Le esperamos el {{appointment.date}}."}],
        ),
    ]


class PlanSettings(Body):
    """What a plan is beside its texts."""

    default: bool = described(
        "Whether appointments without a plan get it; the default before then is it no longer."
    )
    confirm_by: str | None = Field(
        default=None,
        description="How long before the start a visit must be confirmed; null: it need not be.",
        examples=["PT12H"],
    )
    on_overdue: Literal["flag", "release"] | None = Field(
        default=None,
        description="What becomes of one that is not: flagged, or cancelled and the person told. Null is `flag`.",
    )
    on_decline: Literal["flag", "cancel"] = described(
        "What becomes of a visit to which the person says no: `flag` holds its texts, `cancel` cancels it."
    )


class NewPlan(PlanSettings):
    """A plan to make, or to put in the place of one."""

    name: Name
    reminders: list[PlanReminder] = Field(description="[] is no texts.")


class PlanChanges(PlanSettings):
    """What to change; what is absent stays."""

    name: Name = absent()
    reminders: list[PlanReminder] = absent()


class PlanText(Body):
    """One text of a plan."""

    before: str | None
    business_days: int | None
    on: Literal["booked"] | None
    at: str | None
    message: str | dict[str, str]
    only_if: list[str]
    any_hour: bool
    move: Literal["earlier", "later", "skip"] | None


class PlanObject(Shown):
    """A plan."""

    object: Literal["plan"]
    plan_id: str
    name: str
    default: bool
    reminders: list[PlanText]
    confirm_by: str | None
    on_overdue: str | None
    on_decline: str
    warnings: list[str] = Field(default=[], description="Where it was made or changed, and only if there are any.")


@router.post("", status_code=201, response_model=PlanObject)
async def create_plan(work: Work, body: Read[NewPlan]) -> Response:
    """Make a plan."""
    session = await work.session()
    plan = await plans.create_plan(session, work.account_id, _fields(body), body.faults, by=work.actor)
    return answer(_with_warnings(plan), 201)


@router.get("", response_model=ListOf[PlanObject])
async def list_plans(work: Work, asked: Annotated[ListQuery, Query()]) -> Response:
    """List the plans, newest first."""
    query = select(Plan).where(Plan.account_id == work.account_id, col(Plan.deleted_at).is_(None))
    return answer(await page(await work.session(), query, asked, plans.plan_object))


@router.get("/{plan_id}", response_model=PlanObject)
async def get_named_plan(work: Work, plan_id: str) -> Response:
    """Return a plan."""
    plan = await owned(await work.session(), Plan, plan_id, account_id=work.account_id, kind="plan")
    return answer(plans.plan_object(plan))


@router.put("/{plan_id}", response_model=PlanObject)
async def replace_plan(work: Work, plan_id: str, body: Read[NewPlan], expected: ExpectedVersion) -> Response:
    """Replace a plan: what is absent becomes its default. Appointments planned by it stay as they are."""
    plan = await plans.replace_plan(
        await work.session(),
        work.account_id,
        plan_id,
        _fields(body),
        body.faults,
        by=work.actor,
        expected_version=expected,
    )
    return answer(_with_warnings(plan))


@router.patch("/{plan_id}", response_model=PlanObject)
async def change_plan(work: Work, plan_id: str, body: Read[PlanChanges], expected: ExpectedVersion) -> Response:
    """Change a plan: what is absent stays. Appointments planned by it stay as they are."""
    plan = await plans.change_plan(
        await work.session(),
        work.account_id,
        plan_id,
        _fields(body),
        body.faults,
        by=work.actor,
        expected_version=expected,
    )
    return answer(_with_warnings(plan))


@router.delete("/{plan_id}", response_model=PlanObject)
async def delete_plan(work: Work, plan_id: str, expected: ExpectedVersion) -> Response:
    """Remove a plan. Appointments planned by it keep their texts; without a default the built-in plan stands."""
    plan = await plans.delete_plan(
        await work.session(), work.account_id, plan_id, by=work.actor, expected_version=expected
    )
    return answer(plans.plan_object(plan))


def _fields(body: Read[NewPlan] | Read[PlanChanges]) -> PlanFields:
    return cast(PlanFields, {name: plain(value) for name, value in body.fields.items()})


def _with_warnings(plan: Plan) -> dict[str, Any]:
    shown = plans.plan_object(plan)
    found = plans.missing_languages(plan)
    for index, line in enumerate(lines_of(plan)):
        for text in dict(line.texts).values() or (line.message,):
            found += [f"reminders[{index}]: {warning}" for warning in about_wording(text, True, line.only_if)]
    warnings = list(dict.fromkeys(found))
    return shown | {"warnings": warnings} if warnings else shown
