"""EC2 instance types and their limits, from the table in sim/data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from ..scenario import errors

if TYPE_CHECKING:
    from ..scenario.cluster import NodeGroup

TABLE_DATE = "2026-08-20"
"""Date of the limits: that of amazon-vpc-cni-k8s v1.23.1."""


_TRUTH = {"true": True, "false": False, "": None}


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One instance type; None: not known.

    ENIs are those of the default network card, the only one that ipamd uses, and the addresses
    of an ENI include its own primary address.
    """

    name: str
    vcpus: int | None
    memory_mib: int | None
    max_enis: int
    ipv4_per_eni: int
    network_cards: int = 1
    hypervisor: str = "nitro"
    bare_metal: bool = False
    trunking_compatible: bool | None = None
    max_branch_enis: int | None = None

    @property
    def prefix_delegation(self) -> bool:
        """Whether its ENIs take /28 prefixes (upstream IsPrefixDelegationSupported)."""
        return self.hypervisor == "nitro" or self.bare_metal

    @property
    def branch_enis(self) -> int:
        """Branch ENIs its pods can have; 0 where it cannot have a trunk ENI."""
        return 0 if self.trunking_compatible is False else self.max_branch_enis or 0

    @property
    def slots(self) -> int:
        """Secondary addresses, or prefixes, that one ENI takes."""
        return self.ipv4_per_eni - 1


def instance_type(name: str) -> InstanceType:
    """The type of this name.

    Raises:
        KeyError: the table has none; `nearest` has the names to offer.
    """
    return _table()[name]


def nearest(name: str, n: int = 3) -> list[str]:
    """Up to ``n`` names of the table that look like ``name``, the likeliest first."""
    return errors.nearest(name.strip(), list(_table()), n)


def all_types() -> list[InstanceType]:
    """Every type of the table, by name."""
    return list(_table().values())


def of_group(group: NodeGroup) -> InstanceType:
    """The instance type of a node group: its own ``limits`` if it gives any, else the table's.

    Raises:
        KeyError: the group gives no limits and the table does not know its type.
    """
    limits = group.limits
    if limits is None:
        return instance_type(group.instance_type)
    return InstanceType(
        name=group.instance_type,
        vcpus=limits.vcpus,
        memory_mib=limits.memory,
        max_enis=limits.max_enis,
        ipv4_per_eni=limits.ipv4_per_eni,
        hypervisor=limits.hypervisor,
        bare_metal=limits.bare_metal,
        max_branch_enis=limits.max_branch_enis,
    )


@cache
def _table() -> dict[str, InstanceType]:
    source = resources.files("sim").joinpath("data/instance_types.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {row["instance_type"]: _from_row(row) for row in rows}


def _from_row(row: dict[str, str]) -> InstanceType:
    return InstanceType(
        name=row["instance_type"],
        vcpus=_known(row["vcpus"]),
        memory_mib=_known(row["memory_mib"]),
        max_enis=int(row["max_enis"]),
        ipv4_per_eni=int(row["ipv4_per_eni"]),
        network_cards=int(row["network_cards"]),
        hypervisor=row["hypervisor"],
        bare_metal=row["bare_metal"] == "true",
        trunking_compatible=_TRUTH[row["trunking_compatible"]],
        max_branch_enis=_known(row["max_branch_enis"]),
    )


def _known(cell: str) -> int | None:
    return int(cell) if cell else None
