"""The figures that answer a question: what rules, comparisons and recommendations speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Better = Literal["low", "high"]
Kind = Literal["addresses", "ec2", "wait", "pods", "nodes"]


class Headline(NamedTuple):
    """One figure that answers a question.

    Attributes:
        name: what users write, such as ``pod_ip_wait_p99``.
        title: of a column, such as ``wait p99``.
        unit: of its value; ``share`` is one of 1.
        better: whether a low or a high value is good.
        kind: what it is about; only waits of pods are ``wait``.
        path: where it stands in the summary; of ``*`` the least value counts, and what follows a
            minus is taken off if it is there.
        meaning: one sentence.
    """

    name: str
    title: str
    unit: str
    better: Better
    kind: Kind
    path: str
    meaning: str


_ADDRESSES = (
    Headline(
        "held_mean",
        "held mean",
        "IPs",
        "low",
        "addresses",
        "addresses.cluster.held.mean",
        "Addresses that the nodes take from all subnets, averaged over time.",
    ),
    Headline(
        "held_peak",
        "held peak",
        "IPs",
        "low",
        "addresses",
        "addresses.cluster.held.peak",
        "The most they held at once.",
    ),
    Headline(
        "assigned_mean",
        "used mean",
        "IPs",
        "high",
        "addresses",
        "addresses.cluster.assigned.mean",
        "Addresses that pods used, averaged over time.",
    ),
    Headline(
        "waste_mean",
        "waste mean",
        "IPs",
        "low",
        "addresses",
        "addresses.cluster.waste.mean",
        "Held, but not by a pod, averaged over time.",
    ),
    Headline(
        "waste_ip_hours",
        "waste",
        "IP h",
        "low",
        "addresses",
        "addresses.cluster.waste_ip_hours",
        "The waste times how long it lasted.",
    ),
    Headline(
        "subnet_free_min",
        "least free",
        "IPs",
        "high",
        "addresses",
        "addresses.subnets.*.smallest_free",
        "The least headroom of any subnet at any time.",
    ),
)

_EC2 = (
    Headline(
        "ec2_calls",
        "EC2 calls",
        "calls",
        "low",
        "ec2",
        "ec2.total",
        "Requests to EC2, each attempt of the SDK counted.",
    ),
    Headline(
        "throttled_calls",
        "throttled calls",
        "calls",
        "low",
        "ec2",
        "ec2.throttled",
        "Requests that EC2 throttled.",
    ),
    Headline(
        "throttled_share",
        "throttled",
        "share",
        "low",
        "ec2",
        "ec2.throttled_share",
        "The share of requests that EC2 throttled.",
    ),
    Headline(
        "calls_per_pod",
        "calls per pod",
        "calls",
        "low",
        "ec2",
        "ec2.calls_per_pod_started",
        "Requests to EC2 per pod that got an address.",
    ),
)

_ACCOUNT = (
    Headline(
        "others_requests",
        "others' requests",
        "calls",
        "low",
        "ec2",
        "account.requests",
        "Requests of others in the account (aws.tenants), all their attempts counted.",
    ),
    Headline(
        "others_throttled_share",
        "others throttled",
        "share",
        "low",
        "ec2",
        "account.throttled_share",
        "The share of them that EC2 throttled.",
    ),
    Headline(
        "others_given_up",
        "others gave up",
        "calls",
        "low",
        "ec2",
        "account.given_up",
        "Calls of theirs whose last attempt was throttled.",
    ),
)

_PODS = (
    Headline("pods_created", "pods", "pods", "high", "pods", "pods.created", "Pods that count."),
    Headline(
        "pods_waited",
        "waited",
        "pods",
        "low",
        "pods",
        "pods.waited",
        "Pods that found no address at their first CNI ADD.",
    ),
    Headline(
        "unserved_pods",
        "unserved",
        "pods",
        "low",
        "pods",
        "pods.unserved - pods.unserved_reasons.starting",
        "Pods that never got an address, without those that were still starting at the end.",
    ),
    Headline(
        "deadline_missed",
        "missed",
        "pods",
        "low",
        "pods",
        "pods.deadline_missed",
        "Pods that their Job's deadline ended.",
    ),
)

_OVERLAY = (
    Headline(
        "overlay_held_mean",
        "overlay held",
        "IPs",
        "low",
        "addresses",
        "overlay.held.mean",
        "Addresses of an overlay in blocks that nodes have claimed, averaged over time.",
    ),
    Headline(
        "overlay_waste_mean",
        "overlay waste",
        "IPs",
        "low",
        "addresses",
        "overlay.waste.mean",
        "Those of them that no pod held.",
    ),
)

_NODES = (
    Headline(
        "failed_launches",
        "failed launches",
        "nodes",
        "low",
        "nodes",
        "nodes.launch_failures",
        "Node launches that failed because the subnet had no address.",
    ),
    Headline(
        "nodes_ready_p99",
        "node ready p99",
        "s",
        "low",
        "nodes",
        "nodes.time_to_ready_s.p99",
        "From a node's launch to a running ipamd, for nodes launched after the warm-up.",
    ),
)

_OF_WAITS = {
    "mean": "the average",
    "p50": "half of them wait no longer",
    "p90": "90 % of them wait no longer",
    "p95": "95 % of them wait no longer",
    "p99": "99 % of them wait no longer",
    "max": "the longest",
}


def _waits(name: str, title: str, path: str, meaning: str) -> Iterator[Headline]:
    for figure, which in _OF_WAITS.items():
        text = f"{meaning}: {which}."
        where = f"pods.{path}.{figure}"
        yield Headline(f"{name}_{figure}", f"{title} {figure}", "s", "low", "wait", where, text)


HEADLINES: Mapping[str, Headline] = MappingProxyType(
    {
        one.name: one
        for one in (
            *_ADDRESSES,
            *_EC2,
            *_ACCOUNT,
            *_waits(
                "pod_ip_wait", "wait", "ip_wait_s", "From a pod's first CNI ADD to its address"
            ),
            *_waits(
                "pod_start_latency",
                "start",
                "start_latency_s",
                "From a pod's creation until it runs",
            ),
            *_PODS,
            *_NODES,
            *_OVERLAY,
        )
    }
)
"""All of them by their names, in the order in which reports show them."""
