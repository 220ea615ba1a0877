"""Pods without addresses of the VPC: IPv6 mode, and an overlay in the VPC CNI's place."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest

from sim import InputError, Scenario, run
from sim.report.comparison import screen
from sim.results.result import Result
from sim.study.compare import compare

NODES, PODS = 3, 60
IPV6 = {"ENABLE_IPv6": True, "ENABLE_PREFIX_DELEGATION": True}
CALICO = {"overlay": {"kind": "calico-vxlan"}}


def scenario(
    cluster: dict[str, Any] | None = None, ipamd: dict[str, Any] | None = None, **more: Any
) -> Scenario:
    """Three nodes and sixty pods, more than secondary addresses would do for with 29 a node."""
    group = {"name": "g", "instance_type": "m5.large", "nodes": NODES, "launch_delay": "0s"}
    data = {
        "duration": "10m",
        "cluster": {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
            "node_groups": [group],
            **(cluster or {}),
        },
        "ipamd": ipamd or {},
        "workload": [{"kind": "deployment", "name": "web", "replicas": PODS}],
        **more,
    }
    return Scenario.from_dict(data)


def held(result: Result) -> dict[str, int]:
    """The most addresses of the subnet that nodes held, and that others than primaries were."""
    cluster = result.summary["addresses"]["cluster"]
    return {name: cluster[name]["peak"] for name in ("held", "eni_primary", "assigned")}


def test_ipv6_mode_holds_an_address_a_node() -> None:
    """Pods run, and the subnet has lost the nodes' primary addresses only."""
    result = run(scenario(ipamd=IPV6))
    assert held(result) == {"held": NODES, "eni_primary": NODES, "assigned": 0}
    assert result.summary["pods"]["started"] == PODS
    assert result.summary["pods"]["waited"] == 0


def test_ipv6_mode_makes_seven_calls_a_node() -> None:
    """Two looks at ENIs, two at subnets, tags, the /80, the security groups; then none."""
    result = run(scenario(ipamd=IPV6))
    actions = result.names.actions
    calls = Counter(actions[number] for number in result.ec2_calls["action"])
    assert calls == {
        "DescribeNetworkInterfaces": 2 * NODES,  # DescribeAllENIs, GetIPv6PrefixesFromEC2
        "DescribeSubnets": 2 * NODES,  # nodeInit, setupENI
        "CreateTags": NODES,
        "AssignIpv6Addresses": NODES,
        "ModifyNetworkInterfaceAttribute": NODES,
    }


def test_a_restart_in_ipv6_mode_keeps_the_prefix() -> None:
    """A daemon that starts again asks whether there is a /80, and for none."""
    result = run(scenario(ipamd=IPV6, change=[{"at": "5m"}]))
    actions = result.names.actions
    calls = Counter(actions[number] for number in result.ec2_calls["action"])
    assert calls["AssignIpv6Addresses"] == NODES
    assert calls["DescribeNetworkInterfaces"] == 4 * NODES
    assert result.summary["pods"]["unserved"] == 0


def test_an_overlay_holds_an_address_a_node_and_asks_for_nothing() -> None:
    """Pods run without one EC2 call, and the subnet has lost the nodes' own addresses only."""
    result = run(scenario(cluster=CALICO))
    assert held(result)["held"] == NODES
    assert result.summary["ec2"]["total"] == 0
    assert result.summary["pods"]["started"] == PODS


def test_an_overlay_has_waste_of_its_own() -> None:
    """Three nodes with twenty pods each hold three blocks of 64: 192 addresses for 60 pods."""
    overlay = run(scenario(cluster=CALICO)).summary["overlay"]
    assert {name: one["end"] for name, one in overlay.items()} == {
        "held": NODES * 64,
        "assigned": PODS,
        "waste": NODES * 64 - PODS,
    }


def test_an_overlay_that_is_used_up_lets_pods_wait() -> None:
    """A /26 in blocks of 16 has 64 addresses, three of them for tunnels: 61 pods at most."""
    cluster = {
        "overlay": {**CALICO["overlay"], "cidr": "192.168.0.0/26", "block_prefix_length": 28}
    }
    more = {"workload": [{"kind": "deployment", "name": "web", "replicas": 70}]}
    summary = run(scenario(cluster=cluster, **more)).summary
    assert summary["pods"]["started"] == 61
    assert summary["overlay"]["assigned"]["peak"] == 61


@pytest.mark.parametrize(
    ("cluster", "ipamd", "message"),
    [
        ({}, {"ENABLE_IPv6": True}, "IPv6 mode needs prefix delegation"),
        (CALICO, IPV6, "an overlay takes the VPC CNI's place"),
        (
            {"overlay": {"kind": "calico-vxlan", "cidr": "10.0.0.0/16"}},
            {},
            "10.0.0.0/16 overlaps the subnet a, 10.0.0.0/24",
        ),
        (
            {"overlay": {"kind": "calico-vxlan", "cidr": "192.168.0.0/27"}},
            {},
            "a block of /26 is larger than the pool 192.168.0.0/27",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    cluster: dict[str, Any], ipamd: dict[str, Any], message: str
) -> None:
    """Each with its reason."""
    with pytest.raises(InputError, match=message):
        scenario(cluster=cluster, ipamd=ipamd)


def test_ipv6_mode_needs_a_type_with_prefixes() -> None:
    """A Xen type is refused, as the daemon refuses to start there."""
    with pytest.raises(InputError, match="m4\\.large cannot hold prefixes, which IPv6 mode needs"):
        Scenario.from_dict(
            {
                "duration": "10m",
                "cluster": {
                    "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
                    "node_groups": [{"name": "g", "instance_type": "m4.large", "nodes": 1}],
                },
                "ipamd": IPV6,
                "workload": [{"kind": "deployment", "name": "web", "replicas": 1}],
            }
        )


def test_compare_says_what_one_gives_up() -> None:
    """Beside the figures stands what an alternative holds elsewhere, and what it cannot do."""
    from rich.console import Console

    variants = {"calico": {"cluster.overlay": CALICO["overlay"]}, "ipv6": IPV6}
    comparison = compare(scenario(), variants=variants, replications=1)
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(screen(comparison, None))
    text = " ".join(console.export_text().split())
    assert "calico: holds 192 addresses of the overlay's own on average, 13" in text
    assert "calico: pods have no address of the VPC" in text
    assert "ipv6: the IP family of a cluster is chosen when it is made" in text


def test_the_alternatives_side_by_side() -> None:
    """In crowded subnets prefixes fail, a range of its own helps, and no address a pod most."""
    comparison = compare("scenarios/alternatives.yaml", replications=1)
    rows = {row.name: row.figures for row in comparison.rows()}

    def figure(name: str, metric: str) -> float:
        estimate = rows[name][metric]
        assert estimate is not None
        return estimate.mean

    assert figure("calico", "held_mean") == figure("ipv6", "held_mean") == 8  # nodes
    assert figure("calico", "ec2_calls") == 0
    assert figure("prefixes", "unserved_pods") > 100
    assert figure("current", "unserved_pods") == figure("custom-networking", "unserved_pods") == 0
    free = {name: figure(name, "subnet_free_min") for name in ("current", "custom-networking")}
    assert free["custom-networking"] > free["current"] + 100
    assert figure("current", "pod_ip_wait_p99") == 0 < figure("branch-enis", "pod_ip_wait_p99")
