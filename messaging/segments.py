"""How many segments a text takes, and which characters make it dear (GSM 03.38; shared by all carriers)."""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

GSM_7 = "GSM-7"
UCS_2 = "UCS-2"
# What fits into a text of one segment, and into each segment of a longer one, in units.
_ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}


@dataclass(frozen=True)
class Segments:
    """What a text costs. `forcing` are the characters, each once, that made it UCS-2."""

    encoding: str
    units: int
    segments: int
    forcing: str


def count_segments(text: str) -> Segments:
    """Count the units (septets, or UTF-16 units) and segments of a text; an empty one takes none."""
    used = set(text)
    foreign = used - _BASIC - _EXTENDED
    encoding = UCS_2 if foreign else GSM_7
    double = {char for char in used if ord(char) > 0xFFFF} if foreign else used & _EXTENDED
    units = len(text) + sum(text.count(char) for char in double)
    forcing = "".join(dict.fromkeys(char for char in text if char in foreign)) if foreign else ""
    whole, part = _ROOM[encoding]
    if units <= whole:
        return Segments(encoding, units, 1 if text else 0, forcing)
    segments, room = 1, part
    for char in text:
        width = 2 if char in double else 1
        if width > room:  # an escape sequence or a surrogate pair is not split
            segments, room = segments + 1, part
        room -= width
    return Segments(encoding, units, segments, forcing)
