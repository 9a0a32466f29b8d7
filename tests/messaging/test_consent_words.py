"""Consent keywords are told by their letters alone."""

import pytest

from messaging.consent_words import (
    HELP_KEYWORDS,
    START_KEYWORDS,
    STOP_KEYWORDS,
    ConsentWord,
    consent_keyword,
    consent_word,
    is_bare_no,
    is_bare_yes,
)


@pytest.mark.parametrize("keyword", sorted(STOP_KEYWORDS))
@pytest.mark.parametrize("shape", ["{}", " {}. ", "{}!!", '"{}"', "{} 🙏", "🛑{}🛑", "\n{}\n", "({})", "*{}*"])
def test_a_stop_keyword_is_found_in_any_dress(keyword: str, shape: str) -> None:
    for spelling in (
        keyword,
        keyword.lower(),
        keyword.title(),
        ".".join(keyword),
        "-".join(keyword),
        " ".join(keyword),
    ):
        assert consent_word(shape.format(spelling)) is ConsentWord.STOP


@pytest.mark.parametrize(
    "text",
    ["Stop.", "STOP ALL", "opt-out", "S.T.O.P.", "Unsubscribe me", "arrêt", "ARRÊT!", "ＳＴＯＰ", "st\u200bop"],
)
def test_the_contracts_own_examples_stop(text: str) -> None:
    assert consent_word(text) is ConsentWord.STOP


@pytest.mark.parametrize("keyword", sorted(START_KEYWORDS))
def test_start_keywords(keyword: str) -> None:
    assert consent_word(f" {keyword.lower()}! ") is ConsentWord.START


@pytest.mark.parametrize("keyword", sorted(HELP_KEYWORDS))
def test_help_keywords(keyword: str) -> None:
    assert consent_word(f"{keyword.lower()}?") is ConsentWord.HELP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🛑",
        "YES",
        "no",
        "stop by at 3",
        "I'll stop by",
        "can't stop bleeding",
        "please stop texting me",
        "stop 2",
        "ending",
        "the end",
        "stops",
        "nonstop",
        "help me",
        "cancel it",
        "cancel my appointment",
        "start over",
        "informed",
        "ok",
    ],
)
def test_other_texts_are_no_keywords(text: str) -> None:
    assert consent_word(text) is None


@pytest.mark.parametrize(("carrier", "word"), [("STOP", "STOP"), ("start", "START"), ("HELP", "HELP")])
def test_the_carriers_word_decides_where_it_is_given(carrier: str, word: str) -> None:
    assert consent_word("anything at all", carrier) is ConsentWord(word)


def test_an_unknown_opt_out_type_leaves_the_decision_to_the_letters() -> None:
    assert consent_word("STOP", "WHATEVER") is ConsentWord.STOP
    assert consent_word("hello", "") is None


@pytest.mark.parametrize(
    ("text", "may_mean_the_visit"),
    [("Cancel", True), ("END.", True), ("quit!", True), ("STOP", False), ("stop all", False), ("START", False)],
)
def test_cancel_end_and_quit_may_mean_the_visit(text: str, may_mean_the_visit: bool) -> None:
    found = consent_keyword(text)
    assert found is not None
    assert found.may_mean_the_visit is may_mean_the_visit


def test_the_keyword_is_known_beside_the_carriers_word() -> None:
    found = consent_keyword("cancel", "STOP")
    assert found is not None
    assert (found.word, found.keyword, found.may_mean_the_visit) == (ConsentWord.STOP, "CANCEL", True)
    foreign = consent_keyword("basta ya", "STOP")
    assert foreign is not None
    assert foreign.keyword is None


def test_a_yes_is_no_start_by_itself() -> None:
    assert consent_word("YES") is None


@pytest.mark.parametrize(
    "text", ["YES", "yes!", " Y ", "yesss", "Sí", "si.", "oui", "JA", "sim", "Yep 👍", "y.e.s", "yeah", '"YES"']
)
def test_bare_yes(text: str) -> None:
    assert is_bare_yes(text)
    assert not is_bare_no(text)


@pytest.mark.parametrize("text", ["NO", "no.", "nooo", "N", "Non", "nein!", "não", "nope", "nah"])
def test_bare_no(text: str) -> None:
    assert is_bare_no(text)
    assert not is_bare_yes(text)


@pytest.mark.parametrize(
    "text", ["yes?", "no?", "yes 👎", "no 👍", "yes no", "yes please cancel", "", "👍", "yesterday", "not"]
)
def test_neither_yes_nor_no(text: str) -> None:
    assert not is_bare_yes(text)
    assert not is_bare_no(text)
