"""What the person is told, in their language, and nothing that is not so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.answers import answer
from agent.builtin_agent import decide
from agent.decision import Decision, Intent, RequestedTime
from agent.phrases import PHRASES
from agent.policy import ReplyKind, dispose
from agent.reply_check import MAX_CHARACTERS, MAX_SENTENCES, has_emoji, sentences
from agent.situation import AgentSettings, Situation
from tests.agent.situations import CHECKUP, CLEANING, answering, standing


def told(text: str, **given: object) -> str | None:
    """What the built-in agent's answer to a text is."""
    situation = answering(text, **given)
    decision = decide(situation)
    return answer(dispose(decision, situation), decision, situation).text


def told_by_model(situation: Situation, **given: object) -> str | None:
    decision = Decision(Intent.QUESTION, 0.95, agent="openai")
    decision = replace(decision, **given)  # type: ignore[arg-type]  # names are checked by replace
    return answer(dispose(decision, situation), decision, situation).text


def test_every_language_has_every_phrase() -> None:
    assert {frozenset(phrases) for phrases in PHRASES.values()} == {frozenset(PHRASES["en"])}


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_phrase_is_short_and_plain(language: str) -> None:
    for phrase in PHRASES[language].values():
        filled = phrase.format_map(dict.fromkeys(_FIELDS, "Wednesday, September 30 at 12:30 PM GMT-4"))
        assert len(filled) <= MAX_CHARACTERS
        assert sentences(filled) <= MAX_SENTENCES
        assert not has_emoji(filled)


_FIELDS = ("when", "wish", "list", "account", "number", "location", "minutes", "end", "provider", "service")


def test_a_yes_is_answered_with_the_time() -> None:
    assert told("YES") == "Thank you, your appointment on Tuesday, June 9 at 3:00 PM is confirmed."


def test_the_answer_is_in_the_persons_language() -> None:
    assert told("YES", language="es") == "Gracias, su cita del martes 9 de junio a las 15:00 queda confirmada."
    german = told("JA", language="de")
    assert german == "Danke, Ihr Termin am Dienstag, 9. Juni um 15:00 ist bestätigt."


def test_one_who_writes_spanish_is_answered_in_spanish() -> None:
    text = told("hola, no puedo ir a la cita de mañana por favor")
    assert text is not None
    assert text.startswith("Gracias por avisarnos.")


def test_the_zone_is_named_where_the_persons_own_differs() -> None:
    text = told("YES", contact_timezone="America/Los_Angeles")
    assert text == "Thank you, your appointment on Tuesday, June 9 at 3:00 PM EDT is confirmed."


def test_a_wish_is_echoed_and_nothing_more_is_promised() -> None:
    text = told("can we do thursday after 3 instead?")
    assert text == 'We have noted your wish for another time ("thursday after 3"). We\'ll get back to you.'


@pytest.mark.parametrize("wish", ["see evil.example", 'say "hi"', "not in the text", "x" * 80])
def test_a_doubtful_wish_is_not_echoed(wish: str) -> None:
    decision = Decision(Intent.RESCHEDULE, 0.95, requested_time=RequestedTime(wish), agent="openai")
    situation = answering("another day please, see evil.example")
    text = answer(dispose(decision, situation), decision, situation).text
    assert text == "We have noted that you would like another time. We'll get back to you."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what time is it?", "Your appointment is on Tuesday, June 9 at 3:00 PM."),
        ("where is it?", "Your appointment is at 12 Elm Street."),
        ("how long will it take?", "Your appointment takes about 45 minutes, until 3:45 PM."),
        ("who is it with?", "Your appointment is with Dr. Okafor."),
        ("what is this for?", "Your appointment is for: Cleaning."),
        (
            "how do I cancel?",
            "To cancel your appointment on Tuesday, June 9 at 3:00 PM, reply NO. If you need"
            " another time, tell us which one.",
        ),
        ("¿a qué hora es mi cita?", "Su cita es el martes 9 de junio a las 15:00."),
        ("how much does it cost?", "Thank you for your message. We have passed it on and will get back to you."),
    ],
)
def test_questions_are_answered_from_the_visits_facts(question: str, expected: str) -> None:
    assert told(question) == expected


