"""What a made-up cluster has: node pools, controllers with their pods, subnets, other tenants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""When the files of a plan say that they were written."""

POOL_LABELS = {
    "eks": "eks.amazonaws.com/nodegroup",
    "karpenter": "karpenter.sh/nodepool",
    "eksctl": "alpha.eksctl.io/nodegroup-name",
    "kops": "kops.k8s.io/instancegroup",
    "fargate": "eks.amazonaws.com/fargate-profile",
}
"""By what makes nodes: the label that names their group."""


@dataclass(frozen=True)
class Net:
    """A subnet.

    Attributes:
        name: its tag Name, and how pools refer to it.
        cidr: its addresses; empty for one of IPv6 alone.
        zone: its Availability Zone.
        tags: others than Name.
        others: its addresses that network interfaces outside of the cluster have, by what these
            are: a key of `ec2.TENANTS`.
        reservations: (CIDR, type) of its CIDR reservations.
    """

    name: str
    cidr: str
    zone: str
    tags: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reservations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pool:
    """Nodes of one kind.

    Attributes:
        name: that of the node group or NodePool.
        made_by: a key of `POOL_LABELS`: what makes its nodes.
        instance_type: the EC2 instance type; empty for Fargate.
        nodes: how many there are by the names of their subnets.
        cpu: millicores of a machine.
        memory_ki: KiB of a machine, as its kubelet sees them.
        reserved_cpu: millicores kept from pods.
        reserved_ki: KiB kept from pods.
        max_pods: what its kubelets allow.
        enis: most ENIs of a node.
        per_eni: most addresses of an ENI.
        arch: amd64 or arm64.
        system: linux or windows.
        labels: more of its nodes' labels.
        taints: (key, value, effect) of its nodes' taints.
    """

    name: str
    made_by: str
    instance_type: str
    nodes: Mapping[str, int]
    cpu: int
    memory_ki: int
    reserved_cpu: int
    reserved_ki: int
    max_pods: int
    enis: int
    per_eni: int
    arch: str = "amd64"
    system: str = "linux"
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[tuple[str, str, str], ...] = ()

    @property
    def all_labels(self) -> dict[str, str]:
        """Labels that decide which pods run on its nodes."""
        return {
            POOL_LABELS[self.made_by]: self.name,
            "kubernetes.io/arch": self.arch,
            "kubernetes.io/os": self.system,
            "node.kubernetes.io/instance-type": self.instance_type,
            **self.labels,
        }


@dataclass(frozen=True)
class Controller:
    """A controller and the pods it has.

    Attributes:
        name: of the controller; of the pod where there is none.
        namespace: of both.
        kind: Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod.
        pods: how many there are; one a node for a DaemonSet, whatever this says.
        cpu: requested, as a Kubernetes quantity, or empty.
        memory: requested, as a Kubernetes quantity, or empty.
        image: of its container.
        host_network: whether its pods take their nodes' addresses.
        pools: names of the pools that its pods run on; any that they tolerate if empty.
        groups: EKS node groups that it runs on by its node affinity; any if empty.
        node_selector: labels of the nodes that it runs on.
        tolerations: keys of the taints that it tolerates; ``*``: any.
        schedule: of a CronJob.
        lifetime_s: run time of a Job's or CronJob's pods, in seconds; of a Deployment's where
            something deletes them at that age; None: for ever.
        finished: pods of a Job or CronJob that have ended and are still listed.
    """

    name: str
    namespace: str = "default"
    kind: str = "Deployment"
    pods: int = 1
    cpu: str = ""
    memory: str = ""
    image: str = "registry.example.com/app:1.0"
    host_network: bool = False
    pools: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[str, ...] = ()
    schedule: str = ""
    lifetime_s: int | None = None
    finished: int = 0


@dataclass(frozen=True)
class Plan:
    """A cluster at one moment.

    Attributes:
        name: of the cluster.
        nets: its VPC's subnets.
        pools: its nodes.
        controllers: its pods.
        settings: environment variables of aws-node.
        at: when its files are written.
        region: of its account.
        account: twelve digits.
    """

    name: str
    nets: tuple[Net, ...]
    pools: tuple[Pool, ...]
    controllers: tuple[Controller, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    at: datetime = MONDAY
    region: str = "eu-west-1"
    account: str = "111122223333"
