"""What the text a reply answers had asked for: a yes means what the question made of it."""

import re
from enum import StrEnum
from functools import lru_cache

from agent.decision import Intent
from agent.normalise import plain


class Asked(StrEnum):
    """What was asked; a lone yes or no is read by it."""

    COMING = "coming"
    CHANGE = "change"
    CANCEL = "cancel"
    MORE = "more"
    WRONG_PERSON = "wrong_person"
    NOTHING = "nothing"


_YES_WORD = r"(?:yes|y|si|oui|ja|sim|ok)"
_CONFIRM_WORDS = (
    r"(?:confirm\w*|keep|coming|attend\w*|yes|ok|accept|conserv\w*|asist\w*|mantener|venir"
    r"|bestatig\w*|zusag\w*|manter)"
)
_CANCEL_WORDS = (
    r"(?:cancel\w*|decline|annul\w*|absag\w*|stornier\w*|can't make it|cannot attend|no asist\w*|not coming)"
)
_CHANGE_WORDS = (
    r"(?:resched\w*|change|move|another time|different time|new time|reprogram\w*|cambi\w*|mover|modif\w*"
    r"|report\w*|deplac\w*"
    r"|verschieb\w*|verleg\w*|ander\w*|remarc\w*|mud\w*|reagend\w*|alter\w*)"
)
_OPT_OUT_WORDS = r"(?:opt[ -]?out|unsubscribe|stop (?:texts?|messages|receiving)|end texts)"
_MEANINGS = (
    (re.compile(_OPT_OUT_WORDS), Intent.OPT_OUT),
    (re.compile(r"(?:wrong (?:number|person)|numero equivocado|not (?:me|you))"), Intent.WRONG_NUMBER),
    (re.compile(_CANCEL_WORDS), Intent.DECLINE),
    (re.compile(_CHANGE_WORDS), Intent.RESCHEDULE),
    (re.compile(_CONFIRM_WORDS), Intent.CONFIRM),
)
_MENU_AFTER = re.compile(
    r"(?:(?:\b(?:reply|text|press|send|type|respond|answer|responda|responde|envie|envia|marque|pulse"
    r"|repondez|tapez|antworten sie|"
    r"mit|responda|digite|with|con|com|par)\s+|[,;.(]\s*|\bor\s+|\bo\s+|\bou\s+|\boder\s+|\by\s+|^)['\"(]?)"
    r"([a-z]|\d|yes|no|si|oui|non|ja|nein|sim|nao)['\")]?\s*"
    r"(?:to|for|if|=|:|-|–|para|pour|fur|um|zum|se|si|wenn)\s*(?:us\s+|you\s+|you're\s+"
    r"|you are\s+)?([^,;.()]{2,40})"
)
_MENU_BEFORE = re.compile(
    r"\bto ([^,;.()]{3,30}?),? (?:please )?(?:reply|text|press|send|type) (?:with )?['\"]?([a-z]|\d|yes|no)\b"
)
# "y para cancelar" is "and to cancel", no answer Y.
_JOINING = frozenset("aeouy")
_LETTERED = re.compile(
    r"(?:reply|text|press|send|type|answer|responda|responde|envie|repondez|tapez"
    r"|['\"(=])\s*['\"(]?[aeouy]\b|\b[aeouy]['\")]?\s*(?:to|for|if|=|:)"
)
_NEXT_OPTION = re.compile(r"\s(?:or|o|ou|oder|and|y|et|und|e)\s.*$")
_MORE = re.compile(
    r"(?:(?:is there )?any ?thing else|any more help|help (?:you )?(?:with )?any(?:thing)? (?:else|further)"
    r"|algo mas\b"
    r"|autre chose|sonst noch (?:etwas|was)|mais alguma coisa|any (?:other )?questions)[^.!?]*\?"
)
_WRONG_PERSON = re.compile(
    r"(?:wrong (?:number|person)|numero equivocado|falsche nummer|mauvais numero|numero errado)[^.!?]*\?"
)
_QUESTION = re.compile(r"[^.!?]*\?")
_CANCEL_Q = re.compile(
    r"\b(?:cancel\w*|anul\w*|annul\w*|absag\w*|stornier\w*|desmarc\w*|call(?:ing)? (?:it|this) off"
    r"|give (?:up )?your (?:slot|spot)|release)\b"
)
_CHANGE_Q = re.compile(
    r"\b(?:need|want|like|wish|have|would you|necesita\w*|desea\w*|quiere\w*|quieres|souhaitez|voulez"
    r"|besoin|mochten|wollen|mussen|precisa|quer|deseja)\b"
    r"[^.!?]*\b"
    + _CHANGE_WORDS
    + r"[^.!?]*\?|^(?:any changes|alguna? cambio)[^.!?]*\?|\bany changes\?|\bresched\w*\?"
    r"|\bneed to (?:change|move)\b[^.!?]*\?"
)
_KEEP = re.compile(
    r"\b(?:keep|still (?:coming|good|ok|okay|on|work\w*|able|plan\w*)|coming|make it|attend|confirm\w*"
    r"|see you|correct|right|works?|asist\w*|confirma\w*"
    r"|viene\w*|vendra\w*|venir|kommen|bestatig\w*|comparec\w*|vir)\b"
)
_ASKS_YES = re.compile(r"\b" + _YES_WORD + r"\b['\")]?\s*(?:to|para|pour|zum|if|,|or|o|ou|oder|/)")


@lru_cache(maxsize=2048)
def menu_of(context: str) -> dict[str, Intent]:
    """The answers a text offers by a letter, number or word ("1 to cancel, 2 to confirm"), and their meanings."""
    line = plain(context)
    found: dict[str, Intent] = {}
    for match in _MENU_AFTER.finditer(line):
        if match.group(1) in _JOINING and not _LETTERED.search(match.group()):
            continue
        meaning = _meaning(_NEXT_OPTION.sub("", match.group(2)))
        if meaning:
            found.setdefault(match.group(1), meaning)
    for match in _MENU_BEFORE.finditer(line):
        meaning = _meaning(match.group(1))
        if meaning:
            found.setdefault(match.group(2), meaning)
    return found


def _meaning(phrase: str) -> Intent | None:
    return next((intent for pattern, intent in _MEANINGS if pattern.search(phrase)), None)


@lru_cache(maxsize=2048)
def asked_in(context: str) -> Asked:
    """What a text asked for; COMING where it asks for a yes, NOTHING where it asks nothing."""
    line = plain(context)
    if not line:
        return Asked.NOTHING
    if _MORE.search(line):
        return Asked.MORE
    if _ASKS_YES.search(line):
        return Asked.COMING
    questions = _QUESTION.findall(line)
    last = questions[-1] if questions else ""
    if _WRONG_PERSON.search(last):
        return Asked.WRONG_PERSON
    if _CANCEL_Q.search(last) and not re.search(r"\b(?:keep|or|o|ou|oder)\b", last):
        return Asked.CANCEL
    if _CHANGE_Q.search(last) and not _KEEP.search(last):
        return Asked.CHANGE
    if questions or re.search(r"\bconfirm\b(?!ed|ation)|confirmar|confirmez|bestatigen", line):
        return Asked.COMING
    return Asked.NOTHING
