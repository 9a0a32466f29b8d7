"""What an engine is: who takes stored work - texts to send, texts to read - and does it."""

from typing import Protocol


class Engine(Protocol):
    """Takes work that is stored, does it once, and survives being killed at any instant."""

    async def start(self) -> None:
        """Take what waits, then what comes."""

    def wake(self, signals: frozenset[str]) -> None:
        """Look now: a transaction that made something due has committed."""

    async def stop(self) -> None:
        """Finish what is in hand and take nothing new; what is left stays stored."""

    def failures(self) -> list[str]:
        """Return what is wrong with it, in words, for readiness; empty when all is well."""
