"""How what became of an appointment is answered."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.answers import answer
from appointments.changing import Outcome
from appointments.find import shown
from models.appointment import Appointment


async def appointment_answer(session: AsyncSession, appointment: Appointment) -> Response:
    """Return an appointment as it stands."""
    [found] = await shown(session, [appointment])
    return answer(found)


async def outcome_answer(session: AsyncSession, outcome: Outcome) -> Response:
    """Return a new appointment (201), or a stored one with what changed (200)."""
    [found] = await shown(session, [outcome.appointment])
    if outcome.created:
        return answer(found, 201)
    return answer(found | changes_of(outcome))


def changes_of(outcome: Outcome) -> dict[str, Any]:
    """Return what is said of a change: its fields, and whether it was older than what is stored."""
    changes: dict[str, Any] = {"changed": list(outcome.changed)}
    return changes | {"stale": True} if outcome.stale else changes
