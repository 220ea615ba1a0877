"""Fuzzing: ``python -m fuzz --inputs 100000`` tries that many inputs and says what it found."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from .driver import Plan, drive, one, report
from .kinds import KINDS
from .sizes import try_all


def main() -> int:
    """Tries inputs; 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000, help="how many are tried")
    parser.add_argument("--seed", type=int, default=1, help="of all of them")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("--keep", type=Path, help="folder for the inputs of what is found")
    parser.add_argument("--one", type=int, help="try this one alone and print all of it")
    parser.add_argument("--large", type=int, nargs="+", metavar="MB", help="large files instead")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as made:
        if given.large:
            return 1 if sum(try_all(Path(made), size) for size in given.large) else 0
        plan = Plan(Path(made), given.seed, given.kind, given.keep)
        if given.one is not None:
            return one(plan, given.one)
        tally = drive(plan, range(given.first, given.first + given.inputs), given.workers)
        report(plan, tally)
        return 1 if tally.found else 0


if __name__ == "__main__":
    sys.exit(main())
