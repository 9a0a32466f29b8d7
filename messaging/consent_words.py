"""Which texts are consent keywords, decided by their letters alone and before any agent.

Source: Twilio's default keywords, 47 CFR 64.1200(a)(10), and the carriers' Spanish, Portuguese,
French and German equivalents.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

STOP_KEYWORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "UNSUBSCRIBEME", "END", "QUIT", "CANCEL", "OPTOUT", "REVOKE"}
    | {"ALTO", "BASTA", "PARAR", "ARRET", "STOPP"}
)
START_KEYWORDS = frozenset({"START", "UNSTOP"})
HELP_KEYWORDS = frozenset({"HELP", "INFO"})
# The carrier takes these for an opt-out; the person may have meant the visit.
VISIT_KEYWORDS = frozenset({"CANCEL", "END", "QUIT"})

# The languages of the plans: English, Spanish, French, German, Portuguese.
_YES = frozenset({"YES", "Y", "YEP", "YUP", "YEAH", "SI", "OUI", "JA", "SIM"})
_NO = frozenset({"NO", "N", "NOPE", "NAH", "NON", "NEIN", "NAO"})
_OPPOSING_SIGNS = frozenset("?¿👎👍❌✅🚫⛔🙅🛑🤔🤷😬🙄")


class ConsentWord(StrEnum):
    """What a consent keyword asks for."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


@dataclass(frozen=True, slots=True)
class ConsentKeyword:
    """A consent keyword as it was found.

    keyword: its letters ("STOPALL"), or None where only the carrier's `OptOutType` says so.
    """

    word: ConsentWord
    keyword: str | None

    @property
    def may_mean_the_visit(self) -> bool:
        """A lone CANCEL, END or QUIT, which may have been meant for the appointment."""
        return self.keyword in VISIT_KEYWORDS


def letters(body: str) -> str:
    """The letters and digits of a text: upper case, no accents, nothing between them."""
    folded = unicodedata.normalize("NFKD", body)
    return "".join(character for character in folded if character.isalnum()).upper()


def consent_keyword(body: str, opt_out_type: str | None = None) -> ConsentKeyword | None:
    """The consent keyword that is the whole text, None where it is none.

    opt_out_type: Twilio's `OptOutType` (STOP, START or HELP), which decides where it is given.
    """
    text = letters(body)
    found = _word_of(text)
    carrier = (opt_out_type or "").strip().upper()
    if carrier in ConsentWord.__members__:
        word = ConsentWord(carrier)
        return ConsentKeyword(word, text if word is found else None)
    return ConsentKeyword(found, text) if found else None


def consent_word(body: str, opt_out_type: str | None = None) -> ConsentWord | None:
    """What the text asks for as a consent keyword, None where it is none."""
    found = consent_keyword(body, opt_out_type)
    return found.word if found else None


def is_bare_yes(text: str) -> bool:
    """Whether the text is a lone yes in a language of the plans ("Yes!", "sí", "yesss")."""
    return _bare(text) in _YES and not _doubts(text, "👍✅")


def is_bare_no(text: str) -> bool:
    """Whether the text is a lone no in a language of the plans ("No.", "nein", "nooo")."""
    return _bare(text) in _NO and not _doubts(text, "👎❌🚫⛔🙅🛑")


def _word_of(text: str) -> ConsentWord | None:
    if text in STOP_KEYWORDS:
        return ConsentWord.STOP
    if text in START_KEYWORDS:
        return ConsentWord.START
    return ConsentWord.HELP if text in HELP_KEYWORDS else None


def _bare(text: str) -> str:
    return re.sub(r"(.)\1+", r"\1", letters(text))


def _doubts(text: str, agreeing: str) -> bool:
    return any(sign in _OPPOSING_SIGNS and sign not in agreeing for sign in text)
