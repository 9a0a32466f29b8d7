"""Which of the plans' languages a text is in, by its small words; None where they do not tell."""

from collections import Counter

from agent.normalise import words

_SMALL_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        "the is are was you your i i'm i'll we we'll our be to can can't will it my of and for not have has do don't"
        " thanks thank yes what where when with that this please there sorry".split()
    ),
    "es": frozenset(
        "el los las es esta su sus usted yo mi para por con que no si cita gracias puedo podre hola donde cuando"
        " quiero necesito manana pero muy ahi alli estare voy hay del al una lo le nos hemos ya tengo como dia".split()
    ),
    "fr": frozenset(
        "le les est vous votre vos je j'ai nous pour avec que pas ne oui merci rendez vous bonjour puis peux serai"
        " demain mais suis du des une c'est ou quand d'accord je serai".split()
    ),
    "de": frozenset(
        "der die das ist sie ihr ihre ich wir mit und nicht kein ja nein danke termin kann komme morgen aber bin"
        " zu fur auf den dem einen bitte wann wo leider bis habe mein uhr".split()
    ),
    "pt": frozenset(
        "o os as e esta voce eu meu minha para com que nao sim obrigado obrigada consulta posso amanha mas estou"
        " vou uma do da em quero preciso ola onde quando ai estarei tenho muito seu sua voces dia".split()
    ),
}


def language_written(text: str, *, at_least: int = 2) -> str | None:
    """The language whose small words clearly lead in the text.

    at_least: by how many words it must lead every other language.
    """
    counts = Counter({language: 0 for language in _SMALL_WORDS})
    for word in words(text):
        for language, small in _SMALL_WORDS.items():
            counts[language] += word in small
    (first, most), (_, next_most) = counts.most_common(2)
    return first if most - next_most >= at_least else None
