"""Which of the plans' languages a text is in, by its small words; None where they do not tell."""

from collections import Counter

from agent.normalise import words

_LISTED: dict[str, str] = {
    "en": "the is are was you your i i'm i'll we we'll our be to can can't will it my of and for not have has"
    " do don't thanks thank yes what where when with that this please there sorry",
    "es": "el los las es esta su sus usted yo mi para por con que no si cita gracias puedo podre hola donde cuando"
    " quiero necesito manana pero muy ahi alli estare voy hay del al una lo le nos hemos ya tengo como dia",
    "fr": "le les est vous votre vos je j'ai nous pour avec que pas ne oui merci rendez bonjour puis peux serai"
    " demain mais suis du des une c'est ou quand d'accord",
    "de": "der die das ist sie ihr ihre ich wir mit und nicht kein ja nein danke termin kann komme morgen aber bin"
    " zu fur auf den dem einen bitte wann wo leider bis habe mein uhr",
    "pt": "o os as e esta voce eu meu minha para com que nao sim obrigado obrigada consulta posso amanha mas estou"
    " vou uma do da em quero preciso ola onde quando ai estarei tenho muito seu sua voces dia",
}
_SMALL_WORDS = {language: frozenset(listed.split()) for language, listed in _LISTED.items()}


def language_written(text: str, *, at_least: int = 2) -> str | None:
    """The language whose small words clearly lead in the text.

    at_least: by how many words it must lead every other language.
    """
    counts = Counter(dict.fromkeys(_SMALL_WORDS, 0))
    for word in words(text):
        for language, small in _SMALL_WORDS.items():
            counts[language] += word in small
    (first, most), (_, next_most) = counts.most_common(2)
    return first if most - next_most >= at_least else None
