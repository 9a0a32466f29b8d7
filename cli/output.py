"""What a command answers on standard output: fields a line each, a table, or JSON for programs."""

import json
from collections.abc import Mapping, Sequence

import typer

Field = str | bool | Sequence[str] | None


def show(fields: Mapping[str, Field], *, as_json: bool) -> None:
    """Print one object."""
    if as_json:
        typer.echo(json.dumps(fields))
        return
    for name, value in fields.items():
        typer.echo(f"{name}: {_words(value)}")


def show_table(rows: Sequence[Mapping[str, Field]], *, as_json: bool) -> None:
    """Print several objects of the same fields; as JSON one list."""
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        return
    cells = [list(rows[0]), *([_words(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def note(line: str) -> None:
    """Say something to the person at the terminal, apart from what a program reads."""
    typer.echo(line, err=True)


def _words(value: Field) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else " ".join(value) if not isinstance(value, bool) else str(value)
