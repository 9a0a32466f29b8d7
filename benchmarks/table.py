"""The table of figures: each against something measured in the same run."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """A figure, what it is held against, and the aim for their ratio (or, without a rival, for itself)."""

    name: str
    ours: float
    rival: str = ""
    theirs: float | None = None
    aim: str = ""
    unit: str = ""


def best(rates: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the best rate of either side: what slows a round down is the machine, never the code."""
    return max(first for first, _ in rates), max(second for _, second in rates)


def show(figures: Sequence[Figure]) -> None:
    """Print the figures."""
    table = Table("figure", "ours", "against", "theirs", "ratio", "aim")
    for figure in figures:
        ratio = "" if not figure.theirs else f"{figure.ours / figure.theirs:.2f}"
        theirs = "" if figure.theirs is None else f"{figure.theirs:,.0f}"
        ours = f"{figure.ours:,.1f} {figure.unit}" if figure.unit else f"{figure.ours:,.0f}"
        table.add_row(figure.name, ours, figure.rival, theirs, ratio, figure.aim)
    Console().print(table)
