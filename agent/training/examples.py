"""The labelled replies, and the texts they may answer."""

import json
from dataclasses import dataclass
from pathlib import Path

from agent.decision import Intent

FOLDER = Path(__file__).parent
TRAINING = FOLDER / "replies.jsonl"
HELD_OUT = FOLDER / "heldout.jsonl"
CONTEXTS = FOLDER / "contexts.jsonl"


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


def read_contexts() -> dict[str, list[str]]:
    """Texts of ours that a reply may answer, by what they ask for."""
    found: dict[str, list[str]] = {}
    for row in map(json.loads, CONTEXTS.read_text(encoding="utf-8").splitlines()):
        found.setdefault(row["asks"], []).append(row["text"])
    return found
