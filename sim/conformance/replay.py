"""Runs the model in a recording's world."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sim.engine.build import build
from sim.engine.run import simulate
from sim.results.records import PoolTable, Recorder
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario

from .looks import Looks, switches_mode
from .story import Difference, first_difference, replayed
from .world import scenario_data, trace_text

SEEDS = tuple(range(1, 21))
"""Where the daemon's runs agreed by luck, the model needs some, too: it is asked with these."""

ENOUGH = 12


@dataclass(frozen=True)
class Agreement:
    """How many of the seeds tried reproduce a story, and the first difference otherwise."""

    agreed: int
    tried: int
    difference: Difference | None
    failed: str = ""
    """Why the case could not be run at all."""

    @property
    def why(self) -> str:
        """What differs first."""
        return self.failed or str(self.difference)

    @property
    def is_exact(self) -> bool:
        """All seeds that were tried agree, or 12 of 20."""
        return not self.failed and (self.agreed == self.tried or self.agreed >= ENOUGH)


def replay(case: Mapping[str, Any], seed: int, *, every_pass: bool = False) -> Recorder:
    """The model's records of a recorded case."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pods.csv").write_text(trace_text(case))
        data = scenario_data(case, "pods.csv") | {"seed": seed}
        scenario = Scenario.from_dict(data, folder)
        world = build(scenario, case["end_ms"], every_pass=every_pass)
    looks = Looks(world) if switches_mode(case) else None
    simulate(world)
    if looks is not None:
        world.recorder.pool = cast(PoolTable, looks.table)
    return world.recorder


def agreement(story: Mapping[str, Any], seeds: Iterable[int] = SEEDS) -> Agreement:
    """Asks with the first seed, and with all of them only if that one differs."""
    agreed = tried = 0
    difference = None
    for seed in seeds:
        try:
            recorder = replay(story["case"], seed)
        except InputError as error:
            return Agreement(0, 1, None, f"cannot be run: {error}")
        found = first_difference(story, replayed(recorder, story["case"]))
        tried += 1
        agreed += found is None
        difference = difference or found
        if tried == agreed == 1:
            break
    return Agreement(agreed, tried, difference)
