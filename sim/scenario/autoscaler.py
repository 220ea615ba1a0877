"""What a user writes under ``cluster.autoscalers``: what makes and removes nodes as pods need."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Strict
from .units import Duration

Groups = Annotated[
    list[Annotated[str, Field(max_length=63)]],
    Field(min_length=1),
]


class Karpenter(Strict):
    """A NodePool of Karpenter; each of its node groups is an instance type that it may choose."""

    kind: Literal["karpenter"] = Field(description="Which kind of autoscaler.")
    node_groups: Groups = Field(
        description="Names of the node groups that are its types; their nodes are what there is "
        "at first."
    )
    nitro_only: bool = Field(
        False,
        description="Launch nitro types only, as prefix mode needs (the requirement "
        "karpenter.k8s.aws/instance-hypervisor In nitro).",
    )
    batch_idle: Duration = Field(
        1_000,
        description="Pods are looked at once no other has become pending for this long. Source: "
        "Karpenter settings, BATCH_IDLE_DURATION.",
    )
    batch_max: Duration = Field(
        10_000,
        description="At the latest this long after the first. Source: BATCH_MAX_DURATION.",
    )
    consolidate_after: Duration | None = Field(
        0,
        description="A node that has been empty for this long is removed, after looks 10 s apart "
        "and a check 15 s later; null: never. Source: NodePool, consolidateAfter.",
    )
    expire_after: Annotated[Duration, Field(gt=0)] | None = Field(
        720 * 3_600_000,
        description="A node of this age is drained and removed; null: never. Source: NodePool, "
        "expireAfter.",
    )
    budget: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1,
        description="Share of its nodes that may be removed at a time for being empty, rounded up. "
        "Source: NodePool, disruption budgets.",
    )


class ClusterAutoscaler(Strict):
    """The Cluster Autoscaler, for node groups that are Auto Scaling groups."""

    kind: Literal["cluster-autoscaler"] = Field(description="Which kind of autoscaler.")
    node_groups: Groups = Field(description="Names of the node groups it scales.")
    expander: Literal["random", "least-waste"] = Field(
        "least-waste",
        description="Which group grows if several would do. Source: --expander; it was random "
        "before version 1.33.",
    )
    scan_interval: Annotated[Duration, Field(gt=0)] = Field(
        10_000, description="Between two looks. Source: --scan-interval."
    )
    frequent_loops: bool = Field(
        True,
        description="A pod that fits nowhere sets off a look, a second later (assumed). Source: "
        "--frequent-loops-enabled, false before version 1.35.",
    )
    scale_down_unneeded: Duration = Field(
        600_000,
        description="A node that has been empty for this long is removed. Source: "
        "--scale-down-unneeded-time.",
    )
    scale_down_delay_after_add: Duration = Field(
        600_000,
        description="No node is removed for this long after one was added. Source: "
        "--scale-down-delay-after-add.",
    )


Autoscaler = Annotated[Karpenter | ClusterAutoscaler, Field(discriminator="kind")]
