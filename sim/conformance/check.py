"""The whole comparison with a folder of recordings, spread over the machine's cores."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import recorded
from .decisions import decide
from .doc_tables import case_of, settled
from .ensemble import Comparison, Metrics, compare, measure, recorded_metrics, series
from .ensemble import series_steps_inside as steps_inside
from .placement import compare_placement, place
from .replay import SEEDS, Agreement, agreement, replay
from .story import replayed

KINDS = ("decisions", "doc", "timelines", "stories", "ensembles", "placement", "world")
STATES_A_JOB = 1_000
PLACEMENTS_A_JOB = 25
FAR_SHARE = 0.02
"""A metric farther out than this is asked again with `MORE` times the seeds."""

MORE = 4
MOST_OUTSIDE = 0.01
MOST_STEPS_OUTSIDE = 0.02


@dataclass
class CaseResult:
    """One case: exact or not, or its comparisons; ``notes`` say what differs, and how."""

    kind: str
    case: str
    exact: bool | None = None
    cases: int = 1
    agreed: int = 1
    tried: int = 1
    comparisons: list[Comparison] = field(default_factory=list)
    steps: tuple[int, int] = (0, 0)
    notes: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[Comparison]:
        """Comparisons that lie outside of their bands."""
        return [one for one in self.comparisons if not one.inside]

    @property
    def is_far(self) -> bool:
        """Whether a metric is outside by more than 2 % of the daemon's mean."""
        return any(
            abs(one.model_mean - one.daemon_mean) > FAR_SHARE * abs(one.daemon_mean)
            for one in self.outside
        )


Job = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass
class Request:
    """What to compare: a folder, kinds, a pattern of case names, seeds for ensembles (0: all)."""

    folder: Path = recorded.SHIPPED
    only: Sequence[str] = KINDS
    pattern: str = "*"
    runs: int = 0
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)

    def named(self, cases: Mapping[str, Any]) -> dict[str, Any]:
        """Those cases whose names match the pattern."""
        return {name: one for name, one in cases.items() if fnmatch.fnmatch(name, self.pattern)}


def check(request: Request, progress: Callable[[int, int], None]) -> Iterator[CaseResult]:
    """The result of each case, in the order of kinds and names.

    ``progress`` is called with (jobs done, jobs known so far).
    """
    with ProcessPoolExecutor(request.workers) as pool:
        runner = _Runner(pool, progress)
        for kind, compare_kind in _COMPARISONS.items():
            if kind in request.only:
                yield from compare_kind(request, runner)


class _Runner:
    """Runs jobs in other processes; results come in the order of the jobs."""

    def __init__(self, pool: ProcessPoolExecutor, progress: Callable[[int, int], None]) -> None:
        self._pool = pool
        self._progress = progress
        self._known = self._done = 0

    def run(self, jobs: Iterable[Job]) -> Iterator[Any]:
        """The results of jobs, each as soon as all before it are there."""
        futures = [self._pool.submit(function, *arguments) for function, arguments in jobs]
        self._known += len(futures)
        for future in futures:
            result = future.result()
            self._done += 1
            self._progress(self._done, self._known)
            yield result


# --------------------------------------------------------------- exact comparisons


def _decisions(request: Request, runner: _Runner) -> Iterator[CaseResult]:
    rows = [
        row
        for row in recorded.decisions(request.folder)
        if fnmatch.fnmatch(row["id"], request.pattern)
    ]
    parts = [rows[i : i + STATES_A_JOB] for i in range(0, len(rows), STATES_A_JOB)]
    exact = 0
    for differing, part in zip(runner.run((_decide, (p,)) for p in parts), parts, strict=True):
        exact += len(part) - len(differing)
        for case, note in differing:
            yield CaseResult("decisions", case, exact=False, notes=[note])
    if exact:
        yield CaseResult("decisions", f"{exact:,} states", exact=True, cases=exact)


