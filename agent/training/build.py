"""Train the classifier from the labelled replies and write `agent/classifier.json`.

    python -m agent.training.build

Needs scikit-learn, which the development environment has. The same data gives the same artefact.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich import print as show
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from agent.classifier import ARTEFACT, FORMAT
from agent.features import features
from agent.training.examples import HELD_OUT, TRAINING, Example, read
from agent.training.variations import all_variations

RARE = 3
STRENGTH = 30.0
PASSES = 3000
TOLERANCE = 1e-4
# Weights smaller than this share of the largest move no decision.
NEGLIGIBLE = 0.015


@dataclass(frozen=True)
class Known:
    """The features worth knowing, and how rare each is among the examples, in tenths."""

    names: list[str]
    rarity: NDArray[np.uint8]


def main() -> None:
    """Build the artefact and print how it reads the held-out replies."""
    examples = list(all_variations(read(TRAINING)))
    rows = [features(example.text, example.context) for example in examples]
    known = _worth_knowing(rows)
    model = LogisticRegression(C=STRENGTH, max_iter=PASSES, tol=TOLERANCE)
    weights = [example.weight for example in examples]
    model.fit(_matrix(rows, known), [example.intent.value for example in examples], sample_weight=weights)
    _write(model, known)
    show(f"{len(examples)} examples, {ARTEFACT.stat().st_size / 1e6:.2f} MB")
    held = read(HELD_OUT)
    show(f"classifier alone on {len(held)} held-out replies: {_right(model, known, held):.2%} right")


def _worth_knowing(rows: Sequence[list[str]]) -> Known:
    seen = Counter(feature for row in rows for feature in row)
    names = sorted(feature for feature, count in seen.items() if count >= RARE)
    rarity = [10 * np.log(len(rows) / seen[name]) for name in names]
    return Known(names, np.clip(np.round(rarity), 1, 255).astype(np.uint8))


def _matrix(rows: Sequence[list[str]], known: Known) -> csr_matrix:
    """One line a reply, of length 1 in all, as `Classifier.probabilities` reads it."""
    column = {name: place for place, name in enumerate(known.names)}
    ends, places, values = [0], [], []
    for row in rows:
        found = [column[feature] for feature in row if feature in column]
        rarity = known.rarity[found].astype(np.float64)
        values.append(rarity / max(float(np.linalg.norm(rarity)), 1.0))
        places += found
        ends.append(len(places))
    return csr_matrix((np.concatenate(values), places, ends), shape=(len(rows), len(known.names)))


def _right(model: LogisticRegression, known: Known, examples: Sequence[Example]) -> float:
    read_as = model.predict(_matrix([features(e.text, e.context) for e in examples], known))
    return float(np.mean([read == e.intent.value for read, e in zip(read_as, examples, strict=True)]))


def _write(model: LogisticRegression, known: Known) -> None:
    weights: NDArray[np.float64] = model.coef_.T
    kept = np.abs(weights).max(axis=1) >= NEGLIGIBLE * np.abs(weights).max()
    scale = np.abs(weights[kept]).max(axis=0) / 127
    small = np.round(weights[kept] / scale).astype(np.int8)
    stored = {
        "format": FORMAT,
        "intents": list(model.classes_),
        "bias": [round(float(bias), 6) for bias in model.intercept_],
        "scale": [float(f"{each:.8g}") for each in scale],
        "features": "\n".join(name for name, keep in zip(known.names, kept, strict=True) if keep),
        "rarity": b64encode(known.rarity[kept].tobytes()).decode("ascii"),
        "weights": b64encode(small.tobytes()).decode("ascii"),
    }
    ARTEFACT.write_text(json.dumps(stored, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
