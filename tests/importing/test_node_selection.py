"""Which nodes a pod may run on."""

from __future__ import annotations

from typing import Any

import pytest

from sim.importing.selection import selection_of, taints_of
from sim.importing.values import Value
from sim.scenario.errors import InputError

LABELS = {"zone": "a", "cores": "8", "gpu": ""}


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    """A spec with required node affinity."""
    inner = {"nodeSelectorTerms": list(terms)}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": inner}}}


def rule(key: str, operator: str, *values: str) -> dict[str, Any]:
    """A term of one rule on a label."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


NAMED = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({}, True),
        ({"nodeSelector": {"zone": "a"}}, True),
        ({"nodeSelector": {"zone": "a", "gpu": "yes"}}, False),
        (required(rule("zone", "In", "a", "b")), True),
        (required(rule("zone", "NotIn", "a")), False),
        (required(rule("other", "NotIn", "a")), True),  # a label that is not there is not in it
        (required(rule("gpu", "Exists")), True),
        (required(rule("gpu", "DoesNotExist")), False),
        (required(rule("cores", "Gt", "4")), True),
        (required(rule("cores", "Lt", "4")), False),
        (required(rule("zone", "Gt", "4")), False),
        (required(rule("zone", "In", "b"), rule("cores", "In", "8")), True),  # one term is enough
        (required({**rule("zone", "In", "a"), **NAMED}), True),
        (required({**rule("zone", "In", "b"), **NAMED}), False),  # all rules of a term have to hold
        (required(), False),
        (required({}), False),  # an empty term matches nothing
        ({"nodeSelector": {"zone": "b"}, **required(rule("zone", "In", "a"))}, False),
    ],
)
def test_labels(spec: dict[str, Any], allowed: bool) -> None:
    """Selector and affinity are met as the scheduler has it."""
    selection = selection_of(Value(spec, "f", "spec"))
    assert selection.allows("node-1", LABELS, ()) is allowed


@pytest.mark.parametrize(
    ("toleration", "allowed"),
    [
        (None, False),
        ({"operator": "Exists"}, True),
        ({"key": "team", "operator": "Exists"}, True),
        ({"key": "team", "operator": "Equal", "value": "data"}, True),
        ({"key": "team", "value": "data", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "web"}, False),
        ({"key": "team", "value": "data", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_taints(toleration: dict[str, str] | None, allowed: bool) -> None:
    """A taint keeps pods away that do not tolerate it."""
    spec = {"taints": [{"key": "team", "value": "data", "effect": "NoSchedule"}]}
    taints = taints_of(Value(spec, "f", "spec"))
    pod = {"tolerations": [toleration] if toleration else None}
    assert selection_of(Value(pod, "f", "spec")).allows("n", {}, taints) is allowed


@pytest.mark.parametrize(
    "taint",
    [
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
        {"key": "karpenter.sh/disrupted", "effect": "NoSchedule"},
        {"key": "team", "effect": "PreferNoSchedule"},
    ],
)
def test_passing_taints(taint: dict[str, str]) -> None:
    """Taints of a node's state, and mere preferences, say nothing about its group."""
    taints = taints_of(Value({"taints": [taint]}, "f", "spec"))
    assert selection_of(Value({}, "f", "spec")).allows("n", {}, taints)


def test_a_daemon_sets_pod_without_its_node() -> None:
    """The name that the DaemonSet controller adds can be taken off, and the rest stays."""
    bound = selection_of(Value(required({**rule("zone", "In", "a"), **NAMED}), "f", "spec"))
    assert bound.without_names == selection_of(Value(required(rule("zone", "In", "a")), "f", ""))
    alone = selection_of(Value(required(NAMED), "f", "spec"))
    assert alone.without_names == selection_of(Value({}, "f", ""))


def test_no_operator() -> None:
    """An operator that Kubernetes does not have is named with its place."""
    spec = Value(required(rule("zone", "Within", "a")), "f", "spec")
    with pytest.raises(
        InputError, match=r"matchExpressions\[0\]\.operator: 'Within' is no operator"
    ):
        selection_of(spec)
