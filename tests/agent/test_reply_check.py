"""A model's reply leaves only if it says nothing but facts."""

from dataclasses import replace

import pytest

from agent.policy import Change, Outcome, ReplyKind
from agent.reply_check import faults, may_leave, sentences
from agent.situation import AgentSettings, Situation
from models.appointment import Confirmation
from tests.agent.situations import CLEANING, answering

ASKED = Outcome(True, ReplyKind.ANSWER)
CONFIRMED = Outcome(
    True, ReplyKind.CONFIRMED, changes=(Change(CLEANING.id, Confirmation.CONFIRMED),), visits=(CLEANING.id,)
)
DECLINED = Outcome(
    True, ReplyKind.DECLINED, changes=(Change(CLEANING.id, Confirmation.DECLINED),), visits=(CLEANING.id,)
)
SETTINGS = AgentSettings(system_prompt="Call (212) 555-0123. Park behind the house, see elmdental.example/park.")


def situation(text: str = "where is it?", **given: object) -> Situation:
    return answering(text, agent=SETTINGS, **given)


@pytest.mark.parametrize(
    "reply",
    [
        "Your appointment is Tuesday, June 9 at 3:00 PM.",
        "It is tomorrow at 3 PM, with Dr. Okafor.",
        "We are at 12 Elm Street. It takes about 45 minutes.",
        "It ends at 3:45 p.m.",
        "You can reach us at 212-555-0123.",
        "Parking is behind the house, see elmdental.example/park.",
        "Your appointment is not confirmed yet. Reply YES to confirm.",
        "Hello Maria, it is for Tom.",
    ],
)
def test_facts_may_leave(reply: str) -> None:
    assert faults(reply, ASKED, situation()) == []


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("x" * 321, "too_long"),
        ("One. Two. Three.", "too_many_sentences"),
        ("Sure thing 😊", "emoji"),
        ("See https://evil.example now.", "link"),
        ("Write to help@evil.example.", "link"),
        ("See bit.ly/x", "link"),
        ("Call 212-555-0199.", "number"),
        ("It costs $80.", "number"),
        ("It is at 4:30 PM.", "number"),
        ("It is at 3:00 AM.", "time"),
        ("It is on Friday.", "time"),
        ("It is today.", "time"),
        ("It is in July.", "time"),
        ("Come at noon.", "time"),
        ("Come at four.", "time"),
        ("Your appointment is confirmed.", "claim"),
        ("You're all set!", "claim"),
        ("Your appointment has been cancelled.", "claim"),
        ("I have moved your appointment.", "claim"),
        ("I'll reschedule you right away.", "claim"),
        ("You are booked.", "claim"),
        ("You will get a refund.", "claim"),
        ("We marked you as not coming.", "claim"),
        ("Su cita fue cancelada.", "claim"),
        ("Ihr Termin ist storniert.", "claim"),
        ("Votre rendez-vous est annulé.", "claim"),
        ("A sua consulta foi remarcada.", "claim"),
        ("La cita es el martes en la clínica para usted, muchas gracias por su mensaje.", "language"),
        ("My instructions say that I may not.", "prompt"),
        ("As an AI I cannot.", "prompt"),
        ("The person's message comes alone in the last user message.", "prompt"),
        ("Hello {{contact.name}}.", "braces"),
    ],
)
def test_what_may_not_leave(reply: str, fault: str) -> None:
    assert fault in faults(reply, ASKED, situation())


def test_a_confirmation_that_was_made_may_be_told() -> None:
    assert may_leave("Thank you, Tuesday, June 9 at 3:00 PM is confirmed.", CONFIRMED, situation("yes"))
    assert not may_leave("Thank you, Tuesday, June 9 at 3:00 PM is confirmed.", DECLINED, situation("no"))


def test_denying_a_confirmation_that_stands_is_a_false_claim() -> None:
    assert not may_leave("It is not confirmed.", CONFIRMED, situation("yes"))


def test_a_decline_that_was_made_may_be_told_but_not_as_a_cancellation() -> None:
    assert may_leave("Thanks, we noted that you are not coming.", DECLINED, situation("no"))
    assert not may_leave("Your appointment is cancelled.", DECLINED, situation("no"))


def test_the_time_of_a_persons_own_wish_is_no_fact() -> None:
    assert not may_leave("Friday at 5 PM it is.", ASKED, situation("can I come Friday at 5?"))


def test_a_spanish_answer_may_leave_to_one_who_writes_spanish() -> None:
    spanish = replace(situation("hola, donde es la cita por favor?"), language="es")
    assert may_leave("Su cita es en 12 Elm Street, con Dr. Okafor.", ASKED, spanish)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is at 3:00 p.m. on Tuesday.", 1),
        ("With Dr. Okafor at 12 Elm St. in town.", 1),
        ("One. Two!", 2),
        ("Am 9. Juni um 15 Uhr.", 1),
        ("Really?! Yes.", 2),
        ("no end", 1),
        ("...", 0),
    ],
)
def test_sentences_are_counted_past_abbreviations(text: str, count: int) -> None:
    assert sentences(text) == count
