"""What goes wrong, or changes, in a scenario: each adds its part to the data."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sim.scenario.aws import DEFAULT_LATENCY

Data = dict[str, Any]
Trouble = Callable[[Random, Data], None]

OVER_S = 480
"""All of it is over by then."""

ACTIONS = sorted(set(DEFAULT_LATENCY) - {"AssignIpv6Addresses"})
CNI = "kubernetes.io/role/cni"
OTHER_CLUSTER = "cni.networking.k8s.aws/cluster/other"
ERRORS = (
    ("UnauthorizedOperation", 403),
    ("InternalError", 500),
    ("Unavailable", 503),
    ("RequestLimitExceeded", 503),
    ("InsufficientFreeAddressesInSubnet", 400),
    ("InsufficientCidrBlocks", 400),
    ("PrivateIpAddressLimitExceeded", 400),
)


def _at(draw: Random, first: int = 0, last: int = OVER_S - 30) -> str:
    """A time; many are whole halves of a minute, so that events fall on one ms."""
    step = draw.choice([1, 5, 30])
    return f"{draw.randrange(first, last, step)}s"


def _window(draw: Random) -> Data:
    begin = draw.randrange(0, OVER_S - 60, draw.choice([1, 30]))
    length = draw.choice([1, 10, 60, 240, OVER_S])
    return {"from": f"{begin}s", "to": f"{min(begin + length, OVER_S)}s"}


def _group(data: Data) -> Data:
    group: Data = data["cluster"]["node_groups"][0]
    return group


# --------------------------------------------------------------------------- EC2


def errors(draw: Random, data: Data) -> None:
    """Requests that fail, of some actions or of all."""
    faults = data["aws"].setdefault("faults", [])
    for _ in range(draw.randint(1, 3)):
        code, status = draw.choice(ERRORS)
        fault = _window(draw) | {"code": code, "http_status": status}
        fault["share"] = draw.choice([0.1, 0.5, 1.0])
        if draw.random() < 0.8:
            fault["actions"] = draw.sample(ACTIONS, draw.randint(1, 3))
        faults.append(fault)


def lost_answers(draw: Random, data: Data) -> None:
    """Requests that EC2 carries out, and whose answers do not come."""
    faults = data["aws"].setdefault("faults", [])
    for _ in range(draw.randint(1, 3)):
        code = draw.choice([("RequestTimeout", 400), ("InternalError", 500), ("Broken", 400)])
        fault = _window(draw) | {"code": code[0], "http_status": code[1], "answer_lost": True}
        fault["share"] = draw.choice([0.2, 1.0])
        if draw.random() < 0.7:
            fault["actions"] = draw.sample(ACTIONS, draw.randint(1, 4))
        faults.append(fault)


def throttling(draw: Random, data: Data) -> None:
    """Small buckets, or old ones that actions share, or quotas that change."""
    aws, kind = data["aws"], draw.randrange(3)
    if kind == 0:
        small = {"max": draw.randint(1, 5), "refill_per_s": 1}
        aws["buckets"] = dict.fromkeys(draw.sample(ACTIONS, draw.randint(1, 4)), small)
    elif kind == 1:
        aws["shared_buckets"] = True
    else:
        times = sorted(draw.sample(range(0, OVER_S, 10), 2))
        factors = draw.choice([0.05, 0.3]), draw.choice([1, 3])
        changes = zip(times, factors, strict=True)
        aws["quota_changes"] = [{"at": f"{at}s", "multiplier": by} for at, by in changes]


def tenants(draw: Random, data: Data) -> None:
    """Others in the account, who call EC2 in bursts for a while."""
    bursts = [
        {
            "action": draw.choice(ACTIONS),
            "requests": draw.choice([20, 100, 200]),
            "every": draw.choice(["5s", "20s", "45s"]),
            "at": _at(draw),
            "until": f"{OVER_S}s",
            "spread": draw.choice(["0s", "4s"]),
        }
        for _ in range(draw.randint(1, 3))
    ]
    tenant = {"name": "others-too", "bursts": bursts, "attempts": draw.choice([1, 3])}
    if draw.random() < 0.5:
        tenant["requests_per_s"] = {draw.choice(ACTIONS): 2}
    data["aws"]["tenants"] = [tenant]
    if draw.random() < 0.5:
        data["aws"]["other_requests"] = {draw.choice(ACTIONS): draw.choice([1.5, 9.0])}


def slowness(draw: Random, data: Data) -> None:
    """Metadata that lag behind, and an EC2 that is slow for a while."""
    mean = draw.choice([2, 8, 20])
    data["aws"]["metadata_delay"] = {"exponential": {"mean": f"{mean}s"}}
    if draw.random() < 0.5:
        factors = {"latency_factor": draw.choice([4, 20]), "metadata_delay_factor": 3}
        impaired = _window(draw) | factors | {"error_share": draw.choice([0, 0.3])}
        data["aws"]["impairments"] = [impaired]


def ties(draw: Random, data: Data) -> None:
    """All takes a constant time, so that much happens in one ms."""
    time = draw.choice(["0s", "100ms", "500ms", "2500ms"])
    data["aws"] |= {"latency": dict.fromkeys(ACTIONS, time), "throttled_latency": time}
    data["aws"]["metadata_delay"] = draw.choice(["0s", "500ms", "2500ms"])
    data["kube"] |= {
        "add_retry": draw.choice(["2500ms", "10s"]),
        "not_initialised_retry": "1s",
        "sync_tick": "0s",
        "sandbox_time": "500ms",
        "teardown_time": draw.choice(["0s", "500ms"]),
        "schedule_time": "0s",
    }
    _group(data)["launch_delay"] = "5s"


# ----------------------------------------------------------------------- subnets


def reservations(draw: Random, data: Data) -> None:
    """CIDR reservations, made before the run or during it."""
    for place, subnet in enumerate(data["cluster"]["subnets"]):
        if draw.random() < 0.6:
            kinds = draw.choice(["prefix", "explicit"]), draw.choice(["prefix", "explicit"])
            at = draw.choice(["0s", _at(draw)]), _at(draw)
            halves = f"10.0.{place}.0/28", f"10.0.{place}.16/28"
            subnet["reservations"] = [
                {"cidr": cidr, "type": kind, "at": when}
                for cidr, kind, when in zip(halves, kinds, at, strict=True)
            ][: draw.randint(1, 2)]
    data["aws"]["prefix_spill_over"] = draw.random() < 0.5
    for kind in ("prefix_placement", "address_placement"):
        data["aws"][kind] = draw.choice(["random", "low-first"])


def others(draw: Random, data: Data) -> None:
    """A subnet that others fill: from the start, or with nodes of their own for a while."""
    subnets = data["cluster"]["subnets"]
    data["cluster"]["record_addresses"] = True
    room = 2 ** (32 - int(subnets[0]["cidr"].rsplit("/", 1)[1])) - 5
    if "reservations" in subnets[0]:
        room = max(room - 32, 0)
    count = draw.randint(0, room // 2) if room < 200 else room - 40
    subnets[0]["others"] = {"count": count}
    if draw.random() < 0.6:
        count = draw.randint(1, 4)
        steps = [{"at": "0s", "nodes": 0}, {"at": _at(draw, 30), "nodes": count}]
        if draw.random() < 0.5:
            steps.append({"at": f"{OVER_S}s", "nodes": 0})
        data["cluster"]["node_groups"].append(
            {
                "name": "others",
                "instance_type": "c5.xlarge",
                "nodes": steps,
                "launch_delay": "1s",
                "launch_retry": "20s",
                "ipamd": {"WARM_ENI_TARGET": draw.randint(1, 3), "WARM_IP_TARGET": 0},
            }
        )


def tags(draw: Random, data: Data) -> None:
    """Tags that let ipamd into a subnet, or keep it out, and change."""
    data["cluster"]["name"] = draw.choice(["", "ours"])
    for subnet in data["cluster"]["subnets"]:
        times = sorted(draw.sample(range(0, OVER_S, 30), draw.randint(0, 3)))
        subnet["tag_changes"] = [{"at": f"{at}s", "tags": _tags(draw)} for at in times]
        if draw.random() < 0.5:
            subnet["tags"] = _tags(draw)


def _tags(draw: Random) -> dict[str, str]:
    tags = {CNI: draw.choice(["0", "1", "1"])} if draw.random() < 0.8 else {}
    return tags | ({OTHER_CLUSTER: ""} if draw.random() < 0.2 else {})


def custom_networking(_draw: Random, data: Data) -> None:
    """Pods take addresses from another subnet than their nodes'."""
    data["ipamd"]["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = True
    subnets = data["cluster"]["subnets"]
    subnet = subnets[1] if subnets[1]["zone"] == "a" else subnets[0]
    data["cluster"]["eni_configs"] = [{"subnet": subnet["name"], "zone": "a"}]


# ------------------------------------------------------------------------- nodes


def node_steps(draw: Random, data: Data) -> None:
    """Nodes that are added and removed, and cordoned."""
    group = _group(data)
    if isinstance(group["nodes"], int):
        times = sorted(draw.sample(range(30, OVER_S, 15), draw.randint(1, 3)))
        steps = [{"at": f"{at}s", "nodes": draw.randint(0, 4)} for at in times]
        group["nodes"] = [{"at": "0s", "nodes": group["nodes"]}, *steps]
    if draw.random() < 0.4:
        group["cordons"] = [_at(draw, 60)]
    data["kube"]["drain_timeout"] = draw.choice(["0s", "30s", "2m"])


def deaths(draw: Random, data: Data) -> None:
    """Nodes that die at once, or with a notice, or are replaced."""
    group = _group(data)
    kind = draw.randrange(3)
    if kind == 0:
        at = draw.randrange(60, OVER_S - 60)
        zone = data["cluster"]["subnets"][draw.randrange(2)]["zone"]
        outage = {"zone": zone, "at": f"{at}s", "to": f"{at + draw.choice([1, 60])}s"}
        data["cluster"]["zone_outages"] = [outage]
    elif kind == 1:
        group["spot"] = {"mean_life": draw.choice(["2m", "8m"]), "notice": "5s"}
    else:
        recycling = {"at": _at(draw, 60, 240), "at_once": draw.randint(1, 3)}
        group["recycle"] = [recycling | {"surge": draw.randint(0, 1), "linger": "5s"}]
    data["aws"]["limit_launches"] = draw.random() < 0.3


def autoscaler(draw: Random, data: Data) -> None:
    """Karpenter or the Cluster Autoscaler decides how many nodes there are."""
    group = _group(data)
    if not isinstance(group["nodes"], int):
        return
    group["max_nodes"] = 4
    one: Data
    if draw.random() < 0.5:
        one = {"kind": "karpenter", "consolidate_after": "20s"}
        one["expire_after"] = draw.choice([None, "4m"])
    else:
        one = {"kind": "cluster-autoscaler", "scale_down_unneeded": "1m"}
        one["scale_down_delay_after_add"] = "1m"
    data["cluster"]["autoscalers"] = [one | {"node_groups": ["g"]}]


def restarts(draw: Random, data: Data) -> None:
    """Rollouts of aws-node, with other settings or the same, prefixes on and off among them."""
    from .draw import settings

    times = sorted(draw.sample(range(30, OVER_S - 30, 5), draw.randint(1, 3)))
    data["change"] = [
        {
            "at": f"{at}s",
            "ipamd": settings(draw) if draw.random() < 0.6 else {},
            "restart_time": f"{draw.choice([0, 1, 5, 20])}s",
            "maxUnavailable": draw.choice([1, 3, "10%", "100%"]),
        }
        for at in times
    ]


def own_enis(draw: Random, data: Data) -> None:
    """ENIs that ipamd leaves alone, or never frees."""
    key = draw.choice(["unmanaged_enis", "efa_enis"])
    _group(data)[key] = 1


def branch_enis(draw: Random, data: Data) -> None:
    """Pods on branch ENIs of trunks, whose controller meets the same trouble."""
    if _group(data)["instance_type"] not in ("m5.large", "c5.xlarge"):
        return
    data["ipamd"]["ENABLE_POD_ENI"] = True
    data["aws"]["resource_controller"] = {"retry": "20s", "branch_cooldown": "30s"}
    guarded: Data = {"kind": "deployment", "name": "guarded", "security_groups": True}
    steps = [
        {"at": "0s", "replicas": draw.randint(1, 8)},
        {"at": _at(draw, 30), "replicas": draw.randint(0, 12)},
    ]
    if draw.random() < 0.3:
        guarded["updates"] = [{"at": _at(draw, 60)}]
    data["workload"].append(guarded | {"replicas": steps})


ALL: tuple[Trouble, ...] = (
    errors,
    lost_answers,
    throttling,
    tenants,
    slowness,
    ties,
    reservations,
    others,
    tags,
    custom_networking,
    node_steps,
    autoscaler,
    deaths,
    restarts,
    own_enis,
    branch_enis,
)
"""In this order: a later one looks at what earlier ones left."""
