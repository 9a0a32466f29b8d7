"""The model's structured answer: its JSON schema, and how it is read into a `Decision`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.decision import Decision, Intent, RequestedTime, Usage
from agent.normalise import plain
from agent.situation import Situation
from agent.times import requested_time

ModelIntent = Literal[
    "confirm",
    "decline",
    "reschedule",
    "question",
    "running_late",
    "thanks",
    "wrong_number",
    "opt_out",
    "help",
    "other",
]
"""Consent keywords are decided before a model is asked, so it has no opt_in to propose."""


class VisitIntent(BaseModel):
    """What the text says of one of several visits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    appointment: Annotated[str, Field(max_length=64)]
    intent: ModelIntent


class Proposal(BaseModel):
    """What the model may say; everything else is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    intent: ModelIntent
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    appointment: Annotated[str, Field(max_length=64)] | None
    appointments: Annotated[list[VisitIntent], Field(max_length=20)]
    requested_time: Annotated[str, Field(max_length=200)] | None
    late_minutes: Annotated[int, Field(ge=0, le=1440)] | None
    reply: Annotated[str, Field(max_length=2000)] | None
    unanswered_question: bool
    reason: Annotated[str, Field(max_length=1000)]


def _nullable(kind: str, description: str) -> dict[str, object]:
    return {"type": [kind, "null"], "description": description}


_INTENT = {"type": "string", "enum": list(ModelIntent.__args__)}  # type: ignore[attr-defined]  # a Literal's values
SCHEMA: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "intent": _INTENT,
        "confidence": {"type": "number", "description": "0 to 1"},
        "appointment": _nullable("string", "the id of the visit meant, where the message says which"),
        "appointments": {
            "type": "array",
            "description": "only where the message answers several visits",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"appointment": {"type": "string"}, "intent": _INTENT},
                "required": ["appointment", "intent"],
            },
        },
        "requested_time": _nullable("string", "the person's own words for another time they wish for"),
        "late_minutes": _nullable("integer", "how many minutes late they will be"),
        "reply": _nullable("string", "the answer to send, or null"),
        "unanswered_question": {"type": "boolean", "description": "they ask something the facts do not hold"},
        "reason": {"type": "string", "description": "one short sentence for the staff"},
    },
    "required": list(Proposal.model_fields),
}


def decision_of(proposal: Proposal, situation: Situation, usage: Usage) -> Decision:
    """The proposal as a decision; times are read by our own grammar from the person's words."""
    return Decision(
        intent=Intent(proposal.intent),
        confidence=proposal.confidence,
        appointment=proposal.appointment or None,
        appointments=tuple((each.appointment, Intent(each.intent)) for each in proposal.appointments),
        requested_time=_wish(proposal, situation),
        reply=(proposal.reply or "").strip() or None,
        reason=" ".join(proposal.reason.split())[:200],
        agent="openai",
        late_minutes=proposal.late_minutes or None,
        unanswered_question=proposal.unanswered_question,
        usage=usage,
    )


def _wish(proposal: Proposal, situation: Situation) -> RequestedTime | None:
    """What the person wishes for; a model's words count only where they stand in the person's text."""
    if proposal.intent != "reschedule":
        return None
    visit = situation.visit(proposal.appointment or situation.about)
    words = " ".join((proposal.requested_time or "").split())
    if words and plain(words) in plain(situation.text):
        return requested_time(words, visit, situation) or RequestedTime(words, unsure=True)
    return requested_time(situation.text, visit, situation)
