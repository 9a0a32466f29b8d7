"""What an agent makes of one reply: a proposal, never a change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

AgentKind = Literal["builtin", "openai"]


class Intent(StrEnum):
    """What the person wants; the names `showup evaluate` prints."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    RESCHEDULE = "reschedule"
    QUESTION = "question"
    RUNNING_LATE = "running_late"
    THANKS = "thanks"
    WRONG_NUMBER = "wrong_number"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RequestedTime:
    """A wished time: the person's words, and the window they can be read as.

    start, end: a half-open window of UTC instants, or None where the words name no time.
    unsure: the words can be read in more than one way ("at 7": morning or evening).
    """

    text: str
    start: datetime | None = None
    end: datetime | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a model counted for one decision, retries included."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One reading of a reply; `agent.policy` says what may come of it.

    confidence: 0 to 1; at `agent.policy.SURE` and above the reading may change something.
    appointment: the visit meant, None where the text does not say which.
    appointments: one (visit id, intent) for each visit where the text sets several ("both").
    reply: an answer to a question, from the visit's own facts; None where there is none.
    unanswered_question: the text also asks something that `reply` does not answer.
    late_minutes: how late the person expects to be, where the text says so.
    """

    intent: Intent
    confidence: float
    appointment: str | None = None
    appointments: tuple[tuple[str, Intent], ...] = ()
    requested_time: RequestedTime | None = None
    reply: str | None = None
    reason: str = ""
    agent: AgentKind = "builtin"
    late_minutes: int | None = None
    unanswered_question: bool = False
    usage: Usage | None = None
