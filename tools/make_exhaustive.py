"""Makes tests/study/data/exhaustive.parquet: every candidate of ten scenarios, simulated.

Usage: python tools/make_exhaustive.py

Takes some ten minutes of one core. Searches are compared with it; see docs/recommend.md.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "study"))

import exhaustive
from generated_scenarios import REPLICATIONS, TEN

from sim.results.headline import Figures


def figures(number: int) -> list[Figures]:
    """The figures of one scenario's points."""
    scenario, candidates = exhaustive.spaces()[number]
    return [
        exhaustive.figures_of(scenario, candidate, replication)
        for candidate in candidates.candidates
        for replication in range(REPLICATIONS)
    ]


def main() -> None:
    """Simulates them all."""
    every: list[Figures] = []
    with ProcessPoolExecutor() as pool:
        for number, found in zip(TEN, pool.map(figures, TEN), strict=True):
            every += found
            print(f"scenario {number}: {len(found):,} runs", flush=True)
    exhaustive.write(every)


if __name__ == "__main__":
    main()
