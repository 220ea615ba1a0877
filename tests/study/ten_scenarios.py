"""The ten scenarios whose digests are kept, as jobs."""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path

from sim.study.executors import run_jobs
from sim.study.jobs import Job

TOOL = Path(__file__).parents[2] / "tools" / "make_digests.py"


@cache
def ten() -> list[Job]:
    """One each."""
    made = runpy.run_path(str(TOOL))
    return [Job.of(made["scenario"](name)) for name in made["TEN"]]


@cache
def here() -> str:
    """What comes of them in this process, to the last bit."""
    outcomes = run_jobs(ten())
    assert not any(one.error for one in outcomes.values())
    return repr(outcomes)
