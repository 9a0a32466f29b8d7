"""How well an agent reads replies whose meaning is known: what `showup evaluate` prints."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

from agent.builtin_agent import KEYWORDS
from agent.decision import Decision, Intent
from agent.policy import SURE
from agent.situation import Agent, AgentSettings, Situation
from messaging.consent_words import consent_word
from models import clock

# Nothing in the person's data changes on these, so they are told even where they are a guess.
_HARMLESS = frozenset({Intent.QUESTION, Intent.THANKS, Intent.RUNNING_LATE, Intent.RESCHEDULE})


class BadRow(ValueError):
    """A line of the input that is no reply to classify; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reply. context: the text it answers. intent: what it means, where that is known."""

    id: str
    text: str
    context: str = ""
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An agent's reading of one row: `other` where it is not sure enough to change anything."""

    row: Row
    intent: Intent
    confidence: float

    def line(self) -> str:
        """The JSON line of the answer."""
        shown = {"id": self.row.id, "intent": self.intent.value, "confidence": round(self.confidence, 4)}
        return json.dumps(shown, ensure_ascii=False)


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of a JSONL text; empty lines are passed over. Raises BadRow."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(line, number)


async def verdicts(
    given: Iterable[Row], agent: Agent, settings: AgentSettings | None = None
) -> AsyncIterator[Verdict]:
    """The agent's reading of each row, in order. Raises AgentUnavailable."""
    for row in given:
        yield await _verdict(row, agent, settings or AgentSettings())


@dataclass(frozen=True, slots=True)
class Report:
    """How the verdicts compare with the known intents.

    unsafe: confirming or opting out what is not, missing an opt-out, declining what is neither
    decline nor reschedule. opt_out_recall: None where there is no opt-out among the rows.
    """

    rows: int
    accuracy: float
    macro_f1: float
    unsafe: int
    opt_out_recall: float | None
    confusion: dict[tuple[Intent, Intent], int]

    def text(self) -> str:
        """The figures and the confusion table (rows: what is meant, columns: what was read)."""
        recall = "none to find" if self.opt_out_recall is None else f"{self.opt_out_recall:.2%}"
        head = (
            f"{self.rows} replies, accuracy {self.accuracy:.2%}, macro-F1 {self.macro_f1:.3f},"
            f" unsafe {self.unsafe} ({self.unsafe / self.rows:.2%}), opt-outs found {recall}"
        )
        return "\n".join([head, "", *self._table()])

    def _table(self) -> list[str]:
        meant = sorted({meant for meant, _ in self.confusion})
        read = sorted({read for _, read in self.confusion} | set(meant))
        width = max(len(intent) for intent in read)
        lines = [" " * width + "".join(f"  {intent:>{max(len(intent), 4)}}" for intent in read)]
        for each in meant:
            cells = (f"  {self.confusion.get((each, other), 0):>{max(len(other), 4)}}" for other in read)
            lines.append(f"{each:<{width}}" + "".join(cells))
        return lines


def report(given: Iterable[Verdict]) -> Report | None:
    """The figures over the verdicts whose rows tell the intent; None where none does."""
    known: Counter[tuple[Intent, Intent]] = Counter()
    for verdict in given:
        if verdict.row.intent is not None:
            known[verdict.row.intent, verdict.intent] += 1
    total = sum(known.values())
    if not total:
        return None
    right = sum(count for (meant, read), count in known.items() if meant is read)
    opted_out = sum(count for (meant, _), count in known.items() if meant is Intent.OPT_OUT)
    found = known.get((Intent.OPT_OUT, Intent.OPT_OUT), 0)
    return Report(
        rows=total,
        accuracy=right / total,
        macro_f1=_macro_f1(known),
        unsafe=sum(count for (meant, read), count in known.items() if is_unsafe(meant, read)),
        opt_out_recall=found / opted_out if opted_out else None,
        confusion=known,
    )


def is_unsafe(meant: Intent, read: Intent) -> bool:
    """Whether this mistake does harm, and does not only ask once more."""
    if meant is read:
        return False
    if read is Intent.DECLINE:
        return meant is not Intent.RESCHEDULE
    return read in (Intent.CONFIRM, Intent.OPT_OUT) or meant is Intent.OPT_OUT


def _row(line: str, number: int) -> Row:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise BadRow(f"line {number} is not JSON") from None
    if not isinstance(given, dict):
        raise BadRow(f'line {number} is not an object like {{"id": "1", "text": "yes"}}')
    if not isinstance(given.get("id"), (str, int)) or not isinstance(given.get("text"), str):
        raise BadRow(f'line {number} needs an "id" and a "text"')
    context, intent = given.get("context"), given.get("intent")
    if context is not None and not isinstance(context, str):
        raise BadRow(f'line {number}: "context" must be a string')
    if intent is not None and intent not in list(Intent):
        raise BadRow(f'line {number}: "intent" must be one of {", ".join(Intent)}')
    return Row(str(given["id"]), given["text"], context or "", Intent(intent) if intent is not None else None)


async def _verdict(row: Row, agent: Agent, settings: AgentSettings) -> Verdict:
    word = consent_word(row.text)
    if word is not None:
        return Verdict(row, KEYWORDS[word], 1.0)
    situation = Situation(now=clock.now(), text=row.text, answered_text=row.context, agent=settings)
    decision = await agent.decide(situation)
    return Verdict(row, _told(decision), decision.confidence)


def _told(decision: Decision) -> Intent:
    if decision.confidence >= SURE or decision.intent in _HARMLESS:
        return decision.intent
    return Intent.OTHER


def _macro_f1(confusion: dict[tuple[Intent, Intent], int]) -> float:
    """The mean of the F1 scores of the intents that occur among the rows."""
    scores = []
    for intent in {meant for meant, _ in confusion}:
        hit = confusion.get((intent, intent), 0)
        meant = sum(count for (other, _), count in confusion.items() if other is intent)
        read = sum(count for (_, other), count in confusion.items() if other is intent)
        scores.append(2 * hit / (meant + read))
    return sum(scores) / len(scores)
