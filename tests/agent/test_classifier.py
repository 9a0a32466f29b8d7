"""The trained artefact, and the labelled replies it is built from."""

import json
from collections import Counter
from pathlib import Path

import pytest

from agent.builtin_agent import BuiltinAgent
from agent.classifier import ARTEFACT, classifier, load
from agent.context import asked_in
from agent.decision import Intent
from agent.evaluate import Row, report, verdicts
from agent.features import features
from agent.normalise import words
from agent.training.examples import HELD_OUT, TRAINING, read, read_contexts
from agent.training.variations import all_variations


def test_the_artefact_is_small_and_knows_every_intent_a_person_can_have() -> None:
    assert ARTEFACT.stat().st_size < 5_000_000
    assert set(classifier().intents) == set(Intent) - {Intent.OPT_IN, Intent.HELP}


@pytest.mark.parametrize(
    "text", ["", " ", "yes", "no puedo ir", "\ud800", "😀" * 400, "word " * 3000, "ﷺ", "a\x00b"]
)
def test_any_text_has_probabilities(text: str) -> None:
    likely = classifier().probabilities(text, "Reply YES to confirm.")
    assert sum(likely.values()) == pytest.approx(1)
    assert all(0 <= each <= 1 for each in likely.values())


def test_an_artefact_of_another_format_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "classifier.json"
    other.write_text(json.dumps({"format": 0}), encoding="utf-8")
    with pytest.raises(ValueError, match="another format"):
        load(other)


def test_days_and_numbers_are_alike_whichever_they_are() -> None:
    assert features("tuesday at 3", "") == features("friday at 9", "")


def test_the_context_is_a_feature() -> None:
    assert features("yes", "Shall we cancel?") != features("yes", "Reply YES to confirm.")


def key(text: str, context: str) -> tuple[str, str]:
    return " ".join(words(text)), context


def test_no_reply_has_two_labels_and_none_held_out_was_trained_on() -> None:
    trained = {key(e.text, e.context): e.intent for e in read(TRAINING)}
    assert len(trained) == len(read(TRAINING))
    assert not trained.keys() & {key(e.text, e.context) for e in read(HELD_OUT)}


def test_the_set_is_broad() -> None:
    examples = read(TRAINING)
    languages = Counter(example.language for example in examples)
    assert languages["en"] > 8_000
    assert languages["es"] > 4_000
    assert min(languages[language] for language in ("fr", "de", "pt")) > 800
    assert min(Counter(example.intent for example in examples).values()) > 900


def test_contexts_ask_for_what_they_are_listed_under() -> None:
    for asks, contexts in read_contexts().items():
        assert {asked_in(context).value for context in contexts} == {asks}


def test_variations_are_the_same_each_time() -> None:
    some = read(TRAINING)
    assert [e.text for e in all_variations(some)][-200:] == [e.text for e in all_variations(some)][-200:]


async def test_held_out_replies_are_read_as_well_as_was_measured() -> None:
    rows = [Row(str(n), e.text, e.context, e.intent) for n, e in enumerate(read(HELD_OUT))]
    figures = report([verdict async for verdict in verdicts(rows, BuiltinAgent())])
    assert figures is not None
    assert figures.accuracy >= 0.95
    assert figures.unsafe / figures.rows <= 0.01
