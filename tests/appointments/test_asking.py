"""Which texts ask for an answer."""

import pytest

from appointments.asking import asks


@pytest.mark.parametrize(
    "message",
    [
        "Reply YES to confirm.",
        "Please reply Y or N",
        'Text "C" to confirm your visit',
        "Please confirm your visit on Friday",
        "Are you coming on Thursday?",
        "Can you still make it at 3?",
        "Responda SÍ o NO",
        "Répondez OUI ou NON.",
        "Antworten Sie mit JA oder NEIN.",
        "Responda SIM ou NAO",
        "{{contact.first_name}}, reply YES or NO. Reply STOP to end these texts.",
    ],
)
def test_these_ask(message: str) -> None:
    assert asks(message)


@pytest.mark.parametrize(
    "message",
    [
        "Your appointment is tomorrow at 3.",
        "See you at {{appointment.time}}. Reply STOP to end texts.",
        "Reply STOP to opt out, no charge.",
        "Questions? Call us.",
        "Thank you for confirming.",
        "Bring your card. No food before the visit.",
        "",
    ],
)
def test_these_do_not(message: str) -> None:
    assert not asks(message)
