"""Who has opted out of which sender, decided by the carrier from keywords as Twilio does by default.

The carrier's own answer to a keyword ("You have successfully been unsubscribed …") is not sent: the
sandbox stands for a Twilio account on which the application answers.
"""

from collections.abc import Iterator
from typing import Final, Literal

from sandbox.addresses import is_toll_free

OptOutType = Literal["STOP", "START", "HELP"]

_WORDS: Final[dict[str, OptOutType]] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"), "STOP"),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}


class OptOuts:
    """The pairs of (sender, person) that the carrier lets no text through to."""

    def __init__(self) -> None:
        self._blocked: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(sorted(self._blocked))

    def blocks(self, sender: str, person: str) -> bool:
        """Whether a text from this sender to this person is refused with 21610."""
        return (sender, person) in self._blocked

    def read(self, sender: str, person: str, body: str) -> OptOutType | None:
        """What a text means to the carrier: its whole body one of the words, in any case.

        YES means START only for one who had stopped, and never to a toll-free sender.
        """
        word = body.strip().upper()
        if word == "YES" and (is_toll_free(sender) or not self.blocks(sender, person)):
            return None
        return _WORDS.get(word)

    def apply(self, sender: str, person: str, kind: OptOutType | None) -> None:
        """Block the pair for STOP, lift the block for START."""
        if kind == "STOP":
            self._blocked.add((sender, person))
        elif kind == "START":
            self._blocked.discard((sender, person))
