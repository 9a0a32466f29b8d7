"""The trained part: reads `classifier.json`, which `python -m agent.training.build` writes.

A linear model over `agent.features`; plain Python, so that nothing has to be installed to use it.
"""

import json
import math
from base64 import b64decode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agent.decision import Intent
from agent.features import features

ARTEFACT = Path(__file__).with_name("classifier.json")
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of each feature for each intent, as signed bytes to be multiplied by the intent's scale.

    rarity: how rare each feature is, in tenths; it counts by that.
    """

    intents: tuple[Intent, ...]
    bias: tuple[float, ...]
    scale: tuple[float, ...]
    rows: dict[str, int]
    weights: memoryview
    rarity: bytes

    def probabilities(self, text: str, context: str) -> dict[Intent, float]:
        """How likely each intent is; they sum to 1."""
        count = len(self.intents)
        known = [self.rows[feature] for feature in features(text, context) if feature in self.rows]
        sums = [0] * count
        weights, rarity, square = self.weights, self.rarity, 0
        for row in known:
            start, rare = row * count, rarity[row]
            square += rare * rare
            for column in range(count):
                sums[column] += rare * weights[start + column]
        norm = math.sqrt(max(square, 1))
        scores = [b + s * total / norm for b, s, total in zip(self.bias, self.scale, sums, strict=True)]
        top = max(scores)
        raised = [math.exp(score - top) for score in scores]
        total = sum(raised)
        return {intent: each / total for intent, each in zip(self.intents, raised, strict=True)}


def load(path: Path = ARTEFACT) -> Classifier:
    """Read an artefact. Raises ValueError where it is of another format."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored.get("format") != FORMAT:
        raise ValueError(f"{path.name} has another format; build it with: python -m agent.training.build")
    listed = stored["features"].split("\n")
    return Classifier(
        intents=tuple(Intent(name) for name in stored["intents"]),
        bias=tuple(stored["bias"]),
        scale=tuple(stored["scale"]),
        rows=dict(zip(listed, range(len(listed)), strict=True)),
        weights=memoryview(b64decode(stored["weights"])).cast("b"),
        rarity=b64decode(stored["rarity"]),
    )


@lru_cache(maxsize=1)
def classifier() -> Classifier:
    """The classifier of this installation, read once."""
    return load()
