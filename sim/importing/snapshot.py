"""What was read of a cluster, kept small: the files may be hundreds of times as large."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import NamedTuple

from .selection import Selection, Taint


class Owner(NamedTuple):
    """A controller, or a pod that has none."""

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class Asked(NamedTuple):
    """Resources that a pod requests: millicores and bytes."""

    cpu: int
    memory: int


class Pod(NamedTuple):
    """A pod that has not ended.

    Attributes:
        owner: what it belongs to, at first hand.
        template: the hash that a Deployment's pods carry; empty for others.
        asked: what it requests.
        selection: the number of its node selection.
        node: the name of its node; empty while it has none.
        host_network: whether it uses its node's address.
        fargate: whether it runs on Fargate.
        security_groups: whether it asks for a branch ENI of its own.
        spread: whether it has rules on other pods or on spreading, which are not modelled.
    """

    owner: Owner
    template: str
    asked: Asked
    selection: int
    node: str
    host_network: bool
    fargate: bool
    security_groups: bool
    spread: bool


@dataclass(frozen=True)
class Node:
    """A node.

    Attributes:
        name: in the cluster.
        address: its IPv4 address.
        instance: id of its EC2 instance; empty if its provider id has none.
        labels: all of them.
        taints: all of them.
        cpu: millicores of the machine, and those for pods.
        memory: bytes of the machine, and those for pods.
        pods: how many it takes.
        system: linux or windows.
        cordoned: whether it takes no more pods.
        file: where it was read from.
        place: where it stands in there.
    """

    name: str
    address: str
    instance: str
    labels: dict[str, str]
    taints: tuple[Taint, ...]
    cpu: tuple[int, int]
    memory: tuple[int, int]
    pods: int
    system: str
    cordoned: bool
    file: str
    place: str

    @property
    def zone(self) -> str:
        """Its Availability Zone."""
        labels = self.labels
        old = labels.get("failure-domain.beta.kubernetes.io/zone", "")
        return labels.get("topology.kubernetes.io/zone", old)

    @property
    def instance_type(self) -> str:
        """Its EC2 instance type."""
        old = self.labels.get("beta.kubernetes.io/instance-type", "")
        return self.labels.get("node.kubernetes.io/instance-type", old)


class Variable(NamedTuple):
    """An environment variable: its text, or where it comes from."""

    name: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class DaemonSet:
    """A DaemonSet; ``settings`` are those of its container aws-node, None if it has none."""

    owner: Owner
    asked: Asked
    selection: Selection
    host_network: bool
    settings: tuple[Variable, ...] | None
    image: str
    place: str


@dataclass(frozen=True)
class CronJob:
    """A CronJob."""

    owner: Owner
    schedule: str
    policy: str
    time_zone: str
    suspended: bool
    completions: int
    parallelism: int
    deadline_s: int | None
    asked: Asked
    selection: int


@dataclass(frozen=True)
class EniConfig:
    """An ENIConfig: where custom networking puts pods."""

    name: str
    subnet: str


@dataclass(frozen=True)
class Subnet:
    """A subnet with IPv4 addresses."""

    id: str
    vpc: str
    cidr: IPv4Network
    zone: str
    available: int | None
    tags: dict[str, str]
    file: str
    place: str

    @property
    def taken(self) -> int | None:
        """Addresses that are in use, as far as AWS says; without the five that it keeps."""
        return None if self.available is None else self.cidr.num_addresses - 5 - self.available


class Interface(NamedTuple):
    """A network interface.

    Attributes:
        id: its id.
        subnet: id of its subnet.
        instance: id of the instance of this account that it is attached to; empty if none.
        trunk: id of the trunk ENI that it is a branch of; empty if it is none.
        kind: what it is, in a few words.
        addresses: every IPv4 address that it holds, prefixes included.
        is_primary: whether it is its instance's first.
        place: where it stands.
    """

    id: str
    subnet: str
    instance: str
    trunk: str
    kind: str
    addresses: array[int]
    is_primary: bool
    place: str


class Reservation(NamedTuple):
    """A CIDR reservation of a subnet."""

    subnet: str
    cidr: IPv4Network
    type: str


@dataclass
class Snapshot:
    """A cluster as its files have it.

    Attributes:
        files: names of the files.
        nodes: by name.
        pods: those that have not ended, and how many there are that are alike.
        owners: what a controller belongs to: the Deployment of a ReplicaSet, the CronJob of a Job.
        selections: the distinct node selections of pods.
        daemon_sets: by their owner.
        cron_jobs: by their owner.
        eni_configs: by name.
        config_maps: data of ConfigMaps by namespace and name.
        run_times_s: how long ended pods ran, by what they belonged to at first hand.
        subnets: by id.
        interfaces: by id; None if no file had any.
        reservations: of subnets, by id of the reservation.
        ended: pods that had ended.
        going: pods that were being deleted.
        not_needed: objects of kinds that a scenario has no place for, by kind.
        without_ipv4: subnets without IPv4 addresses.
        repeated: things that the files have more than once; the first of each counts.
    """

    files: list[str] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    pods: Counter[Pod] = field(default_factory=Counter)
    owners: dict[Owner, Owner] = field(default_factory=dict)
    selections: dict[Selection, int] = field(default_factory=dict)
    daemon_sets: dict[Owner, DaemonSet] = field(default_factory=dict)
    cron_jobs: dict[Owner, CronJob] = field(default_factory=dict)
    eni_configs: dict[str, EniConfig] = field(default_factory=dict)
    config_maps: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    run_times_s: dict[Owner, list[int]] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    interfaces: dict[str, Interface] | None = None
    reservations: dict[str, Reservation] = field(default_factory=dict)
    ended: int = 0
    going: int = 0
    not_needed: Counter[str] = field(default_factory=Counter)
    without_ipv4: list[str] = field(default_factory=list)
    repeated: int = 0
    _every_owner: dict[Owner, Owner] = field(default_factory=dict)

    def number_of(self, selection: Selection) -> int:
        """The number of a selection, which is the same for equal ones."""
        return self.selections.setdefault(selection, len(self.selections))

    def one_of(self, owner: Owner) -> Owner:
        """The same owner, but one that is held once however many pods it has."""
        return self._every_owner.setdefault(owner, owner)

    def top_owner(self, owner: Owner) -> Owner:
        """What a controller belongs to in the end."""
        return self.owners.get(owner, owner)
