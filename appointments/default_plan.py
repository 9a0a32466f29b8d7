"""The built-in plan: a week before, a day before asking for YES or NO, and two hours before if still unconfirmed.

The texts are written without the accented letters that are not in GSM-7 where the language bears it: one such
letter turns a text of 160 characters into one of 70.
"""

from dataclasses import replace

from appointments.lines import FALLBACK_LANGUAGE, PENDING_WORD, Line

# The date says the day of the week as well.
_WHEN = "{{appointment.date}}"

_TEXTS: dict[str, tuple[str, str, str]] = {
    "en": (
        "{{account.name}}: your appointment is on " + _WHEN + " at {{appointment.time}}.",
        "{{account.name}}: your appointment is on " + _WHEN + " at {{appointment.time}}. "
        "Reply YES if you will come or NO if you cannot.",
        "{{account.name}}: we expect you on {{appointment.weekday}} at {{appointment.time}}. "
        "If you cannot come, please tell us by answering this text.",
    ),
    "es": (
        "{{account.name}}: su cita es el " + _WHEN + " a las {{appointment.time}}.",
        "{{account.name}}: su cita es el " + _WHEN + " a las {{appointment.time}}. "
        "Responda SI si viene o NO si no puede.",
        "{{account.name}}: le esperamos el {{appointment.weekday}} a las {{appointment.time}}. "
        "Si no puede venir, avise por este mismo medio.",
    ),
    "fr": (
        "{{account.name}} : votre rendez-vous est le " + _WHEN + " à {{appointment.time}}.",
        "{{account.name}} : votre rendez-vous est le " + _WHEN + " à {{appointment.time}}. "
        "Répondez OUI si vous venez ou NON si vous ne pouvez pas.",
        "{{account.name}} : nous vous attendons {{appointment.weekday}} à {{appointment.time}}. "
        "Si vous ne pouvez pas venir, merci de nous prévenir par retour de SMS.",
    ),
    "de": (
        "{{account.name}}: Ihr Termin ist am " + _WHEN + " um {{appointment.time}}.",
        "{{account.name}}: Ihr Termin ist am " + _WHEN + " um {{appointment.time}}. "
        "Antworten Sie JA, wenn Sie kommen, oder NEIN, wenn Sie nicht können.",
        "{{account.name}}: Wir erwarten Sie am {{appointment.weekday}} um {{appointment.time}}. "
        "Wenn Sie nicht kommen können, geben Sie uns bitte mit einer SMS Bescheid.",
    ),
    "pt": (
        "{{account.name}}: sua consulta é em " + _WHEN + ", {{appointment.time}}.",
        "{{account.name}}: sua consulta é em " + _WHEN + ", {{appointment.time}}. "
        "Responda SIM se vem ou NAO se não pode.",
        "{{account.name}}: esperamos por si em {{appointment.weekday}}, {{appointment.time}}. "
        "Se não puder vir, avise por esta via.",
    ),
}


def default_lines(language: str | None) -> tuple[Line, ...]:
    """Return the built-in plan in a language such as `es-MX`; English where it has no texts in it."""
    week, day, hours = _TEXTS[_written(language)]
    return (
        Line(before="P7D", message=week),
        Line(before="P1D", message=day),
        Line(before="PT2H", message=hours, only_if=(PENDING_WORD,)),
    )


def in_language(line: Line, language: str | None) -> Line:
    """Return a line in another language: one of the built-in plan, or one with texts of several languages."""
    if line.texts:
        return line.in_language(language)
    for texts in _TEXTS.values():
        if line.message in texts:
            translated = _TEXTS[_written(language)][texts.index(line.message)]
            return replace(line, message=translated)
    return line


def _written(language: str | None) -> str:
    root = (language or FALLBACK_LANGUAGE).replace("_", "-").split("-")[0].lower()
    return root if root in _TEXTS else FALLBACK_LANGUAGE
