"""A scenario that replays a history in place of the static workloads that it covers.

A snapshot's Deployment has as many replicas as it had pods at that moment. Those of them that the
history knows are in the trace too, and would count twice: the Deployment keeps only as many
replicas as the history does not know of, and goes if there are none. CronJobs and Jobs go if the
history has any pod of theirs.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sim.scenario.load import Scenario
from sim.scenario.units import format_duration
from sim.scenario.workload import Deployment, Poisson, Trace, Workload

from .lives import Life
from .read import Churn, moment
from .trace_file import Requests

HISTORY = "history"
Groups = tuple[str, ...]
"""Node groups that pods may go to; empty: all."""


@dataclass
class Replaced:
    """What becomes of a scenario's workloads.

    Attributes:
        kept: replicas that stay of a Deployment, by the workload's name; 0: it goes.
        parts: the pods of each trace, by the node groups that they may go to.
        requests: of the workloads that are replaced, by name.
    """

    kept: dict[str, int]
    parts: dict[Groups, list[Life]]
    requests: dict[str, Requests]

    def requests_of(self, life: Life) -> Requests | None:
        """What a pod's workload says that it requests."""
        return next((self.requests[n] for n in names(life) if n in self.requests), None)


def names(life: Life) -> tuple[str, str]:
    """What a scenario may call a pod's workload: an imported one, or one written by hand."""
    controller = life.controller
    return f"{controller.namespace}.{controller.name}", controller.name


def daemonset_pods(scenario: Scenario) -> int:
    """How many pods with an address of their own DaemonSets put on every node, at least."""
    return min(
        sum(not one.hostNetwork for one in group.daemonsets)
        for group in scenario.model.cluster.node_groups
    )


def replaced(scenario: Scenario, churn: Churn) -> Replaced:
    """What of a scenario's workloads a history stands for; said in the history's notes."""
    workloads = {one.name: one for one in scenario.model.workload}
    of = [next((n for n in names(life) if n in workloads), "") for life in churn.lives]
    pods = Counter(of)
    at_end = Counter(
        name for name, life in zip(of, churn.lives, strict=True) if _at_end(life, churn)
    )
    kept = {
        name: _kept(one, at_end[name], are_named=churn.are_named)
        for name, one in workloads.items()
        if not isinstance(one, Trace | Poisson) and (pods[name] or not churn.are_named)
    }
    parts: dict[Groups, list[Life]] = {}
    for name, life in zip(of, churn.lives, strict=True):
        groups = workloads[name].node_groups if name in kept else None
        parts.setdefault(tuple(groups or ()), []).append(life)
    requests = {
        name: (workloads[name].requests.cpu, workloads[name].requests.memory) for name in kept
    }
    _say(workloads, kept, pods, churn)
    return Replaced(kept, parts, requests)


def _at_end(life: Life, churn: Churn) -> bool:
    return life.end.time_ms is None or life.end.time_ms >= churn.end_ms


def _kept(workload: Workload, known: int, *, are_named: bool) -> int:
    if not isinstance(workload, Deployment) or not are_named:
        return 0
    return max(int(workload.replicas[-1].replicas) - known, 0)


def _say(
    workloads: Mapping[str, Workload], kept: Mapping[str, int], pods: Counter[str], churn: Churn
) -> None:
    notes = churn.notes
    gone = [name for name, left in kept.items() if not left]
    part = {name: left for name, left in kept.items() if left}
    if gone:
        notes.understood.append(f"the trace takes the place of {len(gone)} workloads: {_few(gone)}")
    if part:
        said = [f"{name} {left}" for name, left in part.items()]
        notes.understood.append(f"replicas without a history stay as they are: {_few(said)}")
    if churn.are_named and pods[""]:
        notes.guessed.append(
            f"{pods['']:,} pods of controllers that the scenario does not have may go to any node"
        )
    still = [name for name in workloads if name not in kept]
    if still:
        notes.left_out.append(f"no history of {len(still)} workloads, which stay: {_few(still)}")


def _few(names: list[str], n: int = 5) -> str:
    more = f" and {len(names) - n} more" if len(names) > n else ""
    return ", ".join(names[:n]) + more


def trace_paths(path: Path, parts: Mapping[Groups, list[Life]]) -> dict[Groups, Path]:
    """The file of each trace: the one asked for, and one beside it for each other nodeSelector."""
    return {
        groups: path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        for number, groups in enumerate(parts, start=1)
    }


def new_scenario(
    scenario: Scenario,
    text: str,
    made: Replaced,
    churn: Churn,
    file_of: Callable[[Groups], str],
    other: Callable[[str], str],
) -> str:
    """The text of the scenario with its traces, its comments kept.

    Args:
        scenario: that of the text.
        text: YAML.
        made: what becomes of its workloads.
        churn: the history.
        file_of: the name of each trace's file in the new scenario.
        other: the name that a trace file of the scenario has in the new one.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    data = yaml.load(text)
    workload = data["workload"]
    for index in reversed(range(len(workload))):
        one = workload[index]
        if "file" in one:
            one["file"] = other(one["file"])
        left = made.kept.get(str(one["name"]))
        if left == 0:
            del workload[index]
        elif left is not None:
            one["replicas"] = left
    taken = {one.name for one in scenario.model.workload}
    workload.extend(_trace(groups, file_of(groups), taken) for groups in made.parts)
    data["duration"] = format_duration(max(churn.end_ms - churn.begin_ms, 1_000))
    if data.get("origin") is not None:
        data["origin"] |= {"churn": "known", "history_start": moment(churn.begin_ms)}
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in _head(churn))
    yaml.dump(data, out)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _head(churn: Churn) -> Iterator[str]:
    """The notes, as the scenario's first comment."""
    yield "With the pods' history in place of what a snapshot does not tell."
    for title, sentences in churn.notes.sections():
        yield title
        yield from (f"  - {one}" for one in sentences)
    yield ""


def _trace(groups: Groups, file: str, taken: set[str]) -> dict[str, Any]:
    numbers = count(2)
    name = HISTORY
    while name in taken:
        name = f"{HISTORY}-{next(numbers)}"
    taken.add(name)
    return {"kind": "trace", "name": name, "file": file} | (
        {"node_groups": list(groups)} if groups else {}
    )
