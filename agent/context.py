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
    PERSON = "person"
    DONE = "done"
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
    r"|you are\s+)?([^,;.()]{2,40}?)(?=\s(?:or|o|ou|oder|and|y|e|et|und)\s|[,;.()]|$)"
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
_PERSON = re.compile(
    r"(?:\bis this|\bam i (?:speaking|talking) (?:with|to)|\bare you|\bes usted|\bhablo con|\bsind sie"
    r"|\betes-vous|\bvoce e|\besta es)"
    r" (?:mr |mrs |ms |dr )?(?:still )?(?P<name>[a-z]+(?: [a-z]+)?)(?:'s (?:number|phone))? ?\?"
)
_NO_NAME = frozenset(
    {
        "ok",
        "okay",
        "correct",
        "right",
        "good",
        "fine",
        "coming",
        "time",
        "still",
        "acceptable",
        "the",
        "a",
        "what",
        "all",
        "true",
    }
    | {
        "able",
        "available",
        "sure",
        "ready",
        "free",
        "there",
        "here",
        "done",
        "interested",
        "happy",
        "on",
        "correcto",
        "your",
    }
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
_DONE = re.compile(
    r"\b(?:(?:is|are|was|were|been|be|it's|you're|now|all|have|has|i've|we've|successfully|done|okay|ok"
    r"|got you|get you)"
    r" (?:\w+ ){0,3}(?:confirmed|booked|scheduled|reserved|set|made|cancell?ed|changed|moved|rescheduled"
    r"|updated|done|success\w*|complete)"
    r"|(?:booked|scheduled|reserved|made|placed) (?:the|your|a|you) |went through|(?:booking|reservation"
    r"|appointment) (?:confirmed|reserved|booked|complete)"
    r"|i was able to (?:book|reserve|make|get|schedule)|you got (?:a|the|your) |(?:visit|appointment) is schedul"
    r"|it'?s done|it is done|running \d+ min\w* behind|successful(?:ly)?\b"
    r"|(?:ha sido|fue|esta|queda|quedo|hemos) (?:\w+ ){0,2}(?:confirmad|reservad|agendad|cancelad|cambiad"
    r"|programad|anulad)\w+"
    r"|(?:est|a ete) (?:\w+ ){0,2}(?:confirme|reserve|annule|deplace|enregistre)\w*"
    r"|(?:ist|wurde|haben) (?:\w+ ){0,4}(?:bestatigt|gebucht|abgesagt|storniert|verschoben|reserviert)"
    r"|(?:foi|esta) (?:\w+ ){0,2}(?:confirmad|reservad|agendad|cancelad|remarcad|marcad)\w+)"
)
_KEEP = re.compile(
    r"\b(?:keep|still (?:coming|good|ok|okay|on|work\w*|able|plan\w*)|coming|make it|attend|confirm\w*"
    r"|see you|correct|right|works?|asist\w*|confirma\w*"
    r"|viene\w*|vendra\w*|venir|kommen|bestatig\w*|comparec\w*|vir)\b"
)
_ASKS_YES = re.compile(r"\b" + _YES_WORD + r"\b['\")]?\s*(?:to|para|pour|zum|if|or|o|ou|oder)\b|\byes/no\b")


_CONFIRM_IT = re.compile(
    r"\b(?:to confirm|please (?:confirm|verify|check)|make sure|so that's|let me (?:confirm|verify|check)"
    r"|confirm (?:that|the|this|your|you|me|it|if|to|with|by|an?|attendance|and)"
    r"|(?:you want|you would like|you'd like|you wish|you will) .{0,80}$|(?:i'll|i will|i'm going to|let me)"
    r" (?:book|make|reserve|schedule|get|set|put)|(?:to|just) confirmed again|confirmar|confirmez|confirmer"
    r"|bestatigen"
    r"|confirme (?:su|sua|a|o|por favor|con|votre))\b"
)
_DETAILS = re.compile(r"^\W*(?:\d{1,2}(?::\d\d)?\s?[ap]m|(?:on|for|at) .{0,20}\d)")


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
    """What a text asked for: COMING where it asks for a yes, DONE where it only tells of what was done."""
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
    if _asks_for_person(last):
        return Asked.PERSON
    if questions or _CONFIRM_IT.search(line) or _DETAILS.search(line):
        return Asked.COMING
    return Asked.DONE if _DONE.search(line) else Asked.NOTHING


def _asks_for_person(question: str) -> bool:
    match = _PERSON.search(question)
    return match is not None and match.group("name").split()[0] not in _NO_NAME
