"""The embedded engine: everything in this process, the database its only queue."""

from collections.abc import Sequence

from messaging.send import WayOut
from scheduler.alarm import Alarm, Source


class EmbeddedEngine:
    """Runs the sources of due work on the alarm; a wake-up names the source."""

    def __init__(self, sources: Sequence[Source], way_out: WayOut) -> None:
        """sources: what this process does, by its role."""
        self._way_out = way_out
        self._names = frozenset(source.name for source in sources)
        self.alarm = Alarm()
        for source in sources:
            self.alarm.add(source)

    async def start(self) -> None:
        """Look at every source once, then ring at their instants."""
        self.alarm.start()

    def wake(self, signals: frozenset[str]) -> None:
        """Look at the sources that a committed transaction made due."""
        for name in signals & self._names:
            self.alarm.wake(name)

    async def stop(self) -> None:
        """Let running passes end, also amid a queue, and wait for the carrier's answers to what is on the way."""
        self._way_out.take_nothing_new()
        await self.alarm.stop()
        await self._way_out.finish()

    @property
    def has_work(self) -> bool:
        """Tell whether this process does any work of the engine, or serves requests only."""
        return bool(self._names)

    def failures(self) -> list[str]:
        """Return what is wrong, in words."""
        if not self.alarm.is_running:
            return ["the alarm has stopped"]
        return [f"the source {name} fails again and again" for name in self.alarm.failing()]
