"""The command in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).parents[2]
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'showup'; from cli.main import main; main()"
)
SHOWUP = (sys.executable, "-c", PROGRAM, str(ROOT))
# Far more than anything takes, so that a test that hangs fails.
LONGEST = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Process:
    """A running command and what it starts, whose output is read as it comes."""

    def __init__(self, folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            start_new_session=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._news = threading.Condition()
        self._texts = {"out": "", "err": ""}
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        streams = {"out": self.process.stdout, "err": self.process.stderr}
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in streams.items()]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.ended()

    def said(self, pattern: str, *, on: str = "out") -> re.Match[str]:
        """Wait until it printed what matches, and return the match; fails where it ends without."""
        with self._news:
            self._news.wait_for(lambda: re.search(pattern, self._texts[on]) or not self._is_read(), LONGEST)
            found = re.search(pattern, self._texts[on])
        assert found is not None, f"it never said {pattern!r}: {self._texts}"
        return found

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> Ended:
        """Ask it to end, as a terminal does with all it started, and wait until it did."""
        os.killpg(self.process.pid, with_signal)
        return self.ended()

    def ended(self) -> Ended:
        """Wait for its end."""
        code = self.process.wait(LONGEST)
        for reader in self._readers:
            reader.join(LONGEST)
        return Ended(code, self._texts["out"], self._texts["err"])

    def _is_read(self) -> bool:
        return any(reader.is_alive() for reader in self._readers)

    def _read(self, name: str, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                with self._news:
                    self._texts[name] += line
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()
