"""Every command of the README, run as it stands there against a service that `make run` started."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.api.staff.practice import form_token_of
from tests.cli.process import LONGEST, SHOWUP, Process

ROOT = Path(__file__).parents[1]
HERE = "http://127.0.0.1:8000"
PRINTED_KEY = re.compile(r"key_\w{20}:[\w-]{43}")
# What differs from one run to the next, with what stands for it when an output is compared.
VARYING = {
    r"\b(acct|agent|appt|con|evt|key|msg|num|rem)_[0-9a-z]{20}\b": r"\1_ID",
    r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z": "INSTANT",
    r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [A-Z][a-z]+ \d{1,2}\b": "DAY",
    r"\b\d{1,2}:\d\d [AP]M\b": "TIME",
    r"(?<=[=:])[\w-]{43}\b": "SECRET",
    r"127\.0\.0\.1:\d+": "ADDRESS",
}


@dataclass(frozen=True)
class Step:
    """A command of the README, with the output that it shows below."""

    command: str
    shown: str | None = None


def steps() -> list[Step]:
    """The README's commands, in their order."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    found: list[Step] = []
    for (language, text), (following, output) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "sh":
            found.append(Step(text, output if following == "text" else None))
    return found


def plain(text: str) -> str:
    """An output with what varies replaced."""
    for pattern, stands in VARYING.items():
        text = re.sub(pattern, stands, text)
    return text.strip()


@dataclass
class Reader:
    """Somebody who follows the README in a shell of their own."""

    folder: Path
    environment: dict[str, str]
    url: str
    key: str
    said: list[str] = field(default_factory=list)

    def sees(self, step: Step) -> None:
        """Type a command, and again until it prints what the README shows: a text takes a moment to arrive."""
        output = self.runs(step)
        for _ in range(50):
            if step.shown is None or plain(output) == plain(step.shown):
                return
            time.sleep(0.1)
            output = self.runs(step)
        assert step.shown is not None
        assert plain(output) == plain(step.shown)

    def runs(self, step: Step) -> str:
        """Type a command, after the settings typed before; return what it printed."""
        command = PRINTED_KEY.sub(self.key, step.command.replace(HERE, self.url))
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join([*self.said, command])],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=10 * LONGEST,
            check=False,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
        self.said += re.findall(r"^export (?:.*\\\n)*.*$", command, re.MULTILINE)
        return ended.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a clone in which everything is installed already."""
    folder = tmp_path / "showup"
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("needs a git clone")
    for name in sorted({line.partition("/")[0] for line in listed.stdout.splitlines()}):
        (folder / name).symlink_to(ROOT / name)
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from cli.main import main; main()"
    for name, text in {
        "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n',
        "showup": f"#!{sys.executable}\n{program}\n",
    }.items():
        (binaries / name).write_text(text)
        (binaries / name).chmod(0o755)
    database = subprocess.run(
        ["make", "--print-data-base", "--question", "help"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    for stamp in re.findall(r"^(?:RUN|DEV)_STAMP := (\S+)$", database.stdout, re.MULTILINE):
        (folder / stamp).touch()
    return folder


@pytest.fixture
def twilio(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A Twilio account with a number, at a double of Twilio; the settings that name them."""
    with Process(tmp_path, (*SHOWUP, "sandbox"), os.environ) as double:
        url, token = double.said(r"sandbox: (\S+)\n")[1], double.said(r"control_token: (\S+)\n")[1]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as control:
            account = control.post("/sandbox/accounts", json={}).json()
            number = {"account_sid": account["sid"], "phone_number": "+12125550199"}
            assert control.post("/sandbox/numbers", json=number).status_code == 201
        yield {
            "SHOWUP_TWILIO_API_URL": url,
            "TWILIO_NUMBER": "+12125550199",
            "TWILIO_ACCOUNT_SID": account["sid"],
            "TWILIO_AUTH_TOKEN": account["token"],
        }


def answer(url: str, token: str, phone: str, text: str) -> None:
    """Sign in by the link, and answer on a phone of the staff page."""
    with httpx.Client(base_url=url, follow_redirects=True) as browser:
        assert browser.post("/sign-in", data={"token": token}).status_code == 200
        page = browser.get("/", params={"phone": phone})
        form = {"form_token": form_token_of(page.text), "phone": phone, "text": text}
        answered = browser.post("/phone", data=form)
        assert answered.status_code == 200, answered.text


def test_the_readme_is_true(clone: Path, twilio: dict[str, str]) -> None:
    # Started by make itself, the tests must not hand its own settings on: a make within a make says so.
    outer = ("PYTEST_", "MAKE", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(outer)} | twilio
    environment |= {"SERVE_ARGS": "--port 0", "TZ": "America/New_York", "PYTEST_WORKERS": "0"}
    # All of the tests would run this one too.
    environment["PYTEST_ARGS"] = "-p no:cacheprovider tests/models/test_ids.py"
    start, *others = steps()
    assert start.command == "make run\n"
    with Process(clone, ("bash", "-c", start.command), environment) as service:
        service.said("Ctrl-C stops it.")
        url = service.said(r"Showup is at (\S+)")[1]
        reader = Reader(clone, environment, url, service.said(PRINTED_KEY.pattern)[0])
        for step in others:
            if "by-external-id" in step.command:
                answer(url, service.said(r"token=(\S+)")[1], "+12125550150", "YES")
            reader.sees(step)
        ended = service.stop(signal.SIGINT)
    assert start.shown is not None
    assert plain(ended.out) == plain(start.shown)
    assert ended.err == ""
    # And what the trip has left behind is whole.
    assert reader.runs(Step(".venv/bin/showup db check")) == "What is stored is sound.\n"
    assert [step.command.split()[0] for step in others].count("curl") == 3
