"""The plans of an account, and which of them an appointment is planned by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.checking import Checked
from appointments.default_plan import default_lines
from appointments.lines import Line, text_in
from messaging.placement import Move
from models.appointment import Confirmation, Decline, Visit
from models.errors import NotFound
from models.plan import Plan


@dataclass(frozen=True, slots=True)
class PlanBook:
    """An account's plans by their ids, and the one marked default."""

    by_id: Mapping[str, Plan]
    default: Plan | None

    @classmethod
    async def of(cls, session: AsyncSession, account_id: str) -> "PlanBook":
        """Read the plans that were not deleted."""
        query = select(Plan).where(Plan.account_id == account_id, col(Plan.deleted_at).is_(None))
        plans = (await session.exec(query)).all()
        return cls({plan.id: plan for plan in plans}, next((plan for plan in plans if plan.is_default), None))

    def asked_for(self, checked: Checked) -> Plan | None:
        """Return the plan that a booking or a change asks for.

        None: it has texts of its own, or gets the built-in plan. Raises NotFound.
        """
        if checked.plan_id is not None:
            if checked.plan_id not in self.by_id:
                raise NotFound("plan", checked.plan_id, param="plan_id")
            return self.by_id[checked.plan_id]
        return None if checked.lines is not None else self.default


def lines_asked_for(checked: Checked, plan: Plan | None, language: str | None) -> tuple[Line, ...]:
    """Return the texts that a booking or a change asks for, in a language; plan: the one it asks for."""
    if checked.lines is not None:
        return checked.lines
    if plan is None:
        return default_lines(language)
    return tuple(line.in_language(language) for line in lines_of(plan))


def columns_of(plan: Plan | None, checked: Checked) -> dict[str, str | None]:
    """Return what an appointment takes from its plan beside the texts; what was said of itself comes first."""
    columns: dict[str, str | None] = {
        "plan_id": plan.id if plan is not None else None,
        "on_decline": plan.on_decline if plan is not None else Decline.FLAG,
    }
    if plan is not None and not {"confirm_by", "on_overdue"} & checked.given:
        columns |= {"confirm_by": plan.confirm_by, "on_overdue": plan.on_overdue}
    return columns


def cancels(checked: Checked, on_decline: object) -> bool:
    """Tell whether a booking or a change says no for the person, which cancels the visit by its plan.

    A status that is named beside it counts more.
    """
    declined = checked.confirmation is Confirmation.DECLINED
    return declined and "status" not in checked.given and on_decline == Decline.CANCEL


def status_of(checked: Checked, plan: Plan | None) -> Visit:
    """Return the status of a new appointment."""
    if plan is not None and cancels(checked, plan.on_decline):
        return Visit.CANCELLED
    return checked.status or Visit.SCHEDULED


def lines_of(plan: Plan) -> tuple[Line, ...]:
    """Return the texts of a plan."""
    return tuple(_line(shown) for shown in plan.reminders)


def shown_line(line: Line) -> dict[str, Any]:
    """Return a text as the API shows it of a plan, and as it is stored."""
    return {
        "before": line.before,
        "business_days": line.business_days,
        "on": "booked" if line.at_booking else None,
        "at": line.at,
        "message": dict(line.texts) or line.message,
        "only_if": list(line.only_if),
        "any_hour": line.any_hour,
        "move": line.move,
    }


def _line(shown: Mapping[str, Any]) -> Line:
    message = shown["message"]
    texts = tuple(message.items()) if isinstance(message, dict) else ()
    return Line(
        before=shown["before"],
        message=text_in(message, None) if isinstance(message, dict) else message,
        only_if=tuple(shown["only_if"]),
        any_hour=shown["any_hour"],
        at=shown["at"],
        move=None if shown["move"] is None else Move(shown["move"]),
        texts=texts,
        business_days=shown["business_days"],
        at_booking=shown["on"] is not None,
    )