def _decide(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """(state, what differs) of states in which a decision is not the daemon's."""
    differing = []
    for row in rows:
        ours = decide(row)
        wrong = [name for name, value in ours.items() if row[name] != value]
        if wrong:
            said = ", ".join(f"{n}: daemon {row[n]}, model {ours[n]}" for n in wrong)
            differing.append((row["id"], said))
    return differing


def _doc(request: Request, runner: _Runner) -> Iterator[CaseResult]:
    rows = request.named({case_of(row)["name"]: row for row in recorded.doc_tables(request.folder)})
    pools = runner.run((_settle, (row,)) for row in rows.values())
    for (name, row), pool in zip(rows.items(), pools, strict=True):
        daemon = tuple(int(row[f"daemon_{what}"]) for what in ("enis", "cidrs", "total_ips"))
        notes = [] if pool == daemon else [f"ENIs, CIDRs, IPs: daemon {daemon}, model {pool}"]
        yield CaseResult("doc", name, exact=not notes, notes=notes)


def _settle(row: Mapping[str, str]) -> tuple[int, int, int]:
    case = case_of(row)
    return settled(replayed(replay(case, SEEDS[0]), case)["pool"][-1], row)


def _stories_of(
    kind: str, read: Callable[[Path], Mapping[str, Any]]
) -> Callable[[Request, _Runner], Iterator[CaseResult]]:
    def compare_all(request: Request, runner: _Runner) -> Iterator[CaseResult]:
        cases = request.named(read(request.folder))
        found: Iterator[Agreement] = runner.run((agreement, (one,)) for one in cases.values())
        for name, one in zip(cases, found, strict=True):
            notes = [] if one.is_exact else [one.why]
            yield CaseResult(
                kind, name, exact=one.is_exact, agreed=one.agreed, tried=one.tried, notes=notes
            )

    return compare_all


# ---------------------------------------------------- comparisons of distributions


def _ensembles_of(
    kind: str, read: Callable[[Path], Mapping[str, Any]]
) -> Callable[[Request, _Runner], Iterator[CaseResult]]:
    def compare_all(request: Request, runner: _Runner) -> Iterator[CaseResult]:
        for name, ensemble in request.named(read(request.folder)).items():
            runs = request.runs or ensemble["case"]["replicas"]
            result = _ensemble(kind, name, ensemble, runs, runner)
            if result.is_far and not request.runs:
                result = _ensemble(kind, name, ensemble, MORE * runs, runner)
            yield result

    return compare_all


def _ensemble(
    kind: str, name: str, ensemble: Mapping[str, Any], runs: int, runner: _Runner
) -> CaseResult:
    import numpy as np

    times = [row[0] for row in ensemble["series"]]
    jobs = ((_measure, (ensemble["case"], seed, times)) for seed in range(1, runs + 1))
    measured: list[tuple[Metrics, Any]] = list(runner.run(jobs))
    daemon = [recorded_metrics(replica) for replica in ensemble["replicas"]]
    steps = steps_inside(ensemble["series"], np.stack([rows for _, rows in measured]), len(daemon))
    comparisons = compare(daemon, [metrics for metrics, _ in measured])
    return _compared(kind, name, comparisons, runs, steps)


def _measure(case: Mapping[str, Any], seed: int, times: Sequence[int]) -> tuple[Metrics, Any]:
    recorder = replay(case, seed)
    return measure(recorder, case), series(recorder, case, times)


def _placement(request: Request, runner: _Runner) -> Iterator[CaseResult]:
    for name, one in request.named(recorded.placement(request.folder)).items():
        runs = request.runs or one["replicas"]
        firsts = range(1, runs + 1, PLACEMENTS_A_JOB)
        jobs = ((_place, (one, first, min(first + PLACEMENTS_A_JOB - 1, runs))) for first in firsts)
        placed = [run for part in runner.run(jobs) for run in part]
        yield _compared("placement", name, compare_placement(one, placed), runs, (0, 0))


def _place(one: Mapping[str, Any], first: int, last: int) -> list[dict[str, Any]]:
    return [place(one, seed) for seed in range(first, last + 1)]


def _compared(
    kind: str, name: str, comparisons: list[Comparison], runs: int, steps: tuple[int, int]
) -> CaseResult:
    result = CaseResult(kind, name, tried=runs, comparisons=comparisons, steps=steps)
    result.notes = [str(one) for one in result.outside]
    return result


def _world(request: Request, runner: _Runner) -> Iterator[CaseResult]:
    yield from _stories_of("world", recorded.world_stories)(request, runner)
    yield from _ensembles_of("world", recorded.world_ensembles)(request, runner)


_COMPARISONS: dict[str, Callable[[Request, _Runner], Iterator[CaseResult]]] = {
    "decisions": _decisions,
    "doc": _doc,
    "timelines": _stories_of("timelines", recorded.timelines),
    "stories": _stories_of("stories", recorded.stories),
    "ensembles": _ensembles_of("ensembles", recorded.ensembles),
    "placement": _placement,
    "world": _world,
}
