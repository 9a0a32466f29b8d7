"""What a person is told when they stop, start or ask for help, in the languages of the plans."""

_STOPPED = {
    "en": "{name}: you will get no more texts from us. Reply START to get them again.",
    "es": "{name}: no recibirá más mensajes nuestros. Responda START para volver a recibirlos.",
    "fr": "{name} : vous ne recevrez plus de SMS de notre part. Répondez START pour les recevoir à nouveau.",
    "de": "{name}: Sie erhalten keine SMS mehr von uns. Antworten Sie START, um sie wieder zu erhalten.",
    "pt": "{name}: não receberá mais mensagens nossas. Responda START para voltar a recebê-las.",
}
_STARTED = {
    "en": "{name}: you will get our texts again. Reply STOP to end them.",
    "es": "{name}: volverá a recibir nuestros mensajes. Responda STOP para dejar de recibirlos.",
    "fr": "{name} : vous recevrez à nouveau nos SMS. Répondez STOP pour ne plus les recevoir.",
    "de": "{name}: Sie erhalten unsere SMS wieder. Antworten Sie STOP, um sie zu beenden.",
    "pt": "{name}: voltará a receber as nossas mensagens. Responda STOP para deixar de as receber.",
}


def stopped_text(language: str, account_name: str) -> str:
    """Return the one confirmation of an opt-out. Source: 47 CFR 64.1200(a)(12), without any marketing."""
    return _in(_STOPPED, language).format(name=account_name)


def started_text(language: str, account_name: str) -> str:
    """Return the confirmation that texts come again."""
    return _in(_STARTED, language).format(name=account_name)


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language.replace("_", "-").split("-")[0].lower(), texts["en"])
