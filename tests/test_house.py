"""The rules of the house that no other tool checks."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.postgres import PostgresServer, fresh_database

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = sorted(
    folder.parent.name
    for folder in ROOT.glob("*/__init__.py")
    if folder.parent.name not in {"tests", "benchmarks"}
)

EXTRAS = r"(?:\[[\w,.-]+\])?"

CLOCKS = {"models/clock.py", "sandbox/clock.py"}
ASKS_THE_TIME = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp",
    "sqlmodel.func.now",
    "sqlmodel.func.current_timestamp",
}


def names_used(source: str) -> set[str]:
    """Every dotted name a module reads, spelled from where it was imported."""
    tree = ast.parse(source)
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                origins[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return {name for node in ast.walk(tree) if (name := dotted(node, origins))}


def dotted(node: ast.AST, origins: dict[str, str]) -> str | None:
    """The full name of `a.b.c` where `a` was imported, else None."""
    if isinstance(node, ast.Name):
        return origins.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value, origins)):
        return f"{owner}.{node.attr}"
    return None


@pytest.mark.parametrize(
    "source",
    [
        "import time\nstart = time.time()",
        "from time import time as now\nstart = now()",
        "import datetime as dt\nstart = dt.datetime.now(dt.UTC)",
        "from datetime import datetime\nstamp = field(default_factory=datetime.utcnow)",
        "from datetime import date\nday = date.today()",
        "from sqlalchemy import func\nquery = func.now()",
    ],
)
def test_asking_the_time_is_seen_under_any_name(source: str) -> None:
    assert names_used(source) & ASKS_THE_TIME


def test_only_the_clock_asks_the_time() -> None:
    askers = {
        f"{path.relative_to(ROOT)}: {name}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in CLOCKS
        for name in names_used(path.read_text()) & ASKS_THE_TIME
    }
    assert not askers


def test_every_room_is_built_typed_covered_and_under_contract() -> None:
    tool = PROJECT["tool"]
    assert sorted(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == ROOMS
    assert sorted(tool["importlinter"]["root_packages"]) == ROOMS
    assert sorted(tool["coverage"]["run"]["source"]) == ROOMS
    assert sorted(tool["deptry"]["known_first_party"]) == ROOMS
    assert set(ROOMS) <= set(tool["mypy"]["packages"])
    image = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert set(ROOMS) <= image


def test_no_tracked_file_names_a_registry_or_a_place_on_one_machine() -> None:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("needs a git clone")
    hosts = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org")
    places = ("/wo" + "rk/", "/ro" + "ot/", "/Use" + "rs/", "../sha" + "red")
    forbidden = re.compile("|".join([*map(re.escape, hosts), *(rf"(?<![\w.]){re.escape(p)}" for p in places)]))
    found = [
        f"{name}: {match[0]}"
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file()
        for match in forbidden.finditer((ROOT / name).read_text(errors="replace"))
    ]
    assert not found


def pins(lock: str) -> dict[str, list[str]]:
    """The versions a lock holds for each package: several where they differ by Python version."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(rf"^([\w.-]+){EXTRAS}==([\w.!+]+)", (ROOT / lock).read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def declared(group: str) -> list[Requirement]:
    """A dependency group of pyproject.toml with the groups it includes."""
    found = []
    for entry in PROJECT["dependency-groups"][group]:
        found += [Requirement(entry)] if isinstance(entry, str) else declared(entry["include-group"])
    return found


@pytest.mark.parametrize(("lock", "group"), [("requirements.lock", "build"), ("requirements-dev.lock", "dev")])
def test_a_lock_holds_what_is_declared(lock: str, group: str) -> None:
    held = pins(lock)
    wanted = [Requirement(entry) for entry in PROJECT["project"]["dependencies"]] + declared(group)
    missing = [
        str(requirement)
        for requirement in wanted
        if not any(requirement.specifier.contains(v) for v in held.get(canonicalize_name(requirement.name), []))
    ]
    assert not missing, "run `make lock`"


def test_both_locks_agree_and_name_no_address() -> None:
    developer = pins("requirements-dev.lock")
    for name, versions in pins("requirements.lock").items():
        assert developer[name] == versions
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        entry = rf"^[\w.-]+{EXTRAS}==(?:.*\\\n(    --hash=sha256:[0-9a-f]{{64}}))?"
        entries = re.findall(entry, text, re.MULTILINE)
        assert entries
        assert all(entries)


def test_docker_compose_migrates_before_it_serves() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert set(services) == {"postgres", "migrate", "app"}
    assert services["migrate"]["command"] == "showup db upgrade"
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["app"]["command"].startswith("showup serve --host 0.0.0.0")
    assert services["app"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["app"]["environment"]["SHOWUP_DATABASE_URL"].startswith("postgresql://")


@pytest.mark.postgresql
def test_a_killed_postgresql_keeps_what_was_committed() -> None:
    with PostgresServer(durable=True) as server, fresh_database(server.url()) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create table kept (number int)")
            connection.execute("insert into kept values (7)")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("select number from kept").fetchall() == [(7,)]
        folder = server.folder
    assert not folder.exists()
