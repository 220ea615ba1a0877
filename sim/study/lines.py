"""The lines that put a recommended choice into a cluster; `sim.advice` knows how to write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sim.advice import forms
from sim.advice.change import Change, change_to
from sim.advice.environment import WARM_POOL, environment
from sim.advice.notes import and_, of_types
from sim.scenario.ipamd import Ipamd

from .candidates import Candidate

if TYPE_CHECKING:
    from sim.scenario.load import Scenario


class Lines(NamedTuple):
    """Three ways to set the same.

    Attributes:
        kubectl: a command for the DaemonSet itself.
        addon: the EKS add-on's configurationValues, as JSON.
        helm: values of the chart eks/aws-vpc-cni, as YAML.
    """

    kubectl: str
    addon: str
    helm: str


def lines(candidate: Candidate, ipamd: Ipamd) -> Lines:
    """What to paste for a candidate.

    Args:
        candidate: the choice.
        ipamd: the scenario's settings; those that differ from the shipped manifest's and are not
            part of a candidate are set as well.
    """
    variables = environment(ipamd.model_copy(update=candidate.settings))
    return Lines(
        kubectl=forms.kubectl(variables),
        addon=forms.configuration_values(variables),
        helm=forms.helm_values(variables),
    )


def change(scenario: Scenario, choice: Candidate) -> Change:
    """From a scenario's settings to a choice on the nodes of all groups."""
    return change_to(scenario.model, choice.settings)


def notes(scenario: Scenario, choice: Candidate) -> Iterator[str]:
    """What to know before the lines of a choice are pasted."""
    groups = scenario.model.cluster.node_groups
    own = [one.name for one in groups if one.ipamd and one.ipamd.model_fields_set & {*WARM_POOL}]
    if own:
        yield (
            f"{and_(own)} had settings of their own in the scenario. One DaemonSet has one "
            "environment: the choice is the same for all groups."
        )
    found = change(scenario, choice)
    yield from _of_mode(scenario, found)
    yield from of_types(found)


def _of_mode(scenario: Scenario, found: Change) -> Iterator[str]:
    """What a change of mode takes."""
    prefixes = found.after.ENABLE_PREFIX_DELEGATION
    settings = dict(scenario.model.group_settings())
    if all(one.ENABLE_PREFIX_DELEGATION is prefixes for one in settings.values()):
        return
    yield (
        "This changes ENABLE_PREFIX_DELEGATION: replace the nodes, as AWS advises, rather than "
        "let running ones change over. The figures are those of nodes that start with it."
    )
    for group, spec in zip(found.groups, scenario.model.cluster.node_groups, strict=True):
        if group.needs_new_nodes and spec.max_pods != "auto":
            yield (
                f"Max pods of {group.name} goes from {group.max_pods_before} to {group.max_pods} "
                f"with it (max_pods: {spec.max_pods}): its nodes have to be launched with that."
            )
