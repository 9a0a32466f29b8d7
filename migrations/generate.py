"""Writing a migration from the models: `python -m migrations.generate "what changed"`.

A migration is the difference between an empty database that has taken every step so far and the models. Read it
before you commit it: Alembic sees neither renames nor data. Until the first release there is one step, made anew:
`python -m migrations.generate --initial`. Only plain SQLAlchemy types are written, so that a step keeps its
meaning when the models change.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate.api import AutogenContext

from migrations.upgrade import configuration, transaction
from models.columns import UtcDateTime, Word

VERSIONS = Path(__file__).parent / "versions"


def generate(message: str, *, initial: bool = False) -> Path:
    """Write the next migration, or the first anew, and return its file."""
    steps = sorted(VERSIONS.glob("[0-9]*.py"))
    if initial:
        for step in steps:
            step.unlink()
        steps = []
    number = f"{len(steps) + 1:04}"
    with tempfile.TemporaryDirectory() as folder, transaction(f"sqlite:///{folder}/empty.db") as connection:
        config = configuration()
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes |= {"connection": connection, "render_item": render_item, "render_as_batch": not initial}
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)
    made = next(VERSIONS.glob(f"{number}_*.py"))
    made.write_text("".join(line for line in made.read_text().splitlines(keepends=True) if "# ###" not in line))
    for tool in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *tool, made], check=True)  # noqa: S603  # our own file
    return made


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as the plain ones that they are stored as."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Word):
        return f"sa.String(length={item.impl.length})"
    return "sa.String()" if type(item).__name__ == "AutoString" else False


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m migrations.generate", description=__doc__)
    parser.add_argument("message", nargs="?", default="Initial schema")
    parser.add_argument("--initial", action="store_true", help="make the one step of an unreleased schema anew")
    asked = parser.parse_args()
    sys.stdout.write(f"{generate(asked.message, initial=asked.initial)}\n")


if __name__ == "__main__":
    main()
