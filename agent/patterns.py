"""Phrases that say an intent outright, in the languages of the plans; applied to the plain form of a text."""

import re

from agent.decision import Intent

_OPT_OUT = (
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
)
_WRONG_NUMBER = (
    r"\bwrong (?:number|#|num\b|no\b|nbr|person|phone|guy|lady)|\bnot (?:his|her|their) (?:number|phone"
    r"|cell)|\b(?:isn'?t|is not|aint|ain't|not) (?:\w+'?s? ){1,2}(?:number|phone|cell)\b"
    r"|\b(?:no one|nobody|noone) (?:here )?(?:by|with|named|called)|\bwho'?s (?:\w+)\?$|\bi'?m not (?:him"
    r"|her|that person)\b|\bdon'?t know (?:any|anyone|anybody|a|who) (?!it|what)"
    r"|\b(?:new|changed) (?:number|owner)|\bnumero (?:equivocado|incorrecto|errado)|\bse equivoc(?:o|aron"
    r"|a) de (?:numero|persona)|\b(?:persona|telefono) equivocad[oa]|\bno soy (?:esa persona|el|ella)\b"
    r"|\b(?:mauvais|faux) numero|\bvous vous trompez|\berreur de numero|\bfalsche (?:nummer|person)"
    r"|\bfalsch verbunden|\bverwahlt|\bnumero errado|\bengano\b|\bnao sou (?:ele|ela|essa)"
)
_RUNNING_LATE = (
    r"\b(?:running|runnin|gonna be|going to be|will be|i'?ll be|be|bit|little|mins?|minutes?|slightly"
    r"|few) (?:\w+ ){0,3}(?:late|behind)\b|\b(?:stuck|caught|sitting) in (?:\w+ )?traffic|\btraffic (?:is"
    r"|on|jam)"
    r"|\brunning (?:about |bout )?\d+|\bon my way\b|\bomw\b|\bbe there in \d+|\b(?:train|bus|flight|tram"
    r"|metro) (?:is |was )?(?:late|delayed|cancelled)|\blooking for (?:a )?parking|\bcan'?t find parking"
    r"|\b(?:llego|llegare|llegaremos|voy|estoy|vamos) (?:\w+ )?(?:tarde|retrasad|con retraso|en camino)"
    r"|\b\d+ min(?:utos?)? (?:tarde|de retraso)|\bhay (?:mucho )?trafico|\batascad|\bvoy en camino"
    r"|\b(?:en|du) retard|\bj'arrive (?:dans|avec)|\bembouteillage|\bbouchons?\b|\bverspat"
    r"|\bkomme (?:etwas |ca |\d+ )?(?:min\w* )?(?:zu )?spat|\bstau\b|\bunterwegs\b|\batrasad"
    r"|\bvou (?:me )?atrasar|\bno transito|\bchego em"
)
_RESCHEDULE = (
    r"\b(?:re-?schedul\w*|resched\w*|rebook\w*|re-?book)\b|\b(?:change|move|switch|push|bump|swap|shift"
    r"|postpone|delay) (?:\w+ ){0,3}(?:appt|appointment|time|date|visit|it|to|back|day|up)\b"
    r"|\b(?:another|different|other|new|later|earlier|better) (?:time|day|date|slot|appointment|week)"
    r"|\b(?:earlier|later)\?|\b(?:any|anything) (?:\w+ )?(?:available|open|openings?|on|for)?\s?(?:mon|tue"
    r"|wed|thu|fri|sat|sun|next|later|earlier|this|in the)"
    r"|\b(?:make|do|try) it (?:\w+ )?(?:for|at|on|\d|mon|tue|wed|thu|fri|sat|sun|later|earlier|next|after)"
    r"|\binstead\b|\brain ?check|\bwhat else do you have|\b(?:can|could) (?:i|we) (?:come|do|make it"
    r"|have) (?:\w+ ){0,2}(?:mon|tue|wed|thu|fri|sat|sun|\d|tomorrow|next|later|earlier)"
    r"|\b(?:reprogram|reagend|re-agend|cambi|mover|moverla|pospon|aplaz|recorr)\w*|\b(?:otro|otra) (?:dia"
    r"|hora|horario|fecha|cita|momento)|\bmas (?:tarde|temprano)\b.*\?|\bse puede (?:el|a las|para)"
    r"|\bpodemos (?:hacerlo|dejarlo|el)"
    r"|\b(?:reporter|deplacer|decaler|changer|repousser|avancer)\b|\bautre (?:jour|date|heure|horaire"
    r"|creneau|moment)|\b(?:verschieb|verleg|umbuch|umleg)\w*|\banderen? (?:termin|tag|zeit|uhrzeit)"
    r"|\bgeht (?:es )?auch"
    r"|\b(?:remarc|reagend|adiar|mudar|trocar|alterar|transferir)\w*|\boutr[oa] (?:dia|hora|horario|data)"
)
_DECLINE = (
    r"\bcancel\w*|\b(?:can'?t|cannot|can not|cant|couldn'?t|won'?t|wont|will not|unable to|not able to"
    r"|not going to|not gonna|aren'?t going to) (?:be able to )?(?:\w+ )?(?:make|come|attend|be there|go"
    r"|do it|be in|keep)\b|\bnot (?:coming|attending|going|gonna make)"
    r"|\bno longer (?:need|coming|want|able)|\bdon'?t need (?:the|this|my|it|an?) ?(?:appt|appointment"
    r"|visit|anymore)?|\bfound (?:another|a different|someone else)|\bnot interested|\b(?:went"
    r"|going) (?:with|to) (?:another|someone|somewhere)"
    r"|\bwill have to (?:miss|pass|skip)|\b(?:gotta|have to|need to) (?:miss|skip|pass)|\bgive (?:my"
    r"|the) (?:slot|spot|appointment)|\bcall it off"
    r"|\b(?:anul|cancel|desmarc)\w*|\bno (?:puedo|podre|podremos|voy a poder|vamos a poder|voy a ir|ire"
    r"|iremos|voy|vamos|asistire|podre|alcanzo|llego)\b|\bno (?:necesito|quiero) (?:la|mas la|esa) cita"
    r"|\bme es imposible|\bimposible (?:ir|asistir)"
    r"|\bannul\w*|\bne (?:peux|pourrai|pourrais|serai|viendrai|viens) (?:pas|plus)|\bje ne (?:peux|pourrai"
    r"|viens|viendrai)|\b(?:peux|pourrai|viens|viendrai) pas\b|\bempechement"
    r"|\b(?:absag|stornier)\w*|\b(?:sage|sagen) .{0,20}\bab\b|\b(?:kann|konnen|komme|schaffe"
    r"|kommen) (?:\w+ ){0,4}nicht\b|\bnicht (?:kommen|schaffen)|\b(?:nao (?:vou|posso|poderei|consigo|irei"
    r"|vamos|conseguirei))\b"
)
_CONFIRM = (
    r"^(?:yes|yep|yeah|yup|yess|ya|yea|y|ok|okay|k|kk|sure|confirm(?:ed|ing)?|absolutely|definitely"
    r"|of course|sounds good|perfect|great|will do|see you|see ya|correct|affirmative|good|c)\b"
    r"|\b(?:i'?ll|we'?ll|i will|we will|ill|will|he'?ll|she'?ll|they'?ll|he will"
    r"|she will) (?:definitely )?be (?:there|coming|in)\b|\bsee (?:you|u|ya)\b|\bcount (?:me|us) in"
    r"|\b(?:that )?works\b|\bi'?m coming|\bcoming\b|\b(?:i|we)(?:'?m|'?re| am| are) (?:here|outside"
    r"|in the (?:car ?park|parking|lobby|waiting)|good|all set|ready)|\balready (?:here|in)"
    r"|^(?:si|sip|claro|por supuesto|de acuerdo|vale|bueno|perfecto|confirmo|confirmad[oa]|ok|okey|listo"
    r"|correcto|asi es)\b|\b(?:ahi|alli) (?:estare|estaremos|nos vemos)|\bnos vemos|\bcuenten conmigo"
    r"|\bconfirmo|\bvoy a (?:ir|asistir|estar)|\bestare (?:ahi|alli)"
    r"|^(?:oui|ouais|d'accord|bien sur|parfait|je confirme|entendu|c'est bon|ca marche)\b|\bje (?:serai"
    r"|viens|confirme)|\ba demain|^(?:ja|jep|jo|jawohl|klar|passt|gerne|bestatig\w*|in ordnung"
    r"|einverstanden)\b|\b(?:ich|wir) komme|\bbin da\b|\bbis (?:dann|morgen)"
    r"|^(?:sim|claro|com certeza|confirmo|confirmad[oa]|combinado|pode confirmar|beleza|certo|estarei"
    r"|ta bom)\b|\bestarei (?:la|ai)|\bestaremos (?:la|ai)|\bpode confirmar"
)
_THANKS = (
    r"^(?:ok(?:ay)? )?(?:thank|thanks|thx|tks|ty|tysm|thnx|tanks|many thanks|much appreciated|appreciate"
    r"|appreciated|cheers|gracias|muchas gracias|mil gracias|merci|danke|vielen dank|dankeschon|obrigad[oa]"
    r"|muito obrigad[oa]|valeu)\b"
    r"|\b(?:thank you|thanks|appreciate it|gracias|merci|danke|obrigad[oa])[\s!.]*$"
)
_QUESTION = (
    r"\?|^(?:what|when|where|who|how|which|why|is|are|do|does|did|can|could|will|would|should|que|cual"
    r"|cuando|donde|quien|como|cuanto|hay|a que|quel|quelle|quand|ou|qui|comment|combien|est-ce|wann|wo|wer"
    r"|wie|was|welche|qual|quando|onde|quem|quanto|tem)\b"
)
_OTHER = (
    r"\b(?:maybe|not sure|might|don'?t know|dunno|idk|let me (?:check|see|think|get back)|get back to you"
    r"|possibly|perhaps|unsure|will see|we'?ll see|call me|can (?:you|someone) call|have to check"
    r"|need to check|depends)\b"
    r"|\b(?:quizas?|tal vez|a lo mejor|no (?:se|estoy segur)|dejame (?:ver|checar|revisar)|dejeme (?:ver"
    r"|checar)|llamame|llamenme|depende)\b|\b(?:peut-etre|je ne sais pas|pas sur|rappelez|vielleicht"
    r"|weiss (?:ich )?(?:noch )?nicht|mal sehen|talvez|nao sei|vou ver|me liga)\b"
)

PATTERNS: dict[Intent, re.Pattern[str]] = {
    Intent.OPT_OUT: re.compile(_OPT_OUT),
    Intent.WRONG_NUMBER: re.compile(_WRONG_NUMBER),
    Intent.RUNNING_LATE: re.compile(_RUNNING_LATE),
    Intent.RESCHEDULE: re.compile(_RESCHEDULE),
    Intent.DECLINE: re.compile(_DECLINE),
    Intent.OTHER: re.compile(_OTHER),
    Intent.CONFIRM: re.compile(_CONFIRM),
    Intent.QUESTION: re.compile(_QUESTION),
    Intent.THANKS: re.compile(_THANKS),
}
"""In order of weight: of two that match, the earlier is what the text is about."""


def matching(line: str) -> list[Intent]:
    """The intents whose phrases stand in a plain text, the weightiest first."""
    return [intent for intent, pattern in PATTERNS.items() if pattern.search(line)]
