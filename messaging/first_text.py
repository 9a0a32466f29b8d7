"""The first automatic text from a sender to a number names the practice and says how to stop.

What the wording lacks of it is added on a line of its own. Texts that a person or a program asked for by
`POST /v1/sms`, and answers to the person's own, are not automatic.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.recipients import find_recipient
from messaging.wording import Wording
from models.base import table_of
from models.message import AUTOMATIC, AWAITING_CARRIER, REACHED_CARRIER, Message

LONGEST_TEXT = 1600

# STOP is what carriers everywhere understand; written in GSM-7, so that it makes no text longer than it must be.
_HOW_TO_STOP = {
    "en": "Reply STOP to opt out.",
    "es": "Responda STOP para no recibir mensajes.",
    "fr": "Répondez STOP pour ne plus en recevoir.",
    "de": "Antworten Sie STOP, um keine mehr zu erhalten.",
    "pt": "Responda STOP para cancelar as mensagens.",
}
_SAYS_STOP = re.compile(
    r"\b(?:STOP|STOPP|ALTO|BASTA|PARAR|ARRET|ARRÊT|UNSUBSCRIBE)\b"
    r"|\b(?i:reply|text|send|answer|responda|responde|env[ií]e|r[ée]pondez|envoyez|antworten|senden)\b"
    r"[^.!?\n]{0,30}\b(?i:stop)\b"
)

_m = table_of(Message)
# A text whose fate at the carrier is not known yet may have reached it.
_TOLD = (
    select(_m.c.recipient_id, _m.c.from_number)
    .where(
        _m.c.recipient_id.in_(bindparam("recipients", expanding=True)),
        _m.c.kind.in_(AUTOMATIC),
        _m.c.status.in_((*REACHED_CARRIER, *AWAITING_CARRIER)),
    )
    .distinct()
)

Pair = tuple[str, str]


def is_automatic(row: Mapping[str, Any]) -> bool:
    """Tell whether a text was made by no person at that moment."""
    return row["kind"] in AUTOMATIC


async def acquainted(session: AsyncSession, recipient_ids: Collection[str]) -> set[Pair]:
    """Return the pairs (recipient id, sender) of which an automatic text has reached the carrier before."""
    if not recipient_ids:
        return set()
    rows = await session.execute(_TOLD, {"recipients": list(recipient_ids)})
    return {(recipient_id, sender) for recipient_id, sender in rows.all()}


async def is_first(session: AsyncSession, account_id: str, to_number: str, sender: str) -> bool:
    """Tell whether the next automatic text from a sender to a number would be the first."""
    recipient = await find_recipient(session, account_id, to_number)
    return recipient is None or (recipient.id, sender) not in await acquainted(session, [recipient.id])


def introduced(wording: Wording, *, account_name: str, language: str | None) -> Wording:
    """Return a first text with what it lacks on a line of its own; as it is, where that makes it too long."""
    line = lacking(wording.text, account_name=account_name, language=language)
    whole = f"{wording.text.rstrip()}\n{line}"
    return wording if not line or len(whole) > LONGEST_TEXT else Wording(whole, wording.missing)


def lacking(text: str, *, account_name: str, language: str | None) -> str:
    """Return the line that a first text lacks: who texts, how to stop, or both; empty where it says both."""
    name = " ".join(account_name.split())
    parts = []
    if name and name.casefold() not in " ".join(text.split()).casefold():
        parts.append(name)
    if not _SAYS_STOP.search(text):
        parts.append(_how_to_stop(language))
    return ": ".join(parts)


def _how_to_stop(language: str | None) -> str:
    root = (language or "en").replace("_", "-").split("-")[0].lower()
    return _HOW_TO_STOP.get(root, _HOW_TO_STOP["en"])
