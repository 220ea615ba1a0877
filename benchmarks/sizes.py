"""How large the cases are: as the goals say, a tenth of it, or just enough to be tested."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Size:
    """One of the sizes in which all is measured.

    Attributes:
        name: in the file of expected values.
        share: of the nodes that the busy and the quiet case have.
        pairs: repetitions of the cases that are compared with the floor.
        idle_nodes: nodes of the idle week.
        idle_rounds: repetitions of the idle week, and runs in each, of which the fastest counts.
        growth_nodes: the small and the large cluster.
        growth_ms: how long those run.
        growth_rounds: repetitions of those.
        month_per_minute: pods that arrive in the run of a month.
        month_ms: the length of the short run; the long one is ten times that.
        starts: repetitions of the quickstart's start.
        sweep_share: of the busy case, in each run of a sweep.
        sweep_runs: in a sweep.
        scale: the large run is made.
        judges_sweeps: a sweep is long enough for what it gains to be held against a goal.
    """

    name: str
    share: float
    pairs: int
    idle_nodes: int
    idle_rounds: tuple[int, int]
    growth_nodes: tuple[int, int]
    growth_ms: int
    growth_rounds: int
    month_per_minute: float
    month_ms: int
    sweep_share: float
    sweep_runs: int
    starts: int = 1
    scale: bool = False
    judges_sweeps: bool = False


SIZES = {
    size.name: size
    for size in (
        Size(
            name="full",
            share=1,
            pairs=5,
            idle_nodes=500,
            idle_rounds=(5, 3),
            growth_nodes=(200, 2_000),
            growth_ms=20 * MINUTE_MS,
            growth_rounds=3,
            month_per_minute=24,
            month_ms=3 * 24 * 60 * MINUTE_MS,
            sweep_share=0.1,
            sweep_runs=240,
            starts=5,
            scale=True,
            judges_sweeps=True,
        ),
        Size(
            name="quick",
            share=0.1,
            pairs=9,
            idle_nodes=50,
            idle_rounds=(5, 8),
            growth_nodes=(20, 200),
            growth_ms=12 * MINUTE_MS,
            growth_rounds=3,
            month_per_minute=2.4,
            month_ms=3 * 24 * 60 * MINUTE_MS,
            sweep_share=0.1,
            sweep_runs=20,
        ),
        Size(
            name="tiny",
            share=0.01,
            pairs=2,
            idle_nodes=2,
            idle_rounds=(1, 1),
            growth_nodes=(1, 2),
            growth_ms=5 * MINUTE_MS,
            growth_rounds=1,
            month_per_minute=6,
            month_ms=5 * MINUTE_MS,
            sweep_share=0.01,
            sweep_runs=4,
        ),
    )
}
