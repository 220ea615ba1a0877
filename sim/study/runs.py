"""Runs of scenarios on the same replications, each made once however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .executors import run_jobs
from .jobs import Job, Outcome

if TYPE_CHECKING:
    from sim.results.headline import Figures
    from sim.scenario.load import Scenario

    from .executors import Executor, Progress
    from .store import Store


class Runs:
    """The runs of one study.

    Args:
        seeds: of the replications.
        where: what runs them; this process if not given.
        progress: called with the runs that are done, how many there may be at most (that only
            falls, unless `expect` expected too few), and those that were taken from the store.
        store: where outcomes are kept and taken from.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        where: Executor | None = None,
        progress: Progress | None = None,
        store: Store | None = None,
    ) -> None:
        self.seeds = tuple(seeds)
        self._where, self._progress, self._store = where, progress, store
        self._outcomes: dict[str, Outcome] = {}
        self._taken_up = self._taken_up_now = self._most = 0

    def __len__(self) -> int:
        return len(self._outcomes)

    def expect(self, more: int) -> None:
        """Says how many more runs may be asked for from here on, at most."""
        self._most = len(self) + more

    def failed(self) -> list[Outcome]:
        """The runs that raised, in the order in which they were asked for."""
        return [one for one in self._outcomes.values() if one.figures is None]

    def of(self, wanted: Iterable[tuple[Scenario, int]]) -> list[Outcome]:
        """The outcomes of scenarios on replications, numbered from 0."""
        jobs = [Job.of(scenario, self.seeds[place]) for scenario, place in wanted]
        missing = [job for job in jobs if job.key not in self._outcomes]
        if missing:
            self._outcomes |= run_jobs(missing, self._where, self._store, self._report)
            self._taken_up = self._taken_up_now
        return [self._outcomes[job.key] for job in jobs]

    def on_first(self, n: int, scenarios: Sequence[Scenario]) -> list[tuple[Outcome, ...]]:
        """The outcomes of each scenario on the first ``n`` replications."""
        flat = self.of((one, place) for one in scenarios for place in range(n))
        return [tuple(flat[n * place : n * (place + 1)]) for place in range(len(scenarios))]

    def _report(self, done: int, total: int, taken_up: int) -> None:
        self._taken_up_now = self._taken_up + taken_up
        if self._progress is not None:
            before = len(self._outcomes)
            most = max(self._most, before + total)
            self._progress(before + done, most, self._taken_up_now)


def figures(outcomes: Iterable[Outcome]) -> list[Figures | None]:
    """The figures of runs; None of those that raised."""
    return [one.figures for one in outcomes]
