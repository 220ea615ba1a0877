"""One run as a piece of work: what it takes, a key that stands for it, and what comes out."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.results.headline import Figures, headline_figures
from sim.results.needed import Needed
from sim.results.versions import modelled_versions
from sim.scenario.load import Scenario

if TYPE_CHECKING:
    from sim.engine.build import World
    from sim.results.blocks import Block
    from sim.workload.traces import TracePods

__all__ = ["Figures", "Job", "Needed", "Outcome", "run_job"]

NO_MATTER = ("name", "description", "expect", "variants", "prices", "origin")
"""Keys of a scenario that change nothing in a run."""
READING = ("format", "columns", "units")
"""Keys of a trace that say how its file is read; what was read has its own digest."""

_LONGEST = 500
_ONE_AT_A_TIME = threading.Lock()
"""Runs in threads of one process would only wait for each other, and changes are numbered."""


@dataclass(frozen=True)
class Job:
    """One run of one resolved scenario.

    The key is the SHA-256 of all that its outcome depends on: the resolved scenario with its seed,
    the pods of its traces, and the versions of the tool, of the CNI and of the limits table. Names
    of scenarios and files, comments and the order of keys are not among it.

    Attributes:
        text: the resolved scenario as canonical JSON, without what cannot change a run.
        traces: SHA-256 of the pods of each of its traces, in order.
        key: in hexadecimal.
        pods: the pods of the traces by digest; empty where they are kept apart from the job.
    """

    text: str
    traces: tuple[str, ...]
    key: str
    pods: Mapping[str, TracePods] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, scenario: Scenario, seed: int | None = None) -> Job:
        """That of a scenario.

        Args:
            scenario: what is to be run.
            seed: takes the place of the scenario's seed.
        """
        resolved = _that_matters(scenario.resolved())
        if seed is not None:
            resolved["seed"] = seed
        text = canonical(resolved)
        traces = tuple(pods.digest for pods in scenario.traces.values())
        pods = dict(zip(traces, scenario.traces.values(), strict=True))
        return cls(text, traces, _key(text, traces), pods)

    @property
    def resolved(self) -> dict[str, Any]:
        """The resolved scenario, without what cannot change a run."""
        data: dict[str, Any] = json.loads(self.text)
        return data

    def alone(self) -> Job:
        """The same without the pods of its traces: small enough to be sent for each run."""
        return replace(self, pods={})

    def scenario(self) -> Scenario:
        """The scenario to be run; files are not read for it."""
        resolved = self.resolved
        names = [one["name"] for one in resolved["workload"] if one["kind"] == "trace"]
        traces = {name: self.pods[digest] for name, digest in zip(names, self.traces, strict=True)}
        return Scenario.of_checked(resolved, traces)


class Outcome(NamedTuple):
    """What came of a job.

    Attributes:
        key: the job's.
        figures: the headline figures; None if the run raised.
        needed: the addresses that pods asked for; None if the run raised.
        error: one line, type and message of what it raised; empty if it did not.
    """

    key: str
    figures: Figures | None
    needed: Needed | None
    error: str = ""


def run_job(job: Job) -> Outcome:
    """Runs a job that has its pods; its memory does not grow with the length of the run.

    Equal jobs give equal outcomes, bit by bit. What the run raises is its outcome's error.
    """
    try:
        with _ONE_AT_A_TIME:
            return _run(job)
    except Exception as error:  # the others go on
        return failed(job.key, f"{type(error).__name__}: {error}")


def failed(key: str, error: str) -> Outcome:
    """The outcome of a run that has no figures."""
    line = " ".join(error.split())
    return Outcome(key, None, None, line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...")


def _run(job: Job) -> Outcome:
    from sim.engine.build import build
    from sim.engine.estimate import check
    from sim.engine.run import simulate

    if _key(job.text, job.traces) != job.key:
        raise RuntimeError(f"made for another version than the one here, {_versions()}")
    scenario = job.scenario()
    check(scenario, streams_to_disk=True)
    world = build(scenario, scenario.duration_ms)
    counted = _Counted(scenario, world)
    simulate(world, counted)
    return counted.outcome(job.key)


class _Counted:
    """Counts the blocks of a run, and keeps none."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        from sim.results.needed import Need
        from sim.results.summary import Tally

        self._tally = Tally(scenario, world.recorder.names, world.duration_ms)
        self._need = Need(scenario.model, world.duration_ms)

    def write(self, block: Block) -> None:
        """Counts the next block."""
        self._need.add(self._tally.add(block))

    def outcome(self, key: str) -> Outcome:
        """What came out, when all blocks are counted."""
        return Outcome(key, headline_figures(self._tally.summary()), self._need.figures())


# ------------------------------------------------------------------------- keys


def _that_matters(resolved: Mapping[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in resolved.items() if name not in NO_MATTER}
    data["workload"] = [_workload(one) for one in data["workload"]]
    return data


def _workload(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """A workload, without its trace's file and how that is read."""
    if spec["kind"] != "trace":
        return spec
    return {k: v for k, v in spec.items() if k not in READING} | {"file": spec["name"]}


def _key(text: str, traces: Iterable[str]) -> str:
    return hashlib.sha256("\n".join([text, *traces, _versions()]).encode()).hexdigest()


@cache
def _versions() -> str:
    return ", ".join(f"{name} {version}" for name, version in modelled_versions().items())


def canonical(data: Any) -> str:
    """Plain data as the JSON that equal data always give."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
