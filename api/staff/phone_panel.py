"""The sandbox's phone beside the day: whoever looks can answer as the person who was texted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.staff import words
from api.staff.sandbox_phone import Bubble, SandboxPhone, control_of
from api.staff.times import WallClock
from api.staff.visitor import Visitor
from messaging.thread import sandbox_senders, texted_phones
from models.errors import NotFound, Unavailable
from models.phone_number import PhoneNumber

MOST_PHONES = 100
QUICK_ANSWERS = ("YES", "NO", "Can I come another day?")
_ON_SCREEN = {"delivered": "Delivered", "undelivered": "Not delivered", "failed": "Not sent"}


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that was texted: its number, and whose it is."""

    number: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the phone shows it."""

    id: str
    mine: bool
    body: str
    when: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The phone panel. sender: our number, to which an answer goes. trouble: why the phone cannot be shown."""

    phones: Sequence[Phone]
    shown: Phone | None
    sender: str | None
    sender_label: str
    texts: Sequence[Text]
    trouble: str | None = None
    quick_answers: Sequence[str] = QUICK_ANSWERS


async def panel_for(visitor: Visitor, number: str | None = None) -> Panel | None:
    """Return the panel with one phone, the last one texted where none is named.

    None where the practice has no number on the sandbox, or no sandbox runs. Raises NotFound for a phone that
    this practice has not texted.
    """
    senders, phones = await _phones(visitor)
    control = control_of(visitor.services) if senders else None
    if control is None:
        return None
    shown = _shown(phones, number)
    if shown is None:
        return Panel(phones, None, None, visitor.account.name, ())
    try:
        bubbles = _ours(await SandboxPhone(control, shown.number).texts(), senders)
    except Unavailable as fault:
        return Panel(phones, shown, None, visitor.account.name, (), trouble=fault.message)
    wall = WallClock.of(visitor.account)
    texts = [Text(one.id, one.mine, one.body, _when(one, wall)) for one in bubbles]
    sender = bubbles[-1].number if bubbles else senders[0].phone_number
    return Panel(phones, shown, sender, visitor.account.name, texts)


async def answer(visitor: Visitor, number: str, text: str) -> None:
    """Text the practice as a phone's owner. Raises NotFound, Unavailable."""
    panel = await panel_for(visitor, number)
    control = control_of(visitor.services) if panel is not None else None
    if panel is None or panel.shown is None or control is None:
        raise NotFound("phone", number)
    if panel.sender is None:
        raise Unavailable(panel.trouble or "The sandbox carrier does not answer.")
    await SandboxPhone(control, panel.shown.number).write(panel.sender, text)


async def _phones(visitor: Visitor) -> tuple[list[PhoneNumber], list[Phone]]:
    async with visitor.services.database.read() as session:
        senders = await sandbox_senders(session, visitor.account.id)
        if not senders:
            return [], []
        ids = [sender.id for sender in senders]
        texted = await texted_phones(session, visitor.account.id, ids, limit=MOST_PHONES)
    return senders, [Phone(number, _label(number, name)) for number, name in texted]


def _label(number: str, name: str | None) -> str:
    return f"{name}, {words.phone(number)}" if name else words.phone(number)


def _shown(phones: Sequence[Phone], number: str | None) -> Phone | None:
    if not number:
        return phones[0] if phones else None
    for phone in phones:
        if phone.number == number:
            return phone
    raise NotFound("phone", number)


def _ours(bubbles: Sequence[Bubble], senders: Sequence[PhoneNumber]) -> list[Bubble]:
    """Leave out what the phone's owner and other practices wrote to each other."""
    ours = {(sender.twilio_sid, sender.phone_number) for sender in senders}
    return [bubble for bubble in bubbles if (bubble.carrier_account, bubble.number) in ours]


def _when(bubble: Bubble, wall: WallClock) -> str:
    said = wall.moment(datetime.fromisoformat(bubble.at))
    status = None if bubble.mine else _ON_SCREEN.get(bubble.status)
    return f"{said} · {status}" if status else said
