"""What the quickstart's run does between its start and its end, timed in a process of its own.

Usage: python -m benchmarks.inside; prints [simulation, reading, writing] in seconds. Reading its
trace and writing its records include the import of what they need, such as NumPy and PyArrow.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

from sim.engine.build import World, build
from sim.engine.run import simulate
from sim.scenario.load import Scenario

from .children import ROOT

QUICKSTART = str(ROOT / "scenarios" / "quickstart.yaml")


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


def _write(scenario: Scenario, world: World, folder: str) -> None:
    from sim.results.result import Result
    from sim.results.tables import sorted_records

    names = world.recorder.names
    tables = sorted_records(world.recorder.take(), names)
    Result(scenario, tables, names, world.duration_ms).save(folder)


def main() -> None:
    """Times them once."""
    scenario = Scenario.load(QUICKSTART)
    reading, world = _timed(lambda: build(scenario, scenario.duration_ms))
    simulation, _ = _timed(lambda: simulate(world))
    with tempfile.TemporaryDirectory() as folder:
        writing, _ = _timed(lambda: _write(scenario, world, f"{folder}/out"))
    print(json.dumps([simulation, reading, writing]))


if __name__ == "__main__":
    main()
