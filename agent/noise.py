"""Texts that a telephone wrote, not a person: tapbacks and answers of driving and sleeping modes."""

import re
from enum import StrEnum

from agent.normalise import plain


class Noise(StrEnum):
    """What kind of machine-made text it is."""

    TAPBACK = "tapback"
    DISLIKE = "dislike"
    AUTO_REPLY = "auto_reply"


_QUOTED = (
    r"\s+(?:(?:an?|un|une|eine?|uma?|a|the)\s+)?(?:\"|«|„|''|image|imagen|photo|foto|bild|imagem|message"
    r"|mensaje)"
)
_TAPBACK = re.compile(
    r"^(?:liked|loved|laughed at|emphasi[sz]ed|reacted .{1,12} to|removed an? .{1,20} from|"
    r"(?:le gusto|le encanto|me gusto|me encanto|se rio de|se rio con|enfatizo|reacciono con .{1,12} a)|"
    r"(?:a aime|a adore|j'aime|a ri (?:de|a)|a mis l'accent sur|a reagi .{1,12} a)|"
    r"(?:gefallt|gefallt mir|hat .{1,12} reagiert auf|liebt|lacht uber|hervorgehoben)|"
    r"(?:curtiu|gostou de|adorou|amou|riu de|enfatizou|reagiu com .{1,12} a))" + _QUOTED
)
_DISLIKE = re.compile(
    r"^(?:disliked|questioned|no le gusto|cuestiono|pregunto sobre|n'a pas aime|s'est interroge sur|"
    r"mag nicht|hinterfragt|nicht gefallen|nao curtiu|nao gostou de|questionou)" + _QUOTED
)
_REACTION = re.compile('^\u200a?\u200b?[^\\w\\s]{1,3}\\s*(?:to|a|zu|para)\\s+"')
_AUTO_REPLY = re.compile(
    r"(?:do not disturb while driving|(?:i'm|i am|im) (?:currently )?driving (?:right now |now |at the moment )?"
    r"(?:(?:with|and) .{0,40}(?:turned on|focus|notifications)|(?:and|so|-|–|—|,|\.)?\s*(?:i )?(?:will|i'll"
    r"|'ll|can't|cannot)"
    r" .{0,30}(?:reply|respond|get back|message|text|see))"
    r"|with (?:my )?(?:driving )?focus (?:turned )?on|(?:i am not|i'm not|not) receiving notifications"
    r"|(?:sent|this is an?) (?:from )?(?:an )?auto(?:matic|mated)?[- ]?(?:reply|response|message|text)"
    r"|\bauto[- ]?(?:reply|response)\b"
    r"|\[auto\]|out of (?:the )?office|on (?:annual|vacation|parental|maternity) leave|(?:inbox"
    r"|mailbox) (?:is )?(?:not )?monitored"
    r"|(?:i'll|i will) (?:see|get) your message (?:when|later)|sorry,? i can't talk right now"
    r"|can't talk (?:right )?now\. what's up|can i call you later\?$"
    r"|estoy conduciendo|estoy manejando (?:ahora|en este momento|y)|respuesta automatica"
    r"|mensaje automatico|fuera de la oficina"
    r"|modo (?:conduccion|no molestar)|je conduis|reponse automatique|message automatique|absent du bureau"
    r"|je suis au volant"
    r"|ich fahre (?:gerade|im moment)|automatische (?:antwort|nachricht)|abwesenheitsnotiz|nicht im buro"
    r"|estou (?:dirigindo|conduzindo|a conduzir)|resposta automatica|mensagem automatica|fora do escritorio)"
)


def noise_of(text: str) -> Noise | None:
    """What kind of machine-made text it is; None for a person's own words."""
    line = plain(text)
    if _DISLIKE.search(line):
        return Noise.DISLIKE
    if _TAPBACK.search(line) or _REACTION.search(line):
        return Noise.TAPBACK
    return Noise.AUTO_REPLY if _AUTO_REPLY.search(line) else None
