"""Questions that the visit's own facts answer: when, where, how long, with whom, what for, how to cancel."""

import re
from enum import StrEnum

from agent.answers import phrase
from agent.normalise import plain
from agent.situation import Situation, Visit
from agent.spoken_time import spoken_clock
from models.appointment import Confirmation


class Topic(StrEnum):
    """What is asked about the visit."""

    WHEN = "when"
    WHERE = "where"
    HOW_LONG = "how_long"
    WITH_WHOM = "with_whom"
    WHAT = "what"
    CANCEL = "cancel"
    CONFIRMED = "confirmed"


_TOPICS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        Topic.CANCEL,
        re.compile(
            r"\bhow (?:do|can|would|to)(?: i)? (?:cancel|reschedule|change)|\bcomo (?:puedo )?(?:cancel"
            r"|anul|cambi)|"
            r"\bcomment (?:annuler|changer|faire pour annuler)|\bwie (?:kann ich|sage ich).*(?:absag"
            r"|stornier|ab\b|verschieb)"
            r"|\bcomo (?:faco para )?(?:cancel|desmarc|remarc)"
        ),
    ),
    (
        Topic.CONFIRMED,
        re.compile(
            r"\b(?:is|am|was|did|are) .{0,30}\b(?:confirmed|still on|all set|booked|get my confirmation)\b"
            r"|\besta confirmada|\best[- ](?:il|elle) confirme|\bist .{0,20}bestatigt|\besta confirmado"
        ),
    ),
    (
        Topic.HOW_LONG,
        re.compile(
            r"\bhow (?:long|much time)|\bwhat time (?:will|do|does|would|should) .{0,30}(?:end|finish|over"
            r"|done|out)\b"
            r"|\bcuanto (?:tiempo|dura|tarda|demora)|\bcombien de temps|\bwie lange|\bquanto tempo"
            r"|\bduracion|\bduree|\bdauer"
        ),
    ),
    (
        Topic.WHEN,
        re.compile(
            r"\b(?:what|wat|which) (?:time|day|date)|\bwhen(?:'s| is| was|s)?\b|\bwhat'?s the (?:time|date)"
            r"|\btime (?:is|was) (?:it|my|the)"
            r"|\ba que hora|\bque (?:hora|dia|fecha)|\bcuando|\bquelle (?:heure|date)|\bquel jour|\bquand"
            r"|\bwann\b|\bwie viel uhr"
            r"|\bum wie\s?viel uhr|\bque horas|\bquando\b|\bque dia"
        ),
    ),
    (
        Topic.WHERE,
        re.compile(
            r"\bwhere\b|\bwheres\b|\baddress|\bwhich (?:office|location|clinic|building|branch|place)"
            r"|\bwhat (?:location|building)|\blocation\?"
            r"|\bdonde\b|\bdireccion|\bque (?:oficina|clinica|lugar)|\bou (?:est|se|dois|c'est)\b|\badresse"
            r"|\bwo (?:ist|muss|soll|finde|seid|sind|genau)\b"
            r"|\bonde\b|\bendereco"
        ),
    ),
    (
        Topic.WITH_WHOM,
        re.compile(
            r"\bwho (?:is|am|will|with|do|would)\b|\bwith (?:who|whom)\b|\bwhich (?:doctor|dr|provider"
            r"|dentist|therapist|stylist|hygienist)"
            r"|\bwho'?s (?:it|my|the)|\bcon quien|\bquien me|\bavec qui|\bbei wem|\bmit wem"
            r"|\bwelche[rm]? arzt|\bcom quem|\bque (?:doctor|medico)"
        ),
    ),
    (
        Topic.WHAT,
        re.compile(
            r"\bwhat (?:is|'s|was) (?:this|it|the|my)(?: \w+)? (?:for|about)|\bwhat(?:'s| is) (?:this"
            r"|it) for|\bwhat (?:kind|type|sort) of (?:appointment|appt|visit)"
            r"|\bpara que es|\bc'est pour quoi|\bworum geht|\bwofur ist|\bpara que e\b|\bde que se trata"
        ),
    ),
)


def answer_question(text: str, visit: Visit | None, situation: Situation) -> tuple[str | None, bool]:
    """An answer from the visit's facts, and whether something asked stays unanswered.

    The answer is None where nothing can be answered.
    """
    topics = _asked(text)
    if visit is None or not visit.is_open(situation.now):
        return None, True
    said = [fact for topic in topics if (fact := _fact(topic, visit, situation))]
    rest = _WITHOUT_FACTS.search(plain(text)) is not None
    return (" ".join(said[:2]) or None), rest or len(said) < max(len(topics), 1) or len(said) > 2


# Asked beside what the facts hold: prices, insurance, papers, parking, other people.
_WITHOUT_FACTS = re.compile(
    r"\b(?:cost|price|pay|insurance|copay|bring|park\w*|phone|number|eat|drink|fast\w*|wear|call|results?"
    r"|prescription|refill"
    r"|cuesta|precio|seguro|pagar|llevar|estaciona\w*|aparcar|telefono|comer|ayun\w*|coute|prix|apporter"
    r"|mutuelle|parking"
    r"|manger|kostet|versicherung|mitbringen|parken|essen|nuchtern|custa|preco|convenio|levar|jejum|earlier"
    r"|sooner|available"
    r"|kids?|husband|wife|dog)\b"
)


def _asked(text: str) -> list[Topic]:
    line = plain(text)
    found = [topic for topic, pattern in _TOPICS if pattern.search(line)]
    if Topic.HOW_LONG in found and Topic.WHEN in found:
        found.remove(Topic.WHEN)
    return found


def _fact(topic: Topic, visit: Visit, situation: Situation) -> str | None:
    match topic:
        case Topic.WHEN | Topic.CANCEL:
            return phrase(topic.value, situation, visit)
        case Topic.CONFIRMED:
            sure = visit.confirmation == Confirmation.CONFIRMED
            return phrase("confirmed_yes" if sure else "confirmed_no", situation, visit)
        case Topic.WHERE:
            return phrase("where", situation, location=visit.location) if visit.location else None
        case Topic.WITH_WHOM:
            return phrase("with_whom", situation, provider=visit.provider) if visit.provider else None
        case Topic.WHAT:
            return phrase("what", situation, service=visit.service) if visit.service else None
        case Topic.HOW_LONG:
            return _how_long(visit, situation)


def _how_long(visit: Visit, situation: Situation) -> str | None:
    if visit.ends_at is None:
        return None
    minutes = str(visit.duration_minutes)
    end = spoken_clock(visit.ends_at, visit.timezone, situation)
    return phrase("ends", situation, minutes=minutes, end=end)
