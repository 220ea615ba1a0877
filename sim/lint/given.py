"""A case from the command line: variables, and as much of a cluster as is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.scenario.ipamd import NOT_ABOUT_THE_POOL
from sim.scenario.load import Scenario
from sim.scenario.source import Source, written_value

from .case import Case

VARIABLE = re.compile(r"[A-Z][A-Za-z0-9_]*=", re.ASCII)
"""What an argument begins with that sets a variable, and is no scenario file."""

_STAND_INS = {"instance_type": "m5.large", "nodes": 1}
_SUBNET = "10.0.0.0/16"


def case_of_scenario(path: str, overrides: Sequence[str], variables: Sequence[str]) -> Case:
    """A scenario, some of its variables replaced.

    Raises:
        InputError: with all that is wrong.
    """
    scenario = Scenario.load(path, overrides)
    return Case(scenario.with_source(_with_variables(scenario.source, variables)))


def case_of_arguments(
    variables: Sequence[str], group: Mapping[str, Any], subnets: Sequence[str]
) -> Case:
    """Variables on a cluster of which only some is known.

    Args:
        variables: such as WARM_IP_TARGET=1.
        group: of instance_type, nodes and max_pods what is known.
        subnets: CIDRs; none if they are not known.

    Raises:
        InputError: with all that is wrong.
    """
    cidrs = subnets or [_SUBNET]
    base = Scenario.from_dict(
        {
            "name": "command line",
            "duration": "1h",
            "cluster": {
                "subnets": [{"name": f"s{i}", "cidr": one} for i, one in enumerate(cidrs, 1)],
                "node_groups": [{"name": "nodes", **_STAND_INS, **group}],
            },
            "workload": [{"kind": "deployment", "name": "none", "replicas": 0}],
        }
    )
    source = _with_variables(base.source, variables)
    said = {"type": "instance_type" in group, "nodes": "nodes" in group, "subnets": bool(subnets)}
    return Case(base.with_source(source), frozenset(need for need, is_so in said.items() if is_so))


def _with_variables(source: Source, variables: Sequence[str]) -> Source:
    """A source with variables set; those that do not touch the pool are left out."""
    for text in variables:
        name, _, written = text.partition("=")
        if name not in NOT_ABOUT_THE_POOL:
            source = source.with_value(f"ipamd.{name}", written_value(written, text), text)
    return source
