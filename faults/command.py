"""Many seeds in a few processes; what fails is made small, printed and saved."""

from __future__ import annotations

import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from sim.report.study_progress import study_progress
from sim.scenario.errors import InputError

from .shrink import MOST_TRIES, shrunk
from .trial import Tried, drawn, tried

BATCH = 20
"""Seeds that a process tries before it says what it found."""

THOROUGH = 64
"""Of so many seeds that are run twice one is looked at after every event: some seconds each."""

Data = dict[str, Any]


class Plan(NamedTuple):
    """How seeds are tried.

    Attributes:
        every: each so many seeds are run a second time, with daemons that make every pass; one in
            `THOROUGH` of these is looked at after every event.
        keep: the folder for what fails.
    """

    every: int
    keep: Path

    def sleeping(self, seed: int) -> bool:
        """Whether the seed is compared with daemons that make every pass."""
        return seed % self.every == 0

    def thorough(self, seed: int) -> bool:
        """Whether everything is looked at after every event of the seed."""
        return seed % (self.every * THOROUGH) == 0


class Failure(NamedTuple):
    """A seed that failed, and what was found."""

    seed: int
    found: str

    @property
    def kind(self) -> str:
        """What was found, whatever its numbers."""
        return re.sub(r"\d+", "#", self.found)


def batch(plan: Plan, seeds: range) -> tuple[Counter[str], list[Failure]]:
    """Tries seeds in this process."""
    counts: Counter[str] = Counter()
    failures = []
    for seed in seeds:
        sleeping, thorough = plan.sleeping(seed), plan.thorough(seed)
        one = tried(drawn(seed), sleeping=sleeping, thorough=thorough)
        counts += one.counts
        if one.found:
            failures.append(Failure(seed, one.found))
    return counts, failures


def drive(plan: Plan, seeds: range, workers: int) -> int:
    """Tries seeds in processes; 1 if one failed, 0 else."""
    begun, counts, failures = time.perf_counter(), Counter[str](), list[Failure]()
    batches = [seeds[at : at + BATCH] for at in range(0, len(seeds), BATCH)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool, study_progress() as show:
        waiting = {pool.submit(batch, plan, one): len(one) for one in batches}
        done = 0
        for future in as_completed(waiting):
            more, new = future.result()
            counts, failures, done = counts + more, failures + new, done + waiting[future]
            show(done, len(seeds), 0)
            for one in new:
                print(f"seed {one.seed}: {one.found}", file=sys.stderr)
    print(f"{len(seeds):,} seeds in {time.perf_counter() - begun:,.0f} s, {len(failures)} failed")
    for name, count in counts.items():
        print(f"  {count:>13,} {name}")
    by_kind: dict[str, list[Failure]] = {}
    for one in sorted(failures):
        by_kind.setdefault(one.kind, []).append(one)
    for those in by_kind.values():
        _report(plan, those)
    return 1 if failures else 0


def _report(plan: Plan, those: list[Failure]) -> None:
    """Prints one kind of failure, with its first seed's scenario made small."""
    first = those[0]
    seeds = ", ".join(str(one.seed) for one in those[:8])
    print(f"\n{len(those)} x {first.found}\n  seeds {seeds}")
    path = plan.keep / f"seed-{first.seed}.yaml"
    sleeping, thorough = plan.sleeping(first.seed), plan.thorough(first.seed)
    data = small(first, sleeping=sleeping, thorough=thorough)
    save(path, data, first)
    print(f"  made small: {path}\n{path.read_text()}")


def small(failure: Failure, *, sleeping: bool, thorough: bool = False) -> Data:
    """The smallest scenario found that fails as the seed's does."""

    def fails(data: Mapping[str, Any]) -> bool:
        try:
            found = tried(data, sleeping=sleeping, thorough=thorough).found
        except InputError:
            return False
        return Failure(0, found).kind == failure.kind

    least: Data = shrunk(drawn(failure.seed), fails, MOST_TRIES)
    return least


def save(path: Path, data: Data, failure: Failure) -> None:
    """Writes a scenario that fails, with what it shows and how to see it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.write(f"# {failure.found}\n# From seed {failure.seed}; see it again with:\n")
        file.write(f"# python -m faults --scenario {path}\n")
        YAML().dump(data, file)


def again(path: Path) -> int:
    """Tries a saved scenario; 1 if it fails."""
    one: Tried = tried(YAML(typ="safe").load(path), sleeping=True, thorough=True)
    print(one.found or "all held")
    for name, count in one.counts.items():
        print(f"  {count:>13,} {name}")
    return 1 if one.found else 0
