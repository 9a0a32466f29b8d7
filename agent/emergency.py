"""Words that call for help at once, in the languages of the plans. They are read before anything else."""

import re

from agent.normalise import spoken

_EMERGENCY = re.compile(
    r" (?:"
    # English
    r"(?:having |have |got )(?:bad |severe |terrible |strong |a )?(?:chest pains?|heart attack|stroke|seizures?)"
    r"|chest pains?|heart attack|(?:cant|can't|cannot|can not|trouble|hard to|difficulty"
    r"|unable to) breath(?:e|ing)"
    r"|(?:wont|won't|cant|can't|cannot|doesnt|doesn't) stop bleeding|bleeding (?:a lot|heavily|badly|out)"
    r"|overdos(?:e|ed|ing)|suicid(?:e|al)|kill myself|killing myself|end my life|want to die|hurt myself"
    r"|self harm"
    r"|(?:call|calling|called|need) (?:911|999|112|an ambulance)|(?:need|send) an ambulance|medical emergency"
    r"|(?:is|was|he's|she's|im|i'm|i am|am) (?:having a stroke|unconscious|not breathing|choking)"
    r"|anaphyla\w+|throat is (?:closing|swelling)|passed out and"
    # Spanish
    r"|dolor (?:fuerte |muy fuerte )?(?:en el|de) pecho|(?:no puedo|no puede|me cuesta) respirar"
    r"|(?:no (?:puedo|deja) de|no para de) sangrar|sangr(?:o|ando|a) mucho|ataque al corazon|infarto|suicid\w+"
    r"|quiero morir(?:me)?|matarme|quitarme la vida|sobredosis|(?:llam\w+|necesito) (?:al 911|al 112"
    r"|una ambulancia)"
    r"|emergencia medica|derrame cerebral"
    # French
    r"|douleurs? (?:a la|dans la) poitrine|(?:n'arrive plus|arrive plus|n'arrive pas|arrive pas) a respirer"
    r"|crise cardiaque|(?:me|veux me) (?:suicider|tuer)|veux mourir|(?:appel\w+|besoin d'une) (?:le 15"
    r"|ambulance)"
    r"|urgence medicale|saigne beaucoup|arrete pas de saigner"
    # German
    r"|brustschmerzen|schmerzen in der brust|(?:bekomme|kriege) keine luft|kann nicht (?:mehr )?atmen"
    r"|herzinfarkt"
    r"|schlaganfall|(?:mich|mir) (?:umbringen|das leben nehmen)|will (?:nicht mehr leben|sterben)|selbstmord"
    r"|(?:brauche|ruf\w*) (?:einen )?(?:krankenwagen|notarzt)|blutet stark|hort nicht auf zu bluten"
    # Portuguese
    r"|dor(?:es)? no peito|nao (?:consigo|consegue) respirar|ataque cardiaco|me matar|quero morrer"
    r"|(?:chamar|preciso de) uma ambulancia|emergencia medica|sangrando muito|nao para de sangrar"
    r") "
)
_CALM = re.compile(r" (?:not an? emergency|no es (?:una )?emergencia|kein notfall|pas une urgence) ")


def has_emergency_words(text: str) -> bool:
    """Whether the text says that somebody may be in danger now."""
    line = spoken(text)
    return bool(_EMERGENCY.search(line)) and not _CALM.search(line)
