"""The lines that put a choice of settings into a cluster.

One DaemonSet, one environment: all node groups get the same. What a choice has no use for must not
be left over from before, so it is unset where the form can say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from sim.aws.instance_types import of_group
from sim.kube.max_pods import max_pods
from sim.scenario.ipamd import Ipamd

from .candidates import Candidate

if TYPE_CHECKING:
    from sim.scenario.load import Scenario

_SEARCHED = (
    "ENABLE_PREFIX_DELEGATION",
    "WARM_ENI_TARGET",
    "WARM_PREFIX_TARGET",
    "WARM_IP_TARGET",
    "MINIMUM_IP_TARGET",
)
_UNSET_AT_0 = ("WARM_IP_TARGET", "MINIMUM_IP_TARGET", "MAX_ENI")

Environment = dict[str, str | None]
"""Variables as texts; None: must not be set."""


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
    variables = environment(candidate, ipamd)
    given = {name: value for name, value in variables.items() if value is not None}
    return Lines(
        kubectl=" ".join(["kubectl set env daemonset aws-node -n kube-system", *_words(variables)]),
        addon=json.dumps({"env": given}),
        helm="\n".join(["env:", *(f'  {name}: "{value}"' for name, value in given.items())]),
    )


def environment(candidate: Candidate, ipamd: Ipamd) -> Environment:
    """The variables that a candidate needs, and those that must not be set."""
    chosen: Mapping[str, int | bool] = candidate.settings
    variables = {name: _text(name, chosen[name]) for name in _SEARCHED if name in chosen}
    if candidate.holds_prefixes and "WARM_PREFIX_TARGET" not in variables:
        variables["WARM_PREFIX_TARGET"] = str(ipamd.WARM_PREFIX_TARGET)  # keeps ENIs even then
    defaults = Ipamd().model_dump()
    for name, value in ipamd.model_dump().items():
        if name not in _SEARCHED and value != defaults[name]:
            variables[name] = _text(name, value)
    return variables


def _text(name: str, value: int | bool) -> str | None:
    return None if name in _UNSET_AT_0 and not value else str(value).lower()


def _words(variables: Environment) -> list[str]:
    return [f"{name}-" if value is None else f"{name}={value}" for name, value in variables.items()]


def notes(scenario: Scenario, choice: Candidate) -> Iterator[str]:
    """What to know before the lines of a choice are pasted."""
    groups = scenario.model.cluster.node_groups
    own = [one.name for one in groups if one.ipamd and one.ipamd.model_fields_set & {*_SEARCHED}]
    if own:
        yield (
            f"{_and(own)} had settings of their own in the scenario. One DaemonSet has one "
            "environment: the choice is the same for all groups."
        )
    yield from _of_mode(scenario, choice)
    slow = [group.name for group in groups if not of_group(group).prefix_delegation]
    if choice.holds_prefixes and slow:
        yield f"{_and(slow)} cannot hold prefixes: nodes there fall back to secondary IPs."


def _of_mode(scenario: Scenario, choice: Candidate) -> Iterator[str]:
    """What a change of mode takes."""
    settings = dict(scenario.model.group_settings())
    after = {"ENABLE_PREFIX_DELEGATION": choice.holds_prefixes}
    groups = [
        (group, settings[group.name])
        for group in scenario.model.cluster.node_groups
        if settings[group.name].ENABLE_PREFIX_DELEGATION is not choice.holds_prefixes
    ]
    if groups:
        yield (
            "This changes ENABLE_PREFIX_DELEGATION: replace the nodes, as AWS advises, rather than "
            "let running ones change over. The figures are those of nodes that start with it."
        )
    for group, given in groups:
        here, there = max_pods(group, given), max_pods(group, given.model_copy(update=after))
        if here != there:
            yield (
                f"Max pods of {group.name} goes from {here} to {there} with it (max_pods: "
                f"{group.max_pods}): its nodes have to be launched with that."
            )


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
