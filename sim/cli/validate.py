"""``ipamd-sim validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .examples import example
from .options import scenario_argument
from .output import show_warnings

if TYPE_CHECKING:
    from sim.scenario.load import Scenario
    from sim.scenario.workload import Workload


@click.command(epilog=example("validate"))
@scenario_argument
def validate(scenario: str, overrides: tuple[str, ...]) -> None:
    """Check SCENARIO and say in one line what it is.

    Its traces are read too. Warnings go to standard error and leave the exit code at 0; one of
    them is that a run would have too many pods, or need more memory than run allows by itself.
    """
    from sim.engine.estimate import excess
    from sim.scenario.load import Scenario

    loaded = Scenario.load(scenario, overrides)
    show_warnings(loaded)
    if too_much := excess(loaded, streams_to_disk=False):
        click.echo(f"warning: {too_much}", err=True)
    click.echo(f"{scenario}: {describe(loaded)}")


def describe(scenario: Scenario) -> str:
    """Nodes, subnets, simulated time and workloads in one line."""
    from sim.report.format import duration, number_of

    cluster, workloads = scenario.model.cluster, scenario.model.workload
    steps = [[step.nodes for step in group.nodes] for group in cluster.node_groups]
    up_to = "up to " if any(len(one) > 1 for one in steps) else ""
    scaled = " at first, autoscaled" if cluster.autoscalers else ""
    what = [
        up_to + number_of(sum(map(max, steps)), "node") + scaled,
        number_of(len(cluster.subnets), "subnet"),
        duration(scenario.duration_ms / 1000),
    ]
    pods = [f"{one.name} ({_pods(one, scenario.folder)})" for one in workloads]
    return f"{', '.join(what)}; workload: {', '.join(pods)}"


def _pods(workload: Workload, folder: Path) -> str:
    """The kind of a workload, and how many pods it has where the scenario says so."""
    from sim.report.format import number_of
    from sim.workload.traces import read_trace

    if workload.kind == "poisson":
        return "poisson"
    if workload.kind == "trace":
        return f"trace of {number_of(len(read_trace(workload, folder).start_ms), 'pod')}"
    if workload.kind == "deployment":
        replicas = [step.replicas for step in workload.replicas]
        up_to = "up to " if len(replicas) > 1 else ""
        return f"deployment of {up_to}{number_of(max(replicas), 'pod')}"
    if workload.kind == "pattern":
        return f"{workload.pattern} of up to {number_of(workload.max, 'pod')}"
    return f"{workload.kind} of {number_of(workload.completions, 'pod')}"
