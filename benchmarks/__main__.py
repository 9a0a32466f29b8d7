"""`python -m benchmarks [--quick]`: measures and prints the table."""

import argparse

from benchmarks import firing, sends
from benchmarks.table import show


def main() -> None:
    """Run every benchmark; --quick with a tenth of the work."""
    arguments = argparse.ArgumentParser(description="Measure Showup against what it stands on.")
    arguments.add_argument("--quick", action="store_true", help="a tenth of the work")
    quick = arguments.parse_args().quick
    show([*sends.figures(1_000 if quick else 10_000), *firing.figures(2_000 if quick else 20_000)])


if __name__ == "__main__":
    main()
