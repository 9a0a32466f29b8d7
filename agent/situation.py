"""All that an agent may know when it reads one text: nothing of any other person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from agent.decision import Decision
from models.appointment import Confirmation
from models.appointment import Visit as VisitStatus


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment of the sender, as far as a text about it needs to know.

    starts_at: UTC. timezone: the visit's own zone, in which it is spoken of.
    released: cancelled by itself because nobody confirmed in time.
    """

    id: str
    starts_at: datetime
    timezone: str
    duration_minutes: int | None = None
    service: str | None = None
    provider: str | None = None
    location: str | None = None
    patient_name: str | None = None
    confirmation: Confirmation = Confirmation.PENDING
    status: VisitStatus = VisitStatus.SCHEDULED
    released: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def local_start(self) -> datetime:
        """The start on the visit's own clock."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @property
    def ends_at(self) -> datetime | None:
        """The end, UTC; None where the duration is not known."""
        if self.duration_minutes is None:
            return None
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    def is_open(self, now: datetime) -> bool:
        """Whether a reply may still change it: scheduled, and not started at `now`."""
        return self.status == VisitStatus.SCHEDULED and self.starts_at > now


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One earlier text of the thread; `at` is UTC."""

    direction: Literal["inbound", "outbound"]
    text: str
    at: datetime
    appointment_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The settings of the account's agent that bear on an answer.

    emergency_message: the account's fixed answer to emergency words; None: the built-in one.
    """

    name: str = ""
    system_prompt: str = ""
    temperature: float = 0.3
    llm_model: str | None = None
    fallback_message: str | None = None
    help_message: str | None = None
    emergency_message: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One inbound text with everything that bears on its meaning.

    now: UTC. language: the person's own ("en", "es-MX"). region: that of their number ("US").
    visits: the sender's open upcoming visits, and the one in `about` whatever its state.
    about: the visit that the text it answers was about.
    about_starts_at: the time which that text named (UTC), None where it named none.
    listed: the visits listed in the last text we sent, in its order.
    asked: visits each asked about in a text of its own and not yet answered.
    answered_text: our text that this one answers, None where there is none.
    history: the thread's last texts, oldest first, without this one.
    """

    now: datetime
    text: str
    language: str = "en"
    contact_name: str | None = None
    contact_timezone: str | None = None
    region: str | None = None
    account_name: str = ""
    visits: tuple[Visit, ...] = ()
    about: str | None = None
    about_starts_at: datetime | None = None
    listed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    answered_text: str | None = None
    history: tuple[ThreadMessage, ...] = ()
    agent: AgentSettings = AgentSettings()

    def visit(self, visit_id: str | None) -> Visit | None:
        """The sender's visit with this id, None where it is not among theirs."""
        return next((visit for visit in self.visits if visit.id == visit_id), None)

    @property
    def open_visits(self) -> tuple[Visit, ...]:
        """The visits a reply may change, soonest first."""
        return tuple(sorted((v for v in self.visits if v.is_open(self.now)), key=lambda v: v.starts_at))

    @property
    def context(self) -> str:
        """The text this one answers, else the last one we sent; empty where there is none."""
        if self.answered_text is not None:
            return self.answered_text
        return next((m.text for m in reversed(self.history) if m.direction == "outbound"), "")


class Agent(Protocol):
    """Reads one text. Raises AgentUnavailable where it cannot."""

    async def decide(self, situation: Situation) -> Decision: ...


class AgentUnavailable(Exception):
    """The agent cannot answer now; the built-in one decides instead."""
