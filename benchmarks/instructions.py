"""Instructions of the processor a pod, counted by valgrind: the same on a busy machine.

Usage: python -m benchmarks.instructions [CASE ...]; needs valgrind, takes a minute a case. Loads as
of `benchmarks.ratios`, on few nodes. They say how much there is to do, not how long it takes:
the floor's few instructions run faster than the model's many.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sim.engine.build import build
from sim.engine.run import simulate

from .children import ROOT
from .pods import floor
from .ratios import LOADS

SHARE = 0.04
NOTHING, FLOOR, MODEL = KINDS = ("nothing", "floor", "model")
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def _run(case: str, kind: str) -> int:
    """Does the work of one kind after the same preparations; the number of pods."""
    load = LOADS[case].scaled(SHARE)
    pods = load.pods()
    with tempfile.TemporaryDirectory() as folder:
        scenario = load.scenario(pods, Path(folder))
        world = build(scenario, scenario.duration_ms)
        if kind == FLOOR:
            floor(pods, load.duration_ms)
        elif kind == MODEL:
            simulate(world)
    return len(pods)


def _counted(case: str, kind: str) -> tuple[int, int]:
    """(instructions, pods) of a process that does it."""
    command = [*VALGRIND, sys.executable, "-m", "benchmarks.instructions", "--run", case, kind]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found = re.search(r"I +refs: +([\d,]+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1].replace(",", "")), int(done.stdout)


def main(arguments: list[str]) -> None:
    """Prints a line a case."""
    if arguments[:1] == ["--run"]:
        print(_run(*arguments[1:]))
        return
    print(f"{'case':15}{'floor':>10}{'model':>10}{'ratio':>8}")
    for case in arguments or LOADS:
        with ThreadPoolExecutor() as pool:
            counted = dict(zip(KINDS, pool.map(_counted, [case] * 3, KINDS), strict=True))
        nothing, pods = counted[NOTHING]
        base, ours = ((counted[kind][0] - nothing) // pods for kind in (FLOOR, MODEL))
        print(f"{case:15}{base:10,}{ours:10,}{ours / base:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
