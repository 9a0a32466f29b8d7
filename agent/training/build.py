"""Train the classifier from the labelled replies and write `agent/classifier.json`.

    python -m agent.training.build

Needs scikit-learn, which the development environment has. The same data gives the same artefact.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence

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
STRENGTH = 10.0
PASSES = 300
# Weights smaller than this share of the largest move no decision.
NEGLIGIBLE = 0.004


def main() -> None:
    """Build the artefact and print how it reads the held-out replies."""
    examples = list(all_variations(read(TRAINING)))
    rows = [features(example.text, example.context) for example in examples]
    names = _worth_knowing(rows)
    model = LogisticRegression(C=STRENGTH, max_iter=PASSES, tol=1e-3)
    model.fit(_matrix(rows, names), [e.intent.value for e in examples], sample_weight=[e.weight for e in examples])
    _write(model, names)
    show(f"{len(examples)} examples, {ARTEFACT.stat().st_size / 1e6:.2f} MB")
    held = read(HELD_OUT)
    right = _right(model, names, held)
    show(f"classifier alone on {len(held)} held-out replies: {right:.2%} right")


def _worth_knowing(rows: Sequence[list[str]]) -> list[str]:
    seen = Counter(feature for row in rows for feature in row)
    return sorted(feature for feature, count in seen.items() if count >= RARE)


def _matrix(rows: Sequence[list[str]], names: Sequence[str]) -> csr_matrix:
    """One line a reply, its known features sharing a length of 1, as `Classifier.probabilities` reads them."""
    column = {name: place for place, name in enumerate(names)}
    ends, places, values = [0], [], []
    for row in rows:
        known = [column[feature] for feature in row if feature in column]
        places += known
        values += [1 / np.sqrt(max(len(known), 1))] * len(known)
        ends.append(len(places))
    return csr_matrix((np.array(values, np.float32), places, ends), shape=(len(rows), len(names)))


def _right(model: LogisticRegression, names: Sequence[str], examples: Sequence[Example]) -> float:
    read_as = model.predict(_matrix([features(e.text, e.context) for e in examples], names))
    return float(np.mean([read == e.intent.value for read, e in zip(read_as, examples, strict=True)]))


def _write(model: LogisticRegression, names: Sequence[str]) -> None:
    weights: NDArray[np.float64] = model.coef_.T
    kept = np.abs(weights).max(axis=1) >= NEGLIGIBLE * np.abs(weights).max()
    scale = np.abs(weights[kept]).max(axis=0) / 127
    small = np.round(weights[kept] / scale).astype(np.int8)
    stored = {
        "format": FORMAT,
        "intents": list(model.classes_),
        "bias": [round(float(bias), 6) for bias in model.intercept_],
        "scale": [float(f"{each:.8g}") for each in scale],
        "features": "\n".join(name for name, keep in zip(names, kept, strict=True) if keep),
        "weights": b64encode(small.tobytes()).decode("ascii"),
    }
    ARTEFACT.write_text(json.dumps(stored, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
