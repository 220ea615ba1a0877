"""Which nodes a pod may run on: nodeSelector, required node affinity, taints.

Rules of Kubernetes' scheduler, plugins nodeaffinity and tainttoleration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .values import Value

PASSING_TAINTS = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "karpenter.sh/disrupted",
    "karpenter.sh/disruption",
    "karpenter.sh/unregistered",
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
    "ebs.csi.aws.com/agent-not-ready",
)
"""Beginnings of taints that come and go with a node's state and say nothing about its group."""


class Taint(NamedTuple):
    """A taint of a node."""

    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    """A toleration of a pod; an empty key, value or effect stands for any."""

    key: str
    exists: bool
    value: str
    effect: str

    def covers(self, taint: Taint) -> bool:
        """Whether the taint keeps no pod with this toleration away."""
        if self.effect not in ("", taint.effect) or self.key not in ("", taint.key):
            return False
        return self.exists or (self.key != "" and self.value == taint.value)


class Rule(NamedTuple):
    """One requirement on a label, or on the node's name."""

    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it; the node's name stands under `NAME`."""
        value = labels.get(self.key)
        if self.operator == "In":
            return value in self.values
        if self.operator == "NotIn":
            return value not in self.values
        if self.operator in ("Exists", "DoesNotExist"):
            return (value is not None) == (self.operator == "Exists")
        return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        try:
            here, bound = int(value or ""), int(self.values[0])
        except (ValueError, IndexError):
            return False
        return here > bound if self.operator == "Gt" else here < bound


NAME = "metadata.name"
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")


class Selection(NamedTuple):
    """What a pod asks of its node.

    Attributes:
        labels: those that the node has to have.
        terms: lists of rules of which one has to hold whole; None: no such lists.
        tolerations: of the pod.
    """

    labels: tuple[tuple[str, str], ...]
    terms: tuple[tuple[Rule, ...], ...] | None
    tolerations: tuple[Toleration, ...]

    def allows(self, name: str, labels: Mapping[str, str], taints: tuple[Taint, ...]) -> bool:
        """Whether a pod may run on a node with this name, these labels and taints."""
        if not all(labels.get(key) == value for key, value in self.labels):
            return False
        if not all(self._tolerates(taint) for taint in taints):
            return False
        return self.terms is None or any(
            term and all(rule.holds({**labels, NAME: name}) for rule in term) for term in self.terms
        )

    def _tolerates(self, taint: Taint) -> bool:
        passes = taint.effect == "PreferNoSchedule" or taint.key.startswith(PASSING_TAINTS)
        return passes or any(one.covers(taint) for one in self.tolerations)

    @property
    def without_names(self) -> Selection:
        """The same without rules on the node's name, as a DaemonSet's pods have them."""
        if self.terms is None:
            return self
        terms = [tuple(rule for rule in term if rule.key != NAME) for term in self.terms]
        kept = tuple(term for term in terms if term)
        return self._replace(terms=kept or None)


def selection_of(spec: Value) -> Selection:
    """What the spec of a pod, or of a template, asks of nodes.

    Raises:
        InputError: something in it is not as Kubernetes has it.
    """
    required = spec.at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = None
    if required.is_there:
        terms = tuple(_rules(term) for term in required.at("nodeSelectorTerms").items())
    labels = tuple(sorted(spec.at("nodeSelector").pairs().items()))
    return Selection(labels, terms, tuple(_toleration(t) for t in spec.at("tolerations").items()))


def _rules(term: Value) -> tuple[Rule, ...]:
    return tuple(
        _rule(one) for key in ("matchExpressions", "matchFields") for one in term.at(key).items()
    )


def _rule(one: Value) -> Rule:
    operator = one.at("operator")
    if operator.text() not in OPERATORS:
        raise operator.error(f"{operator.text()!r} is no operator: {', '.join(OPERATORS)}")
    values = tuple(value.text() for value in one.at("values").items())
    return Rule(one.at("key").needed(), operator.text(), values)


def _toleration(one: Value) -> Toleration:
    return Toleration(
        key=one.at("key").text(),
        exists=one.at("operator").text() == "Exists",
        value=one.at("value").text(),
        effect=one.at("effect").text(),
    )


def taints_of(spec: Value) -> tuple[Taint, ...]:
    """The taints in a node's spec.

    Raises:
        InputError: something in it is not as Kubernetes has it.
    """
    return tuple(
        Taint(one.at("key").needed(), one.at("value").text(), one.at("effect").needed())
        for one in spec.at("taints").items()
    )