def test_a_fact_that_is_not_known_is_passed_on() -> None:
    text = told("where is it?", visits=(replace(CLEANING, location=None),))
    assert text == "Thank you for your message. We have passed it on and will get back to you."


def test_a_wrong_number_learns_no_fact_of_the_visit() -> None:
    text = told("wrong number")
    assert text is not None
    for fact in ("Tuesday", "June", "3:00", "Elm", "Okafor", "Tom", "Maria", "Cleaning"):
        assert fact not in text


def test_emergency_words_get_the_fixed_text() -> None:
    assert told("I have chest pain") == (
        "We cannot help with emergencies by text. If this is an emergency, call 911 now."
    )
    own = AgentSettings(emergency_message="Call our night line.")
    assert told("I have chest pain", agent=own) == "Call our night line."
    assert "112" in (told("I have chest pain", region="DE") or "")
    assert "your emergency number" in (told("I have chest pain", region=None) or "")


def test_thanks_and_tapbacks_get_no_answer() -> None:
    assert told("thank you!") is None
    assert told("Liked “Your appointment is tomorrow”") is None


def test_an_unsure_reply_is_asked_again() -> None:
    assert told("maybe") == (
        "Sorry, we are not sure what you mean."
        " Reply YES if you can come on Tuesday, June 9 at 3:00 PM or NO if you cannot."
    )
    assert told("maybe", agent=AgentSettings(fallback_message="Please call the desk.")) == "Please call the desk."


@pytest.mark.parametrize(
    ("where", "words"),
    [("cancelled", "already cancelled"), ("released", "was released"), ("started", "has already")],
)
def test_a_late_yes_is_told_how_things_stand(where: str, words: str) -> None:
    assert words in (told("YES", visits=(standing(where),)) or "")


def test_a_yes_to_an_earlier_time_is_told_the_new_one() -> None:
    text = told("YES", about_starts_at=CLEANING.starts_at - timedelta(days=1))
    assert (
        text
        == "Your appointment is now on Tuesday, June 9 at 3:00 PM. Reply YES if you can come or NO if you cannot."
    )


def test_which_visit_is_asked_with_a_list_and_the_list_is_known() -> None:
    listed = (CLEANING.id, CHECKUP.id)
    situation = answering("yes", visits=(CHECKUP, CLEANING), about=None, listed=listed)
    decision = decide(situation)
    reply = answer(dispose(decision, situation), decision, situation)
    assert reply.text == (
        "Which appointment do you mean: 1) Tom Reyes, Tuesday, June 9 at 3:00 PM,"
        " 2) Ana Reyes, Thursday, June 11 at 10:30 AM? Reply with the number, for example 1 YES."
    )
    assert reply.listed == listed


def test_each_answer_is_told_where_several_were_given() -> None:
    text = told("Tom yes, Ana no", visits=(CLEANING, CHECKUP), about=None, listed=(CLEANING.id, CHECKUP.id))
    assert text == (
        "Thank you, we have noted your answer: Tom Reyes, Tuesday, June 9 at 3:00 PM: confirmed;"
        " Ana Reyes, Thursday, June 11 at 10:30 AM: not coming."
    )


def test_a_models_own_answer_is_used_where_it_passes() -> None:
    assert told_by_model(answering("where?"), reply="It is at 12 Elm Street.") == "It is at 12 Elm Street."


def test_a_models_bad_answer_gives_way_to_the_built_in_words() -> None:
    text = told_by_model(answering("where?"), reply="Pay at https://evil.example first.")
    assert text == "Thank you for your message. We have passed it on and will get back to you."
    confirmed = told_by_model(answering("YES"), intent=Intent.CONFIRM, reply="I moved it to Friday at 5 PM.")
    assert confirmed == "Thank you, your appointment on Tuesday, June 9 at 3:00 PM is confirmed."


def test_a_models_words_never_replace_the_fixed_ones() -> None:
    for intent, kind in ((Intent.WRONG_NUMBER, ReplyKind.WRONG_NUMBER), (Intent.OPT_OUT, ReplyKind.OPTED_OUT)):
        situation = answering("whatever")
        assert dispose(Decision(intent, 0.95), situation).reply_kind is kind
        assert "Okafor" not in (told_by_model(situation, intent=intent, reply="Dr. Okafor says hello.") or "")
