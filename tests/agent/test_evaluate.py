"""`showup evaluate`: what it reads, prints and reports."""

import json

import pytest

from agent.builtin_agent import BuiltinAgent
from agent.decision import Decision, Intent
from agent.evaluate import BadRow, Row, Verdict, is_unsafe, report, rows, verdicts
from agent.situation import Situation

LINES = """
{"id": "a", "text": "yes", "intent": "confirm"}

{"id": 2, "text": "STOP", "intent": "opt_out"}
{"id": "c", "text": "no", "context": "Do you need to change it?", "intent": "confirm"}
{"id": "d", "text": "HELP"}
"""


async def test_each_row_gets_one_line_in_order() -> None:
    found = [verdict async for verdict in verdicts(rows(LINES.splitlines()), BuiltinAgent())]
    told = [json.loads(verdict.line()) for verdict in found]
    assert [(row["id"], row["intent"]) for row in told] == [
        ("a", "confirm"),
        ("2", "opt_out"),
        ("c", "confirm"),
        ("d", "help"),
    ]
    assert all(set(row) == {"id", "intent", "confidence"} and 0 <= row["confidence"] <= 1 for row in told)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 1 is not JSON"),
        ("[" * 100_000, "line 1 is not JSON"),
        ("[1]", "not an object"),
        ('{"id": "a"}', '"text"'),
        ('{"text": "yes"}', '"id"'),
        ('{"id": "a", "text": 3}', '"text"'),
        ('{"id": "a", "text": "y", "context": 3}', '"context"'),
        ('{"id": "a", "text": "y", "intent": "maybe"}', '"intent" must be one of confirm'),
    ],
)
def test_a_bad_line_is_named(line: str, named: str) -> None:
    with pytest.raises(BadRow, match=named):
        list(rows([line]))


class Guesser:
    """An agent that is never sure."""

    def __init__(self, intent: Intent) -> None:
        self._intent = intent

    async def decide(self, situation: Situation) -> Decision:
        return Decision(self._intent, 0.4)


@pytest.mark.parametrize(("guess", "told"), [("confirm", "other"), ("opt_out", "other"), ("question", "question")])
async def test_an_unsure_reading_that_would_change_something_is_other(guess: str, told: str) -> None:
    (verdict,) = [v async for v in verdicts([Row("1", "hm")], Guesser(Intent(guess)))]
    assert (verdict.intent, verdict.confidence) == (Intent(told), 0.4)


def made(*pairs: tuple[str, str]) -> list[Verdict]:
    return [Verdict(Row(str(n), "", "", Intent(m)), Intent(r), 0.9) for n, (m, r) in enumerate(pairs)]


def test_the_figures() -> None:
    figures = report(
        made(("confirm", "confirm"), ("decline", "confirm"), ("opt_out", "other"), ("opt_out", "opt_out"))
    )
    assert figures is not None
    assert (figures.rows, figures.accuracy, figures.unsafe, figures.opt_out_recall) == (4, 0.5, 2, 0.5)
    assert figures.macro_f1 == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert "accuracy 50.00%" in figures.text()


def test_rows_without_an_intent_make_no_report() -> None:
    assert report([Verdict(Row("1", "yes"), Intent.CONFIRM, 1.0)]) is None


@pytest.mark.parametrize(
    ("meant", "read", "unsafe"),
    [
        ("decline", "confirm", True),
        ("thanks", "confirm", True),
        ("opt_out", "thanks", True),
        ("decline", "opt_out", True),
        ("question", "decline", True),
        ("reschedule", "decline", False),
        ("decline", "reschedule", False),
        ("confirm", "other", False),
        ("confirm", "confirm", False),
    ],
)
def test_which_mistakes_do_harm(meant: str, read: str, unsafe: bool) -> None:
    assert is_unsafe(Intent(meant), Intent(read)) is unsafe
