"""Agents: the voice that answers on an account's numbers."""

from datetime import datetime

from sqlmodel import Field

from models.base import Stored
from models.columns import UtcDateTime
from models.ids import new_id

DEFAULT_PROMPT = "You answer text messages for {{account.name}} about appointments. Be brief, friendly and exact."
DEFAULT_FALLBACK = "Sorry, I did not understand that. Somebody from {{account.name}} will get back to you."
DEFAULT_HELP = "{{account.name}}: appointment reminders. Reply STOP to end these texts."


class Agent(Stored, table=True):
    """An agent. `reply_window_hours` counts from our last text in the thread; `timezone` null is the account's."""

    __tablename__ = "agents"

    id: str = Field(default_factory=lambda: new_id("agent"), primary_key=True)
    account_id: str = Field(foreign_key="accounts.id", index=True)
    name: str
    system_prompt: str = DEFAULT_PROMPT
    language: str = "en"
    timezone: str | None = None
    llm_model: str | None = None
    temperature: float = 0.3
    enable_sms_reply: bool = True
    reply_window_hours: int = 24
    fallback_message: str = DEFAULT_FALLBACK
    help_message: str = DEFAULT_HELP
    webhook_url: str | None = None
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
