"""A lone yes, no or menu answer, whose meaning code decides and no model may overrule."""

from agent.context import Asked, asked_in, menu_of
from agent.decision import Intent
from agent.normalise import words
from messaging.consent_words import is_bare_no, is_bare_yes

_LONE: dict[Asked, tuple[Intent, Intent]] = {
    Asked.COMING: (Intent.CONFIRM, Intent.DECLINE),
    Asked.PERSON: (Intent.OTHER, Intent.WRONG_NUMBER),
    Asked.DONE: (Intent.CONFIRM, Intent.DECLINE),
    Asked.NOTHING: (Intent.CONFIRM, Intent.DECLINE),
    Asked.CHANGE: (Intent.RESCHEDULE, Intent.CONFIRM),
    Asked.CANCEL: (Intent.DECLINE, Intent.CONFIRM),
    Asked.MORE: (Intent.OTHER, Intent.THANKS),
    Asked.WRONG_PERSON: (Intent.WRONG_NUMBER, Intent.OTHER),
}
"""What a yes and a no mean after each question."""


def lone_answer(text: str, context: str) -> Intent | None:
    """What a lone yes, no or menu answer means after `context`; None for any other text."""
    chosen = _chosen(text, context)
    if chosen is not None:
        return chosen
    yes, no = _LONE[asked_in(context)]
    if is_bare_yes(text):
        return yes
    return no if is_bare_no(text) else None


def polite_answer(text: str, context: str) -> Intent | None:
    """What a yes or no means with only politeness beside it ("no thanks", "yes please"); None for others."""
    asked = asked_in(context)
    said = [word for word in words(text) if word[0].isalnum()]
    bare = [word for word in said if word not in _POLITE]
    # "No thanks" to news of what was done is no more than thanks, or a no to it: not for code to say.
    if asked is Asked.DONE or len(bare) != 1 or len(said) > 4:
        return None
    if any(sign not in _HARMLESS for word in words(text) for sign in word if not sign.isalnum()):
        return None
    return lone_answer(bare[0], context)


def sign_answer(text: str, context: str) -> Intent | None:
    """What a text of signs alone means ("👍", "🙏", "?"); None for one with letters or numbers."""
    said = words(text)
    if not said or any(word[0].isalnum() for word in said):
        return None
    signs = {sign for word in said for sign in word} - set(" .!,-\"'()*:;")
    yes, no = _LONE[asked_in(context)]
    if signs & _AGREEING and not signs & _REFUSING:
        return Intent.THANKS if asked_in(context) in (Asked.DONE, Asked.MORE) else yes
    if signs & _REFUSING and not signs & _AGREEING:
        return no
    if signs and signs <= _THANKING:
        return Intent.THANKS
    return Intent.QUESTION if signs and signs <= {"?", "¿"} else Intent.OTHER


_AGREEING = frozenset("👍👌✅✔☑💯🙌🫡🆗")
_REFUSING = frozenset("👎❌🚫⛔🙅✖")
_THANKING = frozenset("🙏❤💕💖💗💓💙💚💛💜🧡🩷🥰😊☺😍🤗💐🌹🌸😇🫶😘😀😃😄😁🙂🤝👏✨⭐🎉")

_HARMLESS = _THANKING | frozenset(" .!,-'")
_POLITE_WORDS = (
    "please pls plz thanks thank you ty option number opcion numero por favor gracias bitte danke nummer merci svp"
    " obrigado obrigada opcao the sir maam ma'am doctor senor senora muchas beaucoup much so very"
)
_POLITE = frozenset(_POLITE_WORDS.split())
_FIGURES = {
    "one": "1",
    "two": "2",
    "three": "3",
    "uno": "1",
    "dos": "2",
    "tres": "3",
    "eins": "1",
    "zwei": "2",
    "drei": "3",
}


def _chosen(text: str, context: str) -> Intent | None:
    """The meaning of an answer from the menu that the text offered ("2", "option 2 please")."""
    menu = menu_of(context)
    if not menu or "?" in text:
        return None
    said = {_FIGURES.get(word, word) for word in words(text) if word[0].isalnum() and word not in _POLITE}
    return menu.get(said.pop()) if len(said) == 1 else None
