"""The labelled replies, and the texts they may answer."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.decision import Intent

FOLDER = Path(__file__).parent
TRAINING = FOLDER / "replies.jsonl"
HELD_OUT = FOLDER / "heldout.jsonl"
CONTEXTS = FOLDER / "contexts.jsonl"
SEED = 20260608


@dataclass(frozen=True, slots=True)
class Example:
    """A reply with the intent a careful reader gives it; `weight` is how much it counts in training."""

    text: str
    intent: Intent
    context: str = ""
    language: str = ""
    weight: float = 1.0


def read(path: Path) -> list[Example]:
    """The labelled replies of a file."""
    return [
        Example(row["text"], Intent(row["intent"]), row.get("context", ""), row["lang"])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def in_contexts(examples: Iterable[Example]) -> Iterator[Example]:
    """Each reply as it stands, and again after texts that leave its meaning as it is."""
    # A seeded generator: the same data always builds the same classifier.
    choice = random.Random(SEED)  # noqa: S311
    contexts = _contexts()
    for example in examples:
        yield example
        if not example.context:
            yield _after(example, choice.choice(contexts["coming"]), 0.5)
            if example.intent is Intent.CONFIRM:
                yield _after(example, choice.choice(contexts["nothing"]), 0.3)
            else:
                yield _after(example, choice.choice(contexts["done"] + contexts["nothing"]), 0.4)


def _after(example: Example, context: str, weight: float) -> Example:
    return Example(example.text, example.intent, context, example.language, weight)


def _contexts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in map(json.loads, CONTEXTS.read_text(encoding="utf-8").splitlines()):
        found.setdefault(row["asks"], []).append(row["text"])
    return found
