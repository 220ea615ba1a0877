"""Warnings: what can never fit, and settings that do not do what they seem to."""

from __future__ import annotations

import pytest
from small_scenario import Write

from sim.scenario.load import Scenario

GROUP = "nodes: 2"
IPAMD = "  WARM_IP_TARGET: 2\n"
PODS = "    replicas: 10\n"
SUBNET = "cidr: 10.0.0.0/24"
WARNINGS = [
    # m5.large: 3 ENIs of 10 addresses, so 27 for pods; 2 vCPUs less 70m and 150m of DaemonSets.
    (PODS, "    replicas: 54\n", []),
    (
        PODS,
        "    replicas: 55\n",
        ["12:1: workload: never fits: 2 x m5.large hold 54 pods that need an address, 55 asked"],
    ),
    (
        PODS,
        "    replicas: [{at: 0s, replicas: 50}, {at: 1h, replicas: 0}]\n"
        "  - {kind: job, name: late, at: 1h, lifetime: 5s, completions: 99, parallelism: 50}\n",
        [],
    ),
    (
        PODS,
        "    replicas: [{at: 0s, replicas: 50}, {at: 1h, replicas: 20}]\n"
        "  - {kind: job, name: late, at: 1h, lifetime: 5s, completions: 99, parallelism: 50}\n"
        '  - {kind: cronjob, name: cron, lifetime: 5s, schedule: "@hourly", completions: 7}\n',
        ["12:1: workload: never fits: 2 x m5.large hold 54 pods that need an address, 71 asked"],
    ),
    (
        PODS,
        "    replicas: [{at: 0s, replicas: 5}, {at: 2h, replicas: 500}]\n",
        ["15:40: workload[0].replicas[1].at: never comes: the run ends at 2h"],
    ),
    (PODS, "    replicas: [{at: 0s, replicas: 5}, {at: 119m, replicas: 9}]\n", []),
    (
        PODS,
        f"{PODS}change: [{{at: 1h}}, {{at: 3h}}]\n",
        ["16:21: change[1].at: never comes: the run ends at 2h"],
    ),
    (
        PODS,
        f"{PODS}change: [{{at: 1h, ipamd: {{ENABLE_PREFIX_DELEGATION: true, WARM_PREFIX_TARGET: 0, "
        "WARM_IP_TARGET: 0}}]\n",
        [
            "16:19: change[0].ipamd: aws-node ends at its start with prefixes, "
            "WARM_PREFIX_TARGET=0 and no IP target (validateEnvVars): the rollout comes to no end; "
            "set one of the targets"
        ],
    ),
    (
        PODS,
        f"{PODS}    updates: [{{at: 1h}}, {{at: 3h}}]\n",
        ["16:26: workload[0].updates[1].at: never comes: the run ends at 2h"],
    ),
    (
        GROUP,
        "nodes: [{at: 0s, nodes: 2}, {at: 1d, nodes: 3}]\n      cordons: [1h, 2h]",
        [
            "9:36: cluster.node_groups[0].nodes[1].at: never comes: the run ends at 2h",
            "10:21: cluster.node_groups[0].cordons[1]: never comes: the run ends at 2h",
        ],
    ),
    (
        PODS,
        f"{PODS}"
        "  - {kind: job, name: j, at: 2h, lifetime: 5s}\n"
        "  - {kind: poisson, name: p, lifetime: 5s, arrivals_per_minute: [\n"
        "     {at: 1h, arrivals_per_minute: 1}, {at: 3h, arrivals_per_minute: 2}]}\n",
        [
            "16:26: workload[1].at: never comes: the run ends at 2h",
            "18:41: workload[2].arrivals_per_minute[1].at: never comes: the run ends at 2h",
        ],
    ),
    (
        PODS,
        f"{PODS}"
        '  - {kind: cronjob, name: c, lifetime: 5s, schedule: "0 3 * * *"}\n'
        '  - {kind: cronjob, name: d, lifetime: 5s, schedule: "0 0 * * *"}\n',
        [
            "16:44: workload[1].schedule: never fires: the run starts on a Monday at 00:00 and "
            "ends 2h later",
        ],
    ),
    (
        PODS,
        "    replicas: 1\n    requests: {cpu: 500}\n",
        [
            "16:16: workload[0].requests.cpu: never fits: a pod requests 500 cores, a node has at "
            "most 1.78 cores for it; 500 is 500 cores; did you mean 500m?",
            "12:1: workload: never fits: 2 x m5.large hold 3.56 cores for pods, 500 cores asked",
        ],
    ),
    (
        GROUP,
        "nodes: 2\n"
        "      daemonsets: [{name: d, requests: {cpu: 1}}, {name: e, requests: {cpu: 50}}]",
        [
            "7:7: cluster.node_groups[0].max_pods: max pods is 29, so that 29 pods may want an "
            "address; with these settings a node holds 27 at most; write max_pods: 27, or raise "
            "what limits the pool",
            "10:72: cluster.node_groups[0].daemonsets[1].requests.cpu: never fits: a pod requests "
            "50 cores, a node has 2 cores; 50 is 50 cores; did you mean 50m?",
        ],
    ),
    (
        GROUP,
        "nodes: 2\n      max_pods: 6",
        [
            "13:1: workload: never fits: 2 x m5.large hold 8 pods by their max pods, 10 asked",
        ],
    ),
    (
        GROUP,
        "nodes: 2\n      ipamd: {WARM_IP_TARGET: 0, MINIMUM_IP_TARGET: 4}",
        [
            "7:7: cluster.node_groups[0].max_pods: max pods is 29, so that 27 pods may want an "
            "address; with these settings a node holds 4 at most: MINIMUM_IP_TARGET without "
            "WARM_IP_TARGET is a ceiling (datastoreTargetState); set WARM_IP_TARGET",
            "13:1: workload: never fits: 2 x m5.large hold 8 pods that need an address, 10 asked",
        ],
    ),
    (
        GROUP,
        "nodes: 2\n      max_pods: 40\n      ipamd: {WARM_IP_TARGET: 0, MINIMUM_IP_TARGET: 99}",
        [
            "10:7: cluster.node_groups[0].max_pods: max pods is 40, so that 38 pods may want an "
            "address; with these settings a node holds 27 at most; write max_pods: 29, or raise "
            "what limits the pool"
        ],
    ),
    (
        GROUP,
        "nodes: 2\n      daemonsets: [{name: d}, {name: e}]",
        [
            "7:7: cluster.node_groups[0].max_pods: max pods is 29, so that 29 pods may want an "
            "address; with these settings a node holds 27 at most; write max_pods: 27, or raise "
            "what limits the pool"
        ],
    ),
    (
        PODS,
        f"{PODS}    requests: {{cpu: 400m, memory: 1Gi}}\n",
        [
            "12:1: workload: never fits: 2 x m5.large hold 3.56 cores for pods, 4 cores asked",
        ],
    ),
    (
        PODS,
        "    replicas: 1\n    requests: {cpu: 2, memory: 9Gi}\n",
        [
            "16:16: workload[0].requests.cpu: never fits: a pod requests 2 cores, a node has at "
            "most 1.78 cores for it",
            "16:24: workload[0].requests.memory: never fits: a pod requests 9,216 MiB, a node has "
            "at most 7,518 MiB for it",
        ],
    ),
    (
        SUBNET,
        "cidr: 10.0.0.0/28",
        [
            "4:3: cluster.subnets: never fits: the subnets have 11 addresses, 2 nodes and 10 pods "
            "need one"
        ],
    ),
    (
        SUBNET,
        "cidr: 10.0.0.0/28, others: {count: 10}",
        [
            "9:7: cluster.node_groups[0].nodes: never fits: 2 nodes need a primary address each, "
            "a has 1"
        ],
    ),
    (
        "m5.large\n",
        "m4.large\n      ipamd: {ENABLE_PREFIX_DELEGATION: true}\n",
        [
            "8:7: cluster.node_groups[0].instance_type: m4.large cannot hold prefixes: ipamd "
            "falls back to secondary IPs"
        ],
    ),
    (
        IPAMD,
        "  ENABLE_PREFIX_DELEGATION: true\n",
        [
            "7:7: cluster.node_groups[0].max_pods: max pods is 29, prefix mode would give 110; "
            "write max_pods: recommended"
        ],
    ),
    (IPAMD, "  WARM_ENI_TARGET: 1\n  WARM_IP_TARGET: 2\n", []),
    (
        IPAMD,
        "  WARM_ENI_TARGET: 2\n  WARM_IP_TARGET: 2\n",
        ["11:3: ipamd.WARM_ENI_TARGET: has no effect: WARM_IP_TARGET is set"],
    ),
    (
        IPAMD,
        "  WARM_ENI_TARGET: 0\n  WARM_IP_TARGET: 2\n  MINIMUM_IP_TARGET: 5\n",
        [
            "11:3: ipamd.WARM_ENI_TARGET: has no effect: WARM_IP_TARGET and MINIMUM_IP_TARGET "
            "come before it"
        ],
    ),
    (
        IPAMD,
        "  WARM_PREFIX_TARGET: 2\n",
        ["11:3: ipamd.WARM_PREFIX_TARGET: has no effect: ENABLE_PREFIX_DELEGATION is off"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), WARNINGS)
def test_warnings(old: str, new: str, expected: list[str], write: Write) -> None:
    """What can never fit or come, or has no effect, is said; what can be is not."""
    scenario = Scenario.load(write(old, new))
    assert [str(warning) for warning in scenario.warnings] == [f"s.yaml:{e}" for e in expected]


def test_all_cores_of_a_machine_are_no_millicores(write: Write) -> None:
    """16 cores of the 16 that a machine has do not fit, but may well be meant."""
    path = write(PODS, "    replicas: 1\n    requests: {cpu: 16}\n")
    scenario = Scenario.load(path, ["cluster.node_groups.batch.instance_type=m5.4xlarge"])
    assert "a pod requests 16 cores, a node has at most 15." in scenario.warnings[0].message
    assert scenario.warnings[0].remedy == ""


def test_infeasible_question(write: Write) -> None:
    """Twelve m5.large, 500 pods: the numbers are those of the type's limits (vpc-cni #2804)."""
    path = write(GROUP, "nodes: 12")
    path.write_text(path.read_text().replace("replicas: 10", "replicas: 500"))
    text = str(Scenario.load(path, ["cluster.subnets.a.cidr=10.0.0.0/16"]).warnings[0])
    assert text.endswith("12 x m5.large hold 324 pods that need an address, 500 asked")


def test_bound_to_a_group(write: Write) -> None:
    """Pods that are bound to one group do not fit because another has room."""
    second = "nodes: 2\n    - {name: big, instance_type: m5.24xlarge, nodes: 4}"
    path = write(GROUP, second)
    path.write_text(path.read_text() + "    node_groups: [batch]\n")
    wide = "cluster.subnets.a.cidr=10.0.0.0/16"
    few, many = (
        Scenario.load(path, [wide, f"workload.web.replicas={count}"]) for count in (54, 55)
    )
    assert few.warnings == []
    assert [warning.message for warning in many.warnings] == [
        "never fits: 2 x m5.large hold 54 pods that need an address, 55 asked"
    ]


def test_a_target_that_one_group_heeds(write: Write) -> None:
    """A target is called without effect only if no group that takes it over heeds it."""
    heeding = (
        "nodes: 2\n    - {name: b, instance_type: m5.large, nodes: 1, ipamd: {WARM_IP_TARGET: 0}}"
    )
    path = write(GROUP, heeding)
    assert Scenario.load(path, ["ipamd.WARM_ENI_TARGET=2"]).warnings == []
