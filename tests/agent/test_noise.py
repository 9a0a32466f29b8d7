"""What telephones write by themselves, and words that call for help."""

import pytest

from agent.emergency import has_emergency_words
from agent.noise import Noise, noise_of


@pytest.mark.parametrize(
    "text",
    [
        "Liked “Your appointment is tomorrow”",
        'Loved "See you Tuesday"',
        "Laughed at “Reply YES”",
        "Emphasized “Please arrive early”",
        "Loved an image",
        "Reacted 👍 to “Your appointment”",
        "Le gustó “Su cita es mañana”",
        "Gefällt „Ihr Termin ist morgen“",
        "A aimé « Votre rendez-vous »",
        "Curtiu “Sua consulta”",
        "Removed a like from “Your appointment”",
    ],
)
def test_tapbacks(text: str) -> None:
    assert noise_of(text) is Noise.TAPBACK


@pytest.mark.parametrize("text", ["Disliked “Your appointment is at 8”", "Questioned “Reply YES”"])
def test_displeased_tapbacks(text: str) -> None:
    assert noise_of(text) is Noise.DISLIKE


@pytest.mark.parametrize(
    "text",
    [
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there.",
        "(I’m not receiving notifications. If this is urgent, reply “urgent”.)",
        "I am driving right now - I'll get back to you later.",
        "Auto-reply: I am out of the office until Monday.",
        "Estoy conduciendo. Te responderé más tarde.",
        "Ich fahre gerade. Ich melde mich später.",
    ],
)
def test_auto_replies(text: str) -> None:
    assert noise_of(text) is Noise.AUTO_REPLY


@pytest.mark.parametrize(
    "text",
    [
        "I liked the last visit",
        "I loved it",
        "my husband is driving me",
        "driving over now",
        "out of town",
        "yes",
        "",
    ],
)
def test_a_persons_own_words_are_no_noise(text: str) -> None:
    assert noise_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I have chest pain",
        "can't breathe",
        "he isn't breathing, call 911",
        "I can't stop bleeding",
        "I want to kill myself",
        "tengo dolor en el pecho",
        "no puedo respirar",
        "douleur à la poitrine",
        "ich bekomme keine Luft",
        "dor no peito",
        "I think I'm having a stroke",
    ],
)
def test_emergency_words(text: str) -> None:
    assert has_emergency_words(text)


@pytest.mark.parametrize(
    "text",
    ["my tooth hurts", "stop", "I can't make it", "emergency at work", "no emergency", ""],
)
def test_no_emergency(text: str) -> None:
    assert not has_emergency_words(text)
