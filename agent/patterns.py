"""Phrases that ask for no more texts, in the languages of the plans; a missed one does harm."""

import re

from agent.normalise import plain

_PHRASES = re.compile(
    r"\b(?:stop|quit|cease|no more|don'?t|do not|dont|never) (?:\w+ ){0,3}(?:text(?:ing|s)?|txt(?:ing|s)?"
    r"|messag(?:e|es|ing)|sms|contact(?:ing)?) ?(?:me|us)?\b"
    r"(?!.{0,20}\b(?:drive|driving|today|right now|yet|late|before)\b)"
    r"|\b(?:unsubscribe|opt(?:ing)?[ -]?(?:me )?out|take me off|remove (?:me|my (?:number|phone))"
    r"|get me off|delete my (?:number|phone)|lose my number|leave me alone)\b"
    r"|\bno (?:quiero|deseo) (?:recibir )?(?:mas )?(?:sus |estos )?(?:mensajes|textos|sms)"
    r"|\bya no (?:quiero recibir|me (?:manden|envien|escriban|mande|envie))"
    r"|\bno me (?:manden|envien|escriban|mande|envie|escriba|textee|texteen) ?(?:mas|mensajes)"
    r"|\bdejen? de (?:enviar|mandar|escribir|textear|molestar)"
    r"|\b(?:quitenme|borrenme|eliminenme|saquenme|denme de baja|dar(?:me)? de baja)"
    r"|\b(?:arretez|cessez) (?:de m'|de |les |vos )(?:envoyer|ecrire|contacter|messages|sms)"
    r"|\bne (?:m'ecrivez|m'envoyez|me contactez) plus|\bplus de (?:messages|sms)|\bdesabonn|\bdesinscri"
    r"|\bkeine (?:weiteren |mehr )?(?:nachrichten|sms)(?: mehr)?|\bhoren sie auf|\b(?:schreiben|schreibt"
    r"|schicken|schickt|kontaktieren) (?:sie )?mir (?:bitte )?(?:nicht|nichts|keine) mehr"
    r"|\babmelden von (?:den )?nachrichten|\bnicht mehr (?:anschreiben|kontaktieren)"
    r"|\bnao (?:quero|desejo) (?:mais )?receber|\bpare(?:m)? de (?:mandar|enviar|me)|\bnao me (?:mande"
    r"|mandem|envie|enviem) mais|\bremov(?:a|am) meu numero|\bdescadastr"
    r"|\bdon'?t (?:bug|bother|annoy|harass|disturb) (?:me|us)\b|\b(?:phone )?calls? only\b"
    r"|\bonly (?:phone )?calls\b"
    r"|\benough (?:texts|messages|already|is enough)|\b(?:i'?m |im )?block(?:ing|ed) (?:you|this|u)\b"
    r"|\bcancel (?:the |these |my |all |text )*(?:texts?|messages|alerts|notifications|reminders|subscription)\b"
    r"|\bno (?:more )?(?:txts?|texts?|msgs?|sms|texting)\b|\bturn (?:off|these off)"
    r"|\bstopp?(?: it| this| that| now| already| please| pls| plz)*$"
    r"|\bno (?:quiero|kiero|deseo|necesito|mas|manden?|envien?) (?:\w+ ){0,2}(?:msjs?|mensajes?|textos?|sms"
    r"|recordatorios)\b"
    r"|\bno (?:me )?(?:busquen|molesten?|moleste|perturbem?|fastidien|escriban?|texteen)\b|\bcomo (?:paro"
    r"|quito) "
    r"|\b(?:cancelar|quitar|apagar|desactivar|desactiven|suspender) (?:\w+ )?(?:avisos|alertas"
    r"|recordatorios|mensajes)\b"
    r"|\b(?:eliminame|borrame|quitame|sacame|eliminenme|borrenme)\b|\bje vous bloque|\bich blockiere"
    r"|\bhor(?:t|en sie)? auf\b"
    r"|\bme deixe?m? em paz|\bdejen?me en paz|\blassen sie mich|\blasst mich in ruhe|\blaissez[- ]moi tranquille"
    r"|\bparar? de receber|\bdejar de recibir|\bsalir(?:me)? de la lista|\bsair da lista"
)

# "I'll stop by", "can't stop bleeding", "stop taking my meds": the word, but not the wish.
_LOOK_ALIKES = re.compile(
    r"\b(?:never|didn'?t|did not) (?:say|said|ask|asked|tell|told)\b.{0,16}\bstop|\bkeep (?:texting|sending"
    r"|the texts|messaging)"
    r"|\bsig(?:an|a) (?:mandando|enviando|escribiendo)|"
    r"\bstop(?:ped|ping|s)? (?:by|in|at|over|off|for|bleeding|taking|smoking|drinking|eating|using|wearing"
    r"|breastfeeding|my (?:meds?|pills?|medic\w+|antibiotics|blood)|the (?:meds|pain"
    r"|bleeding|blood|med)|throwing|crying|coughing|itching|hurting|working)\b|\b(?:can'?t|cant|won'?t|wont"
    r"|doesn'?t|doesnt|didn'?t|never|don'?t) stop\b"
    r"|\b(?:bus|train|metro|subway) stop\b|\bnon-?stop\b|\bdon'?t (?:text|message) (?:and|while"
    r"|me (?:right now|yet|before|till|until|today|now))"
    r"|\bno (?:para|deja) de\b|\bdejar? de (?:fumar|tomar|comer|doler|sangrar)\b"
)


# "Take me off the schedule" speaks of the visit.
_OF_THE_VISIT = re.compile(
    r"\b(?:take|remove|get|pull|scratch) (?:\w+ ){1,3}(?:off|from) (?:the |your )?(?:schedule|calendar"
    r"|books?|waitlist|appointments?)\b"
    r"|\b(?:off|list|us|me) for (?:tonight|today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|the \d)"
    r"|\bopt(?:ing)? out of (?:the |my |this )?(?:surgery|procedure|appointment|visit|treatment|exam)\b"
    r"|\bbaja (?:\w+ )?(?:la |mi )?cita\b|\btomorrow's appointments?"
)


def looks_alike(text: str) -> bool:
    """Whether the text has the words, but speaks of something else."""
    return _LOOK_ALIKES.search(plain(text)) is not None


def opts_out(text: str) -> bool:
    """Whether the text says outright that the person wants no more texts."""
    line = plain(text)
    return bool(_PHRASES.search(line)) and not _LOOK_ALIKES.search(line) and not _OF_THE_VISIT.search(line)
