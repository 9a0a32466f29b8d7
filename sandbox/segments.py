"""How many segments a text takes (GSM 03.38, and UCS-2 where a character is outside it)."""

import re

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "^{}\\[~]|€\f"
_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_PAIR = re.compile(f"[{re.escape(_EXTENDED)}]")


def count(text: str) -> int:
    """The number of segments the text is billed as; an empty text takes one."""
    if _GSM.fullmatch(text) is None:
        return _pack([2 if ord(character) > 0xFFFF else 1 for character in text], alone=70, each=67)
    if len(text) + len(_PAIR.findall(text)) <= 160:
        return 1
    return _pack([2 if character in _EXTENDED else 1 for character in text], alone=160, each=153)


def _pack(widths: list[int], alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    segments, room = 1, each
    for width in widths:
        if width > room:  # an escape or a surrogate pair is never split over two segments
            segments, room = segments + 1, each
        room -= width
    return segments
