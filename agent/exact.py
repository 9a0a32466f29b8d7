"""A lone yes, no or menu answer, whose meaning code decides and no model may overrule."""

from agent.context import Asked, asked_in, menu_of
from agent.decision import Intent
from agent.normalise import words
from messaging.consent_words import is_bare_no, is_bare_yes

_LONE: dict[Asked, tuple[Intent, Intent]] = {
    Asked.COMING: (Intent.CONFIRM, Intent.DECLINE),
    Asked.NOTHING: (Intent.CONFIRM, Intent.DECLINE),
    Asked.CHANGE: (Intent.RESCHEDULE, Intent.CONFIRM),
    Asked.CANCEL: (Intent.DECLINE, Intent.CONFIRM),
    Asked.MORE: (Intent.OTHER, Intent.THANKS),
    Asked.WRONG_PERSON: (Intent.WRONG_NUMBER, Intent.OTHER),
}
"""What a yes and a no mean after each question."""


def lone_answer(text: str, context: str) -> Intent | None:
    """What a lone yes, no or menu answer means after `context`; None for any other text."""
    spoken = [word for word in words(text) if word[0].isalnum()]
    if len(spoken) == 1 and "?" not in text:
        chosen = menu_of(context).get(spoken[0])
        if chosen is not None:
            return chosen
    yes, no = _LONE[asked_in(context)]
    if is_bare_yes(text):
        return yes
    return no if is_bare_no(text) else None
