"""One plain form of a text: lower case, no accents, words a space apart, emoji kept as words of their own."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "“": '"', "”": '"'})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_STRETCHED = re.compile(r"([a-z!?])\1{2,}")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[^\sa-z0-9]")
_SIGNATURE = re.compile(
    r"(?is)\s*(?:^|[\n\r]+|\s--?\s)\s*(?:-{1,3}\s*)?"
    r"(?:sent (?:from|via) my |get outlook for|enviado desde mi|envoye de mon|von meinem .{0,20}gesendet|"
    r"gesendet von|enviado do meu).{0,60}$"
)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case without accents, curly quotes and invisible signs; lengthened letters shortened to two."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(c for c in folded if not unicodedata.combining(c)).casefold()
    bare = _INVISIBLE.sub("", bare)
    bare = _SIGNATURE.sub("", bare)
    bare = _DOTTED.sub(lambda match: match.group().replace(".", ""), bare)
    return " ".join(_STRETCHED.sub(r"\1\1", bare).split())


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words, numbers and single signs of a text in its plain form ("can't" is one word)."""
    return tuple(_TOKEN.findall(plain(text)))


def spoken(text: str) -> str:
    """The words and numbers alone, a space apart, with a space at both ends: for whole-phrase search."""
    return f" {' '.join(word for word in words(text) if word[0].isalnum())} "


def says(text: str, phrases: frozenset[str] | tuple[str, ...]) -> bool:
    """Whether one of the phrases (in plain form) stands in the text as whole words."""
    line = spoken(text)
    return any(f" {phrase} " in line for phrase in phrases)
