"""``python -m faults --seeds 10000``: random scenarios full of trouble; what must hold in them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .command import Plan, again, drive


def main() -> int:
    """Tries seeds; 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many are tried")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--every", type=int, default=4, help="each so many are run twice")
    parser.add_argument("--keep", type=Path, default=Path("runs/faults"), help="for what fails")
    parser.add_argument("--scenario", type=Path, help="try this saved scenario instead")
    given = parser.parse_args()
    if given.scenario is not None:
        return again(given.scenario)
    seeds = range(given.first, given.first + given.seeds)
    return drive(Plan(given.every, given.keep), seeds, given.workers)


if __name__ == "__main__":
    sys.exit(main())
