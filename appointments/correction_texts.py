"""The words of a correction: the old time and the new one, in the person's language.

The new time is a variable, filled when the text leaves; the old one is said when the text is made. Written in
GSM-7 where the language bears it.
"""

from datetime import datetime

from appointments.lines import FALLBACK_LANGUAGE
from appointments.telling import Told
from messaging.local_time import zone
from messaging.visit_words import visit_values
from models.account import Account
from models.appointment import Appointment, Confirmation, Visit
from models.contact import Contact
from models.correction import Correction
from models.message import Kind

_NEW = {
    "en": "{{appointment.date}} at {{appointment.time}}",
    "es": "{{appointment.date}} a las {{appointment.time}}",
    "fr": "{{appointment.date}} à {{appointment.time}}",
    "de": "{{appointment.date}} um {{appointment.time}}",
    "pt": "{{appointment.date}}, {{appointment.time}}",
}
_MOVED = {
    "en": "{{account.name}}: your appointment of OLD has moved to NEW.",
    "es": "{{account.name}}: su cita del OLD se ha cambiado al NEW.",
    "fr": "{{account.name}} : votre rendez-vous du OLD est déplacé au NEW.",
    "de": "{{account.name}}: Ihr Termin am OLD wurde verschoben auf NEW.",
    "pt": "{{account.name}}: sua consulta de OLD passou para NEW.",
}
_ON_AGAIN = {
    "en": "{{account.name}}: your appointment is on after all: NEW.",
    "es": "{{account.name}}: su cita sigue en pie: NEW.",
    "fr": "{{account.name}} : votre rendez-vous est maintenu : NEW.",
    "de": "{{account.name}}: Ihr Termin findet doch statt: NEW.",
    "pt": "{{account.name}}: sua consulta continua marcada: NEW.",
}
_ASK = {
    "en": " Reply YES if you will come or NO if you cannot.",
    "es": " Responda SI si viene o NO si no puede.",
    "fr": " Répondez OUI si vous venez ou NON si vous ne pouvez pas.",
    "de": " Antworten Sie JA, wenn Sie kommen, oder NEIN, wenn Sie nicht können.",
    "pt": " Responda SIM se vem ou NAO se não pode.",
}
_CANCELLED = {
    "en": "{{account.name}}: your appointment of OLD has been cancelled.",
    "es": "{{account.name}}: su cita del OLD ha sido cancelada.",
    "fr": "{{account.name}} : votre rendez-vous du OLD est annulé.",
    "de": "{{account.name}}: Ihr Termin am OLD wurde abgesagt.",
    "pt": "{{account.name}}: sua consulta de OLD foi cancelada.",
}
_RELEASED = {
    "en": "{{account.name}}: your appointment of OLD was not confirmed in time, so it has been cancelled.",
    "es": "{{account.name}}: su cita del OLD no se confirmó a tiempo y ha sido cancelada.",
    "fr": "{{account.name}} : votre rendez-vous du OLD n'a pas été confirmé à temps, il est annulé.",
    "de": "{{account.name}}: Ihr Termin am OLD wurde nicht rechtzeitig bestätigt und daher abgesagt.",
    "pt": "{{account.name}}: sua consulta de OLD não foi confirmada a tempo e foi cancelada.",
}


def correction_text(
    correction: Correction, account: Account, subject: Appointment, contact: Contact, told: Told | None
) -> tuple[Kind, str]:
    """Return what kind of text tells how a visit now stands, and its template.

    subject: the visit, or the one that replaces it. told: what the last text said of it, None where none did.
    One that is on asks for a YES or NO where there is none yet.
    """
    old = told.start if told is not None else correction.old_start
    if subject.status is Visit.CANCELLED:
        texts = _RELEASED if correction.released else _CANCELLED
        return Kind.CANCELLATION, _filled(texts, account, subject, contact, old)
    on_again = told is not None and told.cancelled and told.start == subject.starts_at
    words = _filled(_ON_AGAIN if on_again else _MOVED, account, subject, contact, old)
    ask = _ASK[_language(contact)] if subject.confirmation is Confirmation.PENDING else ""
    return Kind.CORRECTION, words + ask


def _filled(
    texts: dict[str, str], account: Account, appointment: Appointment, contact: Contact, old: datetime
) -> str:
    language = _language(contact)
    said = visit_values(
        account_name=account.name,
        contact_name=contact.name,
        starts_at=old,
        place=zone(appointment.timezone),
        contact_place=zone(contact.timezone) if contact.timezone else None,
        language=contact.language or FALLBACK_LANGUAGE,
    )
    when = _NEW[language]
    for name in ("appointment.date", "appointment.time"):
        when = when.replace(f"{{{{{name}}}}}", said[name])
    return texts[language].replace("NEW", _NEW[language]).replace("OLD", when)


def _language(contact: Contact) -> str:
    root = (contact.language or FALLBACK_LANGUAGE).replace("_", "-").split("-")[0].lower()
    return root if root in _NEW else FALLBACK_LANGUAGE
