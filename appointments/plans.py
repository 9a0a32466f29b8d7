"""Making, changing and removing plans.

An appointment takes what its plan says when it is planned; a plan that changes, or goes, leaves it as it is.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.checking_reminders import checked_deadline, checked_lines
from appointments.faults import Wrongs
from appointments.fields import PlanFields
from appointments.lines import fallback_of
from appointments.plan_book import lines_of, shown_line
from models import clock
from models.account import Account
from models.appointment import Decline, Overdue
from models.base import rfc3339
from models.errors import Fault, Overtaken
from models.event import Actor, record
from models.owned import owned
from models.plan import Plan

_UNSAID = PlanFields(default=False, confirm_by=None, on_overdue=None, on_decline=Decline.FLAG)


async def create_plan(
    session: AsyncSession, account_id: str, fields: PlanFields, faults: Sequence[Fault], *, by: Actor
) -> Plan:
    """Make a plan. faults: what was found wrong with the form of other fields. Raises Faults."""
    columns = _checked(_whole(fields), faults)
    if columns["is_default"]:
        await _unset_default(session, account_id, by=by)
    plan = Plan(account_id=account_id, **columns)
    session.add(plan)
    await session.flush()
    _record(session, "created", plan, by=by)
    return plan


async def replace_plan(
    session: AsyncSession,
    account_id: str,
    plan_id: str,
    fields: PlanFields,
    faults: Sequence[Fault],
    *,
    by: Actor,
    expected_version: int | None = None,
) -> Plan:
    """Put another plan in the place of one: what is absent becomes its default. Raises like `change_plan`."""
    return await change_plan(
        session, account_id, plan_id, _whole(fields), faults, by=by, expected_version=expected_version
    )


async def change_plan(
    session: AsyncSession,
    account_id: str,
    plan_id: str,
    fields: PlanFields,
    faults: Sequence[Fault],
    *,
    by: Actor,
    expected_version: int | None = None,
) -> Plan:
    """Change a plan: what is absent stays. Raises NotFound, Overtaken, Faults."""
    if fields.get("default"):
        await _lock_default(session, account_id)
    plan = await _locked(session, account_id, plan_id, expected_version)
    columns = _checked(fields, faults, standing=plan)
    before = plan_object(plan)
    changed = {name: value for name, value in columns.items() if getattr(plan, name) != value}
    if not changed:
        return plan
    if changed.get("is_default"):
        await _unset_default(session, account_id, by=by)
    for name, value in changed.items():
        setattr(plan, name, value)
    plan.touch()
    session.add(plan)
    await session.flush()
    _record(session, "updated", plan, by=by, before=before)
    return plan


async def delete_plan(
    session: AsyncSession, account_id: str, plan_id: str, *, by: Actor, expected_version: int | None = None
) -> Plan:
    """Remove a plan; the appointments planned by it keep their texts. Raises NotFound, Overtaken."""
    plan = await _locked(session, account_id, plan_id, expected_version)
    before = plan_object(plan)
    plan.deleted_at = clock.now()
    plan.is_default = False
    plan.touch()
    session.add(plan)
    await session.flush()
    _record(session, "deleted", plan, by=by, before=before)
    return plan


def plan_object(plan: Plan) -> dict[str, Any]:
    """Return a plan as the API shows it; instants are RFC 3339 in UTC."""
    return {
        "object": "plan",
        "id": plan.id,
        "plan_id": plan.id,
        "name": plan.name,
        "default": plan.is_default,
        "reminders": plan.reminders,
        "confirm_by": plan.confirm_by,
        "on_overdue": plan.on_overdue,
        "on_decline": plan.on_decline,
        "created_at": rfc3339(plan.created_at),
        "updated_at": rfc3339(plan.updated_at),
        "version": plan.version,
    }


def missing_languages(plan: Plan) -> list[str]:
    """Return warnings, a sentence each, about texts that lack a language which another text of the plan has."""
    lines = lines_of(plan)
    languages = dict.fromkeys(language for line in lines for language, _ in line.texts)
    found: list[str] = []
    for index, line in enumerate(lines):
        name, texts = f"reminders[{index}].message", dict(line.texts)
        if not texts and languages:
            found.append(f"{name} is one text for every language: give one for each of {', '.join(languages)}.")
        found += [
            f"{name} has no text in {language}: such people get the one in {fallback_of(texts)}."
            for language in languages
            if texts and language not in texts
        ]
    return found


def _whole(fields: PlanFields) -> PlanFields:
    whole = PlanFields(**_UNSAID)
    whole.update(fields)
    return whole


def _checked(fields: PlanFields, faults: Sequence[Fault], *, standing: Plan | None = None) -> dict[str, Any]:
    """Return the columns that the fields name."""
    wrongs = Wrongs(faults=list(faults))
    columns: dict[str, Any] = {}
    if "name" in fields:
        columns["name"] = fields["name"]
    if "default" in fields:
        columns["is_default"] = fields["default"]
    if "reminders" in fields:
        columns["reminders"] = [shown_line(line) for line in checked_lines(fields["reminders"], wrongs)]
    if "on_decline" in fields:
        columns["on_decline"] = Decline(fields["on_decline"])
    if "confirm_by" in fields:
        columns["confirm_by"] = checked_deadline(fields["confirm_by"], wrongs)
        if fields["confirm_by"] is None:
            columns["on_overdue"] = None
    confirm_by = fields.get("confirm_by", standing.confirm_by if standing is not None else None)
    if fields.get("on_overdue") is not None:
        columns["on_overdue"] = Overdue(str(fields["on_overdue"]))
        if confirm_by is None and not wrongs.concern("confirm_by"):
            wrongs.add("on_overdue", "goes with confirm_by, a duration before the start")
    elif "on_overdue" in fields:
        columns["on_overdue"] = None
    wrongs.settle()
    return columns


async def _locked(session: AsyncSession, account_id: str, plan_id: str, expected: int | None) -> Plan:
    plan = await owned(session, Plan, plan_id, account_id=account_id, kind="plan", lock=True)
    if expected is not None and expected != plan.version:
        raise Overtaken(expected, plan.version)
    return plan


async def _lock_default(session: AsyncSession, account_id: str) -> None:
    """Let nobody else choose the account's default plan until the transaction ends."""
    await session.get_one(Account, account_id, with_for_update={"key_share": True})


async def _unset_default(session: AsyncSession, account_id: str, *, by: Actor) -> None:
    await _lock_default(session, account_id)
    query = select(Plan).where(Plan.account_id == account_id, col(Plan.is_default))
    for other in (await session.exec(query.with_for_update().execution_options(populate_existing=True))).all():
        before = plan_object(other)
        other.is_default = False
        other.touch()
        session.add(other)
        _record(session, "updated", other, by=by, before=before)
    await session.flush()


def _record(
    session: AsyncSession, type: str, plan: Plan, *, by: Actor, before: dict[str, Any] | None = None
) -> None:
    after = plan_object(plan)
    silent = ("updated_at", "version")
    previous = {
        name: value for name, value in (before or {}).items() if name not in silent and after[name] != value
    }
    record(
        session,
        f"plan.{type}",
        account_id=plan.account_id,
        by=by,
        payload=after,
        previous=previous or None,
    )
