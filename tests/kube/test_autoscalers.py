"""Nodes that come and go as pods need them: Karpenter, the Cluster Autoscaler, EC2's limits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from worlds import (
    NO_LATENCY,
    READY_MS,
    STOP_MS,
    Data,
    deployment,
    group,
    job,
    launch_failures,
    nodes,
    play,
    pods,
    rows,
    scenario,
)

from sim import InputError

KARPENTER: Data = {"kind": "karpenter", "node_groups": ["g"]}
CLUSTER_AUTOSCALER: Data = {"kind": "cluster-autoscaler", "node_groups": ["g"]}
SECOND = 1_000
AT = 60_000
TWENTY = deployment([{"at": "60s", "replicas": 20}], requests={"cpu": "500m"})
"""Three fit on an m5.large: 1,930m less the 150m of aws-node and kube-proxy."""


def test_karpenter_makes_the_nodes_that_pods_need() -> None:
    """A second after the last pod it packs 20 pods of half a core on 7 nodes of three each."""
    world = play(TWENTY, groups=[group(nodes=0)], autoscalers=[KARPENTER])
    found = nodes(world)
    assert {row["requested_ms"] for row in found.values()} == {AT + SECOND}
    assert len(found) == 7
    assert sum(pod.outcome == "running" for pod in pods(world)) == 20


def test_karpenter_takes_the_type_that_fits() -> None:
    """With larger types allowed, one m5.4xlarge holds all: 15.89 cores less 150m."""
    types = [group(nodes=0), group(name="h", instance_type="m5.4xlarge", nodes=0)]
    scaler = KARPENTER | {"node_groups": ["g", "h"]}
    assert list(nodes(play(TWENTY, groups=types, autoscalers=[scaler]))) == ["h-0"]


def test_karpenter_leaves_xen_types_for_nitro_only() -> None:
    """The smaller type is Xen: with the requirement only the nitro one is launched."""
    types = [
        group(name="xen", instance_type="m4.large", nodes=0),
        group(name="nitro", instance_type="m5.xlarge", nodes=0),
    ]
    for nitro_only, expected in ((False, "xen-0"), (True, "nitro-0")):
        scaler = KARPENTER | {"node_groups": ["xen", "nitro"], "nitro_only": nitro_only}
        one = deployment(1, requests={"cpu": "500m"})
        assert list(nodes(play(one, groups=types, autoscalers=[scaler]))) == [expected]


def test_karpenter_removes_empty_nodes() -> None:
    """Looks are 10 s apart; a node that one finds empty goes 15 s later, if it still is."""
    work = deployment(
        [{"at": "60s", "replicas": 1}, {"at": "120s", "replicas": 0}], termination_time="0s"
    )
    for wait, ended in (("0s", 145), ("12s", 165)):  # seen at 130 s, long enough at 150 s
        scaler = KARPENTER | {"consolidate_after": wait}
        found = nodes(play(work, groups=[group(nodes=0)], autoscalers=[scaler]))
        assert found["g-0"]["terminated_ms"] == ended * SECOND


def test_a_node_that_gets_a_pod_meanwhile_stays() -> None:
    """Between the look at 10 s and the check at 25 s a pod has come."""
    world = play(job(at="20s", lifetime="5m"), groups=[group()], autoscalers=[KARPENTER])
    assert nodes(world)["g-0"]["terminated_ms"] > 320 * SECOND


def test_karpenters_budget_bounds_what_goes_at_once() -> None:
    """A tenth, rounded up: of 20 empty nodes two, of 18 two, and so on down to one of ten."""
    scaled = play(groups=[group(nodes=20)], autoscalers=[KARPENTER], duration="2m")
    ended = sorted(
        row["terminated_ms"] // SECOND
        for row in nodes(scaled).values()
        if row["terminated_ms"] >= 0
    )
    assert ended == [25, 25, 40, 40, 55, 55, 70, 70, 85, 85, 100, 115]


def test_nodes_that_are_drained_count_against_the_budget() -> None:
    """An empty node would go at 85 s; while a node is drained for 90 s, from 61 s on, it stays."""
    work = deployment(3, requests={"cpu": "1500m"}, termination_time="90s")
    scaler = KARPENTER | {"consolidate_after": "55s", "budget": 0.2}
    first = {}
    for name, recycle in (("calm", []), ("drift", [{"at": "60s"}])):
        world = play(work, groups=[group(nodes=4, recycle=recycle)], autoscalers=[scaler])
        used = {pod.node for pod in pods(world)[:3]}
        (empty,) = {"g-0", "g-1", "g-2", "g-3"} - used
        first[name] = nodes(world)[empty]["terminated_ms"]
    assert first["calm"] == 85 * SECOND
    assert first["drift"] > 151 * SECOND


def test_karpenter_replaces_nodes_of_age() -> None:
    """A node is drained five minutes after its launch, and its pod gets another one.

    Karpenter's taint is none that ipamd knows: the node is not cordoned.
    """
    scaler = KARPENTER | {"expire_after": "5m"}
    world = play(deployment(1), groups=[group(nodes=0)], autoscalers=[scaler], duration="9m")
    found = nodes(world)
    drained = found["g-0"]["requested_ms"] + 300 * SECOND
    assert found["g-0"]["terminated_ms"] == drained + STOP_MS
    assert found["g-0"]["cordoned_ms"] < 0
    assert found["g-1"]["requested_ms"] == drained + SECOND
    assert [pod.node for pod in pods(world) if pod.outcome == "running"] == ["g-1"]


def test_a_pod_that_stays_pending_is_looked_at_again() -> None:
    """At its most nodes Karpenter makes none; once a node has gone it makes another."""
    scaler = KARPENTER | {"expire_after": "2m"}
    limited = group(nodes=0, max_nodes=1)
    world = play(TWENTY, groups=[limited], autoscalers=[scaler], duration="10m")
    asked = [row["requested_ms"] for row in nodes(world).values()]
    assert len(asked) >= 4
    assert all(later - earlier >= 120 * SECOND for earlier, later in pairwise(asked))


def test_karpenter_replaces_drifted_nodes() -> None:
    """An empty one goes at once; of the others each goes when its replacement is Ready."""
    work = deployment(2, requests={"cpu": "1500m"})
    scaler = KARPENTER | {"consolidate_after": None}
    groups = [group(nodes=3, recycle=[{"at": "60s", "at_once": 3}])]
    world = play(work, groups=groups, autoscalers=[scaler])
    found = nodes(world)
    old = [found[name]["terminated_ms"] - AT for name in ("g-0", "g-1", "g-2")]
    assert sorted(old) == [0, READY_MS + STOP_MS, READY_MS + STOP_MS]
    assert [row["requested_ms"] for row in found.values()][3:] == [AT, AT]


def test_autoscalers_wait_for_the_first_nodes() -> None:
    """Pods that are held back until the first nodes are Ready bring no more nodes."""
    for scaler in (KARPENTER, CLUSTER_AUTOSCALER):
        groups = [group(nodes=7, launch_delay="45s"), group(name="h", nodes=0)]
        early = deployment(20, requests={"cpu": "500m"})
        world = play(early, groups=groups, autoscalers=[scaler | {"node_groups": ["h"]}])
        assert len(nodes(world)) == 7


@pytest.mark.parametrize("scaler", [KARPENTER, CLUSTER_AUTOSCALER], ids=["karpenter", "ca"])
def test_nodes_whose_trunk_is_not_there_count_as_coming(scaler: Data) -> None:
    """Two m5.large have branch ENIs for 9 pods each; that they come late brings no third node."""
    guarded = deployment([{"at": "60s", "replicas": 12}], security_groups=True)
    world = play(
        guarded,
        groups=[group(nodes=0)],
        autoscalers=[scaler],
        ipamd={"ENABLE_POD_ENI": True},
        aws=NO_LATENCY | {"resource_controller": {"reaction": "45s"}},
    )
    assert len(nodes(world)) == 2
    assert sum(pod.outcome == "running" for pod in pods(world)) == 12


@pytest.mark.parametrize(
    ("scaler", "tries"),
    [
        (KARPENTER, [61, 241, 421, 601, 781, 961]),  # 3 min later with the next look at the pods
        (CLUSTER_AUTOSCALER, [61, 362, 963]),  # after 5, then 10 min, at a scan
    ],
    ids=["karpenter", "ca"],
)
def test_launches_that_fail_are_tried_again(scaler: Data, tries: list[int]) -> None:
    """The subnet has room for one of three nodes; the others are given up for a while."""
    world = play(
        deployment([{"at": "60s", "replicas": 9}], requests={"cpu": "500m"}),
        groups=[group(nodes=0)],
        autoscalers=[scaler],
        subnets=[{"name": "a", "cidr": "10.0.0.0/28", "others": {"count": 10}}],
        ipamd={},
        duration="17m",
    )
    assert [ms // SECOND for ms in launch_failures(world)][::2] == tries
    assert sum(row["requested_ms"] >= 0 for row in nodes(world).values()) == 1
    assert len(nodes(world)) == 2  # one name serves for all that could not be launched


@pytest.mark.parametrize(
    ("scaler", "replaced"),
    [(KARPENTER, False), (CLUSTER_AUTOSCALER, True)],
    ids=["karpenter", "ca"],
)
def test_only_an_auto_scaling_group_replaces_what_it_loses(scaler: Data, replaced: bool) -> None:
    """Karpenter makes a node when pods need one: empty nodes that are lost do not come back."""
    spot = {"mean_life": "2m", "notice": "30s"}
    keep = {"consolidate_after": None} if scaler is KARPENTER else {"scale_down_unneeded": "1h"}
    for changes in (
        {"groups": [group(nodes=3, spot=spot)]},
        {"groups": [group(nodes=3)], "zone_outages": [{"zone": "a", "at": "60s", "to": "90s"}]},
    ):
        found = nodes(play(autoscalers=[scaler | keep], duration="15m", **changes))
        alive = sum(row["requested_ms"] >= 0 > row["terminated_ms"] for row in found.values())
        assert (alive, len(found) > 3) == ((3, True) if replaced else (0, False))


def test_karpenter_replaces_an_interrupted_node_for_its_pods() -> None:
    """The pods of a node with its notice are bound to the next one, asked for a second later."""
    spot = {"mean_life": "4m", "notice": "30s"}
    world = play(deployment(2), groups=[group(nodes=0, spot=spot)], autoscalers=[KARPENTER])
    found = list(nodes(world).values())
    assert len(found) >= 2
    for earlier, later in pairwise(found):
        assert later["requested_ms"] == earlier["terminated_ms"] - STOP_MS + SECOND
    assert sum(pod.outcome == "running" for pod in pods(world)) == 2


def test_the_cluster_autoscaler_scans() -> None:
    """It asks for seven nodes, since three pods fit on each, a second after the pods."""
    world = play(TWENTY, groups=[group(nodes=0)], autoscalers=[CLUSTER_AUTOSCALER])
    assert [row["requested_ms"] for row in nodes(world).values()] == [61 * SECOND] * 7


def test_without_frequent_loops_it_waits_for_its_next_scan() -> None:
    """Pods of 62 s are seen at 70 s."""
    scaler = CLUSTER_AUTOSCALER | {"frequent_loops": False}
    world = play(job(at="62s"), groups=[group(nodes=0)], autoscalers=[scaler])
    assert [row["requested_ms"] for row in nodes(world).values()] == [70 * SECOND]


@pytest.mark.parametrize(
    ("limits", "left"), [({}, 0), ({"min_nodes": 2}, 2), ({"nodes": 0, "max_nodes": 3}, 0)]
)
def test_the_cluster_autoscaler_keeps_to_its_limits(limits: Data, left: int) -> None:
    """Empty nodes go after their delays, but not the last of its least number."""
    scaler = CLUSTER_AUTOSCALER | {"scale_down_unneeded": "60s"}
    spec = {"nodes": 4, **limits}
    found = nodes(play(groups=[group(**spec)], autoscalers=[scaler], duration="5m"))
    assert sum(row["terminated_ms"] < 0 for row in found.values()) == left
    if spec["nodes"]:
        first = min(row["terminated_ms"] for row in found.values() if row["terminated_ms"] >= 0)
        assert first == 70 * SECOND  # seen empty at 10 s


def test_no_node_goes_soon_after_one_was_added() -> None:
    """An empty node waits for the ten minutes after the last scale-up."""
    work = deployment([{"at": "60s", "replicas": 1}, {"at": "90s", "replicas": 0}])
    scaler = CLUSTER_AUTOSCALER | {"scale_down_unneeded": "60s"}
    found = nodes(play(work, groups=[group(nodes=0)], autoscalers=[scaler], duration="20m"))
    assert found["g-0"]["requested_ms"] == 61 * SECOND
    assert found["g-0"]["terminated_ms"] == 662 * SECOND  # loops at 61, 62, 72 s and so on


def test_ten_empty_nodes_go_in_a_loop() -> None:
    """Of 12 nodes that nobody needs ten go at 70 s, the others a second later."""
    scaler = CLUSTER_AUTOSCALER | {"scale_down_unneeded": "60s"}
    found = nodes(play(groups=[group(nodes=12)], autoscalers=[scaler], duration="5m"))
    ended = [row["terminated_ms"] // SECOND for row in found.values()]
    assert sorted(ended) == [70] * 10 + [71] * 2


def test_the_least_waste_is_chosen() -> None:
    """One pod of half a core wastes less of an m5.large than of an m5.4xlarge."""
    types = [group(name="big", instance_type="m5.4xlarge", nodes=0), group(nodes=0)]
    scaler = CLUSTER_AUTOSCALER | {"node_groups": ["big", "g"], "expander": "least-waste"}
    one = deployment(1, requests={"cpu": "500m"})
    assert list(nodes(play(one, groups=types, autoscalers=[scaler]))) == ["g-0"]


def test_launches_keep_to_ec2s_limits() -> None:
    """Of 1,010 nodes 1,000 come at once, and two in each second after that."""
    aws = {"limit_launches": True}
    subnets = [{"name": "a", "cidr": "10.0.0.0/18"}]
    world = play(groups=[group(nodes=1_010)], subnets=subnets, aws=aws, duration="10s")
    asked = [row["requested_ms"] for row in nodes(world).values()]
    assert {ms: asked.count(ms) for ms in sorted(set(asked))} == {
        0: 1_000,
        **dict.fromkeys(range(1_000, 6_000, 1_000), 2),
    }
    actions = world.recorder.names.actions
    calls = [
        (row["request_ms"], row["asked"], row["granted"])
        for row in rows(world.recorder.ec2_calls)
        if actions[row["action"]] == "RunInstances"
    ]
    assert calls == [(0, 1_010, 1_000), *((s * 1_000, 12 - 2 * s, 2) for s in range(1, 6))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"autoscalers": [KARPENTER | {"node_groups": ["gg"]}]}, "there is no node group gg"),
        ({"autoscalers": [KARPENTER, CLUSTER_AUTOSCALER]}, "g has an autoscaler already"),
        (
            {
                "autoscalers": [KARPENTER],
                "groups": [group(nodes=[{"at": 0, "nodes": 1}, {"at": "5m", "nodes": 2}])],
            },
            "are steps, and an autoscaler decides",
        ),
        (
            {
                "autoscalers": [KARPENTER | {"nitro_only": True}],
                "groups": [group(instance_type="m4.large")],
            },
            "none of its types is nitro",
        ),
        (
            {"autoscalers": [KARPENTER], "groups": [group(min_nodes=1)]},
            "Karpenter keeps no least number",
        ),
        (
            {"autoscalers": [CLUSTER_AUTOSCALER], "groups": [group(min_nodes=3, max_nodes=2)]},
            "is below its min_nodes",
        ),
        (
            {"autoscalers": [CLUSTER_AUTOSCALER], "groups": [group(nodes=3, max_nodes=2)]},
            "is below its nodes at first",
        ),
        ({"zone_outages": [{"zone": "z", "at": "1m"}]}, "there is no zone z"),
        ({"zone_outages": [{"zone": "a", "at": "1m", "to": "30s"}]}, "is not after at"),
    ],
)
def test_what_cannot_be_is_refused(changes: Data, message: str) -> None:
    """Each with its place."""
    with pytest.raises(InputError, match=message):
        play(**changes)


def test_limits_without_an_autoscaler_are_warned_of() -> None:
    """They have no effect; a variant may have switched the autoscaler off."""
    said = "max_nodes: has no effect: g has no autoscaler"
    for scalers, expected in (([], True), ([KARPENTER], False)):
        warnings = scenario(groups=[group(max_nodes=3)], autoscalers=scalers).warnings
        assert any(said in str(one) for one in warnings) == expected


def test_pods_that_no_number_of_nodes_has_addresses_for_are_warned_of() -> None:
    """A subnet of 11 addresses and 20 pods, however many nodes there may be."""
    loaded = scenario(
        TWENTY,
        groups=[group(nodes=0)],
        autoscalers=[KARPENTER],
        subnets=[{"name": "a", "cidr": "10.0.0.0/28"}],
    )
    assert any("never fits: the subnets have 11 addresses" in str(one) for one in loaded.warnings)
