"""Shows what a node costs in EC2 requests from its launch to its end, for docs/nodes.md.

Usage: python tools/show_node_requests.py SCENARIO VARIANT...

The variant ``current`` is the scenario as it stands.
"""

from __future__ import annotations

import sys
from collections import Counter

from sim import Result, Scenario, run
from sim.results.records import NEVER
from sim.scenario.variants import CURRENT, variant_scenario

PHASES = ("start", "pods come", "pods go")

Requests = dict[str, Counter[str]]
"""Requests of each action by the phase of their node."""


def requests_of(result: Result) -> tuple[int, Requests]:
    """How many nodes began, had pods and ended in the run, and what they asked for in all.

    The first phase ends as the node is Ready, the second as its first pod ends; pods of DaemonSets
    are none here.
    """
    names, calls, pods, nodes = result.names, result.ec2_calls, result.pods, result.nodes
    ends: dict[int, int] = {}
    for node, ended, workload in zip(
        *(pods[n] for n in ("node", "ended_ms", "workload")), strict=True
    ):
        if ended != NEVER and "/" not in names.workloads[int(workload)]:
            ends[int(node)] = min(int(ended), ends.get(int(node), int(ended)))
    gone = {
        int(node): int(ready)
        for node, ready, ended in zip(
            nodes["node"], nodes["ready_ms"], nodes["terminated_ms"], strict=True
        )
        if NEVER not in (ready, ended) and int(node) in ends
    }
    found: Requests = {phase: Counter() for phase in PHASES}
    rows = zip(calls["node"], calls["request_ms"], calls["action"], strict=True)
    for node, at, action in rows:
        if int(node) in gone:
            phase = (int(at) >= gone[int(node)]) + (int(at) >= ends[int(node)])
            found[PHASES[phase]][names.actions[int(action)]] += 1
    return len(gone), found


def table(columns: dict[str, tuple[int, Requests]]) -> str:
    """Requests of a node, on average."""
    actions = dict.fromkeys(
        action for _, found in columns.values() for phase in PHASES for action in found[phase]
    )
    width = max(map(len, actions))
    lines = [" " * width + "".join(f"  {name:^{9 * 3 + 2}}" for name in columns)]
    lines += [" " * width + "".join(f"  {phase:>9}" for _ in columns for phase in PHASES)]
    for action in actions:
        cells = [
            found[phase][action] / count for count, found in columns.values() for phase in PHASES
        ]
        lines.append(f"{action:{width}}" + "".join(f"  {cell:9.1f}" for cell in cells))
    sums = [
        sum(found[phase].values()) / count for count, found in columns.values() for phase in PHASES
    ]
    lines.append(f"{'in all':{width}}" + "".join(f"  {one:9.1f}" for one in sums))
    return "\n".join(line.rstrip() for line in lines)


def main() -> None:
    """Runs the variants that are named, and prints the table."""
    file, *variants = sys.argv[1:]
    scenario = Scenario.load(file)
    columns = {}
    for name in variants:
        values = scenario.model.variants.get(name, {})
        one = scenario if name == CURRENT else variant_scenario(scenario, name, values)
        columns[name] = requests_of(run(one))
    print(table(columns))
    print(f"averages of {', '.join(f'{count} nodes' for count, _ in columns.values())}")


if __name__ == "__main__":
    main()
