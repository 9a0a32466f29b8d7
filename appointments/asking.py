"""Whether a text asks for an answer: such a one moves earlier where it may not leave when it should."""

import re
import unicodedata
from functools import lru_cache

# In the languages of the default plan, with accents and case folded. "Reply STOP" asks for nothing: what follows
# the verb must be a yes, a no or a confirmation, within the same sentence.
_PATTERNS = (
    r"\b(reply|respond|answer|text|txt|send|press|type|write)\b(?!\W{1,3}(?:stop|help)\b)"
    r"[^.!?\n]{0,30}\b(yes|no|y|n|ok|c|1|confirm)\b",
    r"\b(please|to|and|kindly) (re)?confirm\b",
    r"^(re)?confirm\b",
    r"\b(can|could|will|are|would) you\b[^.!\n]{0,40}\b(make it|come|coming|attend|attending|be there|confirm)\b"
    r"[^.!\n]*\?",
    r"\b(responda|responde|conteste|contesta|escriba|escribe|envie|envia|mande)\b[^.!?\n]{0,30}\b(si|no|confirmo)\b",
    r"\b(confirme|confirma|confirmar|confirmez|confirmer)\b",
    r"\b(repondez|reponds|repondre|envoyez)\b[^.!?\n]{0,30}\b(oui|non|ok)\b",
    r"\b(antworten|antworte|schreiben)\b[^.!?\n]{0,30}\b(ja|nein|ok)\b",
    r"\b(bestatigen|bestatige)\b",
    r"\b(responda|responde|envie|escreva)\b[^.!?\n]{0,30}\b(sim|nao|ok)\b",
)
_ASKS = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))


@lru_cache(maxsize=1024)
def asks(message: str) -> bool:
    """Tell whether a text, or the template of one, asks the person to answer."""
    folded = unicodedata.normalize("NFKD", message).casefold()
    return _ASKS.search("".join(mark for mark in folded if not unicodedata.combining(mark))) is not None
