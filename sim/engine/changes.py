"""Changes of aws-node, from the scenario to the DaemonSet controller that rolls them out."""

from __future__ import annotations

from sim.aws.instance_types import of_group
from sim.clock import Clock
from sim.kube.daemon_settings import Template, daemon_settings, is_refused
from sim.kube.group_spec import GroupSpec
from sim.kube.max_pods import max_pods
from sim.kube.nodes import Node
from sim.kube.rollout import Plan, Rollouts
from sim.randomness import Streams, sampler
from sim.scenario.kube import Kube
from sim.scenario.models import ScenarioModel

MAX_CONTAINER_BACK_OFF_MS = 300_000
"""kubernetes pkg/kubelet MaxContainerBackOff."""


def crash_loop_most(kube: Kube) -> int:
    """Up to how many ms the wait between failed starts of aws-node doubles."""
    given = kube.aws_node_restart_max
    return MAX_CONTAINER_BACK_OFF_MS if given is None else given


def rollouts(
    model: ScenarioModel, clock: Clock, streams: Streams, nodes: list[Node], groups: list[GroupSpec]
) -> Rollouts | None:
    """The controller of a scenario's changes; None if it has none.

    ``nodes`` is the list that nodes are added to, ``groups`` the resolved node groups.
    """
    if not model.change:
        return None
    return Rollouts(clock, streams, nodes, groups, _plans(model))


def _plans(model: ScenarioModel) -> list[Plan]:
    """The changes, each on top of those before it.

    What a node's kubelet takes stays as it was: max pods is set when a node starts.
    """
    started = dict(model.group_settings())
    current, plans = dict(started), []
    for change in model.change:
        templates = {}
        for number, group in enumerate(model.cluster.node_groups):
            if change.node_groups is not None and group.name not in change.node_groups:
                continue
            before = current[group.name]
            after = current[group.name] = before.merged(change.ipamd)
            pods = max_pods(group, started[group.name])
            starts = is_refused(before) or not is_refused(after)
            settings = daemon_settings(
                after, of_group(group), pods, group.unmanaged_enis, model.cni
            )
            templates[number] = Template(settings, starts)
        down = sampler(change.restart_time)
        plans.append(Plan(change.at, templates, change.most_unavailable, down))
    return plans
