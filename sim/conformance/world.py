"""From a recording's world to a scenario: pinned pods, constant latencies, fixed retries."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from sim.randomness import keyed_uniform
from sim.scenario.aws import DEFAULT_BUCKETS, DEFAULT_LATENCY
from sim.scenario.ipamd import Ipamd

BOOT_RETRY = "10s"
CODE_DEFAULTS = {"WARM_PREFIX_TARGET": "0"}
"""Where the daemon's code has another default than the shipped manifest, and so the scenario."""

MAX_PODS = 1_000
"""High enough never to stop a pool's growth."""

TRACE_HEADER = "start,end,node\n"


def node_name(node_id: str) -> str:
    """The model's name of a recorded node: the only one of its group."""
    return f"{node_id}-0"


def one_node_case(
    name: str,
    settings: Mapping[str, str],
    instance_type: str,
    end_ms: int,
    pods: Sequence[tuple[str, str, int, int]] = (),
) -> dict[str, Any]:
    """A case of one node, n1, in a /20 of its own, with nothing in the way of its pool."""
    node = {
        "id": "n1",
        "start_ms": 0,
        "instance_type": instance_type,
        "max_pods": MAX_PODS,
        "subnet": "subnet-a",
        "cordon_ms": 0,
    }
    return {
        "name": name,
        "settings": {**settings, "DISABLE_LEAKED_ENI_CLEANUP": "true"},
        "latency_ms": {"default": 300},
        "throttled_latency_ms": 100,
        "imds_delay_ms": 0,
        "buckets": {},
        "subnets": [{"id": "subnet-a", "prefix_length": 20}],
        "nodes": [node],
        "pods": pods,
        "kubelet_retry_ms": (12_000, 12_000, 0),
        "end_ms": end_ms,
    }


def scenario_data(case: Mapping[str, Any], trace_file: str) -> dict[str, Any]:
    """The scenario of a recorded case; its pods are in ``trace_file`` (see `trace_text`)."""
    low, high, tick = case["kubelet_retry_ms"]
    retry = {"uniform": {"min": f"{low}ms", "max": f"{high}ms"}} if high > low else f"{low}ms"
    latency = case["latency_ms"]
    subnets = _subnets(case["subnets"])
    return {
        "name": case["name"],
        "duration": f"{case['end_ms']}ms",
        "cluster": {
            "subnets": subnets,
            "eni_configs": _eni_configs(case),
            "node_groups": [_node_group(node) for node in case["nodes"]],
        },
        "ipamd": CODE_DEFAULTS | case["settings"],
        "aws": {
            "buckets": {action: case["buckets"].get(action) for action in DEFAULT_BUCKETS},
            "latency": {a: f"{latency.get(a, latency['default'])}ms" for a in DEFAULT_LATENCY},
            "throttled_latency": f"{case['throttled_latency_ms']}ms",
            "metadata_delay": f"{case['imds_delay_ms']}ms",
            "resource_controller": _resource_controller(case),
            "faults": [_fault(one) for one in case.get("faults") or []],
        },
        "kube": {
            "schedule_time": "0s",
            "sandbox_time": "0s",
            "image_pull_time": "0s",
            "container_start_time": "0s",
            "teardown_time": "0s",
            "add_retry": retry,
            "not_initialised_retry": retry,
            "sync_tick": f"{tick}ms",
            "aws_node_restart": BOOT_RETRY,
            "aws_node_restart_max": BOOT_RETRY,
        },
        "change": [_change(one) for one in _restarts(case)],
        "workload": [_workload(case, trace_file)],
    }


def trace_text(case: Mapping[str, Any]) -> str:
    """The case's pods as a trace: start and end in ms, and the node each is pinned to."""
    rows = [f"{add},{delete or ''},{node_name(node)}\n" for _id, node, add, delete in case["pods"]]
    return TRACE_HEADER + "".join(rows)


def asks_in_vain(case: Mapping[str, Any], number: int, pod: Sequence[Any]) -> int:
    """How often a pod asks whose node could not be launched: until it is deleted.

    In the recordings' world a pod asks from ``add_ms`` on, whether there is a node or not. In the
    model a node that was not launched has no kubelet that could ask.
    """
    low, high, tick = case["kubelet_retry_ms"]
    _id, _node, now, delete = pod
    last = delete or case["end_ms"] + 1
    asks = 0
    while now < last:
        asks += 1
        now += low + int(keyed_uniform(1, number, asks) * (high - low))
        now += int(keyed_uniform(2, number, asks) * tick)
    return asks


def _subnets(recorded: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    subnets = []
    for number, one in enumerate(recorded):
        network = ipaddress.IPv4Network(f"10.{number}.0.0/{one['prefix_length']}")
        tag = one.get("role_cni_tag", "")
        subnets.append(
            {
                "name": one["id"],
                "cidr": str(network),
                "tags": {"kubernetes.io/role/cni": tag} if tag else {},
                "others": {"count": one.get("other_addresses", 0)},
                "reservations": [
                    {"cidr": cidr, "type": "prefix"}
                    for text in one.get("prefix_reservations") or []
                    for cidr in _reservations(network, text)
                ],
            }
        )
    return subnets


def _reservations(network: ipaddress.IPv4Network, text: str) -> list[str]:
    """CIDRs of "offset/length", both in addresses from the subnet's start."""
    offset, length = map(int, text.split("/"))
    first = network.network_address + offset
    return [str(one) for one in ipaddress.summarize_address_range(first, first + length - 1)]


def _node_group(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": node["id"],
        "instance_type": node["instance_type"],
        "subnets": [node["subnet"]],
        "nodes": [{"at": f"{node['start_ms']}ms", "nodes": 1}],
        "launch_delay": "0s",
        "launch_retry": None,
        "max_pods": node["max_pods"],
        "daemonsets": [],
        "cordons": [f"{node['cordon_ms']}ms"] if node["cordon_ms"] else [],
    }


def _eni_configs(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    subnet = case.get("eni_config_subnet")
    return [{"subnet": subnet}] if subnet else []


def _resource_controller(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of stories with a trunk ENI: it comes so long after it was asked for."""
    delay = case.get("trunk_attach_ms")
    if not delay:
        return None
    return {"reaction": f"{delay}ms", "retry": f"{delay}ms", "makes_requests": False}


def _fault(recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "actions": [recorded["action"]],
        "from": f"{recorded['from_ms']}ms",
        "to": f"{recorded['to_ms']}ms",
        "code": recorded["code"],
        "http_status": recorded["http_status"],
    }


def _restarts(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    restarts = case.get("restarts") or []
    return sorted(restarts, key=lambda one: int(one["ms"]))


def _change(restart: Mapping[str, Any]) -> dict[str, Any]:
    """A restart, whose settings are all there are: what is not there has its default again."""
    return {
        "at": f"{restart['ms']}ms",
        "node_groups": [restart["node"]],
        "restart_time": f"{restart['down_ms']}ms",
        "ipamd": Ipamd().model_dump() | CODE_DEFAULTS | restart["settings"],
    }


def _workload(case: Mapping[str, Any], trace_file: str) -> dict[str, Any]:
    name = "pods"
    if not case["pods"]:
        return {"kind": "deployment", "name": name, "replicas": 0}
    return {
        "kind": "trace",
        "name": name,
        "file": trace_file,
        "units": {"time": "ms"},
        "columns": {"cpu": None, "memory": None, "node": "node"},
        "termination_time": "0s",
    }
