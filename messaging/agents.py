"""Agents: making, changing and removing the voices that answer on an account's numbers."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.agent import Agent
from models.base import rfc3339
from models.errors import Conflict
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderState

_SETTINGS = (
    "name",
    "system_prompt",
    "language",
    "timezone",
    "llm_model",
    "temperature",
    "enable_sms_reply",
    "reply_window_hours",
    "fallback_message",
    "help_message",
    "webhook_url",
)


async def create_agent(session: AsyncSession, account_id: str, settings: Mapping[str, Any]) -> Agent:
    """Make an agent. A setting that is absent or null takes its default."""
    agent = Agent(account_id=account_id, **{name: value for name, value in settings.items() if value is not None})
    session.add(agent)
    await session.flush()
    return agent


def change_agent(session: AsyncSession, agent: Agent, settings: Mapping[str, Any]) -> bool:
    """Set the settings given, null to their default, and tell whether anything changed."""
    changed = False
    for name, value in settings.items():
        wanted = _default(name) if value is None else value
        if getattr(agent, name) != wanted:
            setattr(agent, name, wanted)
            changed = True
    if changed:
        agent.touch()
        session.add(agent)
    return changed


def replace_agent(session: AsyncSession, agent: Agent, settings: Mapping[str, Any]) -> bool:
    """Set every setting, those absent to their default, and tell whether anything changed."""
    return change_agent(session, agent, {name: settings.get(name) for name in _SETTINGS})


async def delete_agent(session: AsyncSession, agent: Agent) -> None:
    """Remove an agent. Raises Conflict (`in_use`) while a number or an active reminder has it."""
    reminder = (
        select(Reminder.id)
        .where(
            Reminder.agent_id == agent.id, col(Reminder.state).in_([ReminderState.ACTIVE, ReminderState.PAUSED])
        )
        .limit(1)
    )
    if (await session.exec(reminder)).first() is not None:
        raise Conflict("in_use", "This agent has reminders that are not finished: cancel or change them first.")
    number = (
        select(PhoneNumber.phone_number)
        .where(PhoneNumber.agent_id == agent.id, col(PhoneNumber.deleted_at).is_(None))
        .limit(1)
    )
    if (answers_on := (await session.exec(number)).first()) is not None:
        raise Conflict("in_use", f"This agent answers on {answers_on}: give the number another agent first.")
    agent.deleted_at = clock.now()
    agent.touch()
    session.add(agent)


def agent_object(agent: Agent) -> dict[str, Any]:
    """Return an agent as the API shows it; instants are RFC 3339 in UTC."""
    return {
        "object": "agent",
        "id": agent.id,
        "agent_id": agent.id,
        **{name: getattr(agent, name) for name in _SETTINGS},
        "created_at": rfc3339(agent.created_at),
        "updated_at": rfc3339(agent.updated_at),
        "version": agent.version,
    }


def _default(name: str) -> Any:
    return Agent.model_fields[name].get_default(call_default_factory=True)
