"""The shipped table of instance types."""

from __future__ import annotations

import pytest

from sim.aws.instance_types import InstanceType, all_types, instance_type, nearest, of_group
from sim.scenario.cluster import NodeGroup


def test_table_is_complete_and_in_order() -> None:
    """All 1,391 types of the source are there, by name, each with usable limits."""
    types = all_types()
    names = [one.name for one in types]
    assert len(types) == 1391
    assert names == sorted(set(names))
    assert all(one.max_enis >= 1 and one.ipv4_per_eni >= 2 for one in types)
    assert {one.hypervisor for one in types} == {"nitro", "xen", "unknown"}


@pytest.mark.parametrize(
    ("name", "vcpus", "memory_mib", "max_enis", "ipv4_per_eni"),
    [
        ("t3.small", 2, 2_048, 3, 4),
        ("m5.large", 2, 8_192, 3, 10),
        ("m5.2xlarge", 8, 32_768, 4, 15),
        ("m5.24xlarge", 96, 393_216, 15, 50),
        ("p4d.24xlarge", 96, 1_179_648, 15, 50),  # of 60 ENIs, those of its first network card
    ],
)
def test_limits(name: str, vcpus: int, memory_mib: int, max_enis: int, ipv4_per_eni: int) -> None:
    """Well-known types have their published limits."""
    one = instance_type(name)
    assert (one.vcpus, one.memory_mib) == (vcpus, memory_mib)
    assert (one.max_enis, one.ipv4_per_eni, one.slots) == (max_enis, ipv4_per_eni, ipv4_per_eni - 1)


@pytest.mark.parametrize(
    ("name", "supported"),
    [("m5.large", True), ("m5.metal", True), ("m4.large", False), ("cr1.8xlarge", False)],
)
def test_prefix_delegation(name: str, supported: bool) -> None:
    """Nitro and bare metal take prefixes, Xen does not."""
    assert instance_type(name).prefix_delegation is supported


def test_unknown_figures_are_none() -> None:
    """An empty field is not known, which differs from none and from false."""
    one = instance_type("p3.2xlarge")
    assert one.vcpus is None
    assert one.memory_mib is None
    assert instance_type("hpc6a.48xlarge").trunking_compatible is None
    assert instance_type("t3.small").trunking_compatible is False
    assert instance_type("t3.small").max_branch_enis == 0


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("m5.lagre", "m5.large"), ("M5.LARGE ", "m5.large"), ("m5large", "m5.large")],
)
def test_nearest_names(wrong: str, meant: str) -> None:
    """An unknown name is a KeyError, and the name that was meant is the first one offered."""
    with pytest.raises(KeyError):
        instance_type(wrong)
    assert nearest(wrong)[0] == meant
    assert len(nearest(wrong)) <= 3


def test_nothing_is_near_to_nonsense() -> None:
    """A name that resembles none gets no offers."""
    assert nearest("???") == []


def test_type_of_a_group() -> None:
    """A group's own limits come before the table's."""
    group = NodeGroup.model_validate({"name": "a", "instance_type": "m5.large", "nodes": 1})
    assert of_group(group) is instance_type("m5.large")
    limits = {"max_enis": 2, "ipv4_per_eni": 6, "vcpus": 4, "memory": "8Gi", "hypervisor": "xen"}
    own = NodeGroup.model_validate(
        {"name": "a", "instance_type": "m9.huge", "nodes": 1, "limits": limits}
    )
    assert of_group(own) == InstanceType(
        "m9.huge", 4, 8_192, 2, 6, hypervisor="xen", max_branch_enis=0
    )


@pytest.mark.parametrize(
    ("trunking_compatible", "max_branch_enis", "branch_enis"),
    [(True, 9, 9), (None, 9, 9), (False, 9, 0), (False, None, 0), (True, None, 0)],
)
def test_branch_enis(
    trunking_compatible: bool | None, max_branch_enis: int | None, branch_enis: int
) -> None:
    """There are none without a trunk ENI to carry them, and none where no number is known."""
    one = InstanceType(
        "m9.huge",
        4,
        8_192,
        3,
        10,
        trunking_compatible=trunking_compatible,
        max_branch_enis=max_branch_enis,
    )
    assert one.branch_enis == branch_enis


def test_a_row_of_the_table() -> None:
    """A type has its own name, and all that the table says of it."""
    assert instance_type("p4d.24xlarge") == InstanceType(
        "p4d.24xlarge", 96, 1_179_648, 15, 50, 4, "nitro", False, True, 62
    )
    assert instance_type("bmn-sf1.metal").bare_metal


def test_limits_without_a_hypervisor() -> None:
    """A group's own limits can say that its type is bare metal, and has branch ENIs."""
    limits = {"max_enis": 2, "ipv4_per_eni": 6, "vcpus": 4, "memory": "8Gi", "hypervisor": ""}
    limits |= {"bare_metal": True, "max_branch_enis": 5}
    own = of_group(
        NodeGroup.model_validate(
            {"name": "a", "instance_type": "m9.metal", "nodes": 1, "limits": limits}
        )
    )
    assert own.bare_metal
    assert own.prefix_delegation
    assert (own.hypervisor, own.branch_enis, own.slots) == ("", 5, 5)


def test_three_names_are_offered() -> None:
    """As many as were asked for, three if nothing was said."""
    assert len(nearest("m5.larg")) == 3
    assert len(nearest("m5.larg", 1)) == 1
