"""Made-up summaries, in the form that `sim.results.summary` gives them."""

from __future__ import annotations

from typing import Any

import pytest
from rich.style import Style

Summary = dict[str, Any]

STATES = (
    "assigned",
    "cooldown",
    "warm",
    "partial",
    "eni_primary",
    "in_transition",
    "other",
    "free",
)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside of a test decides about colours and widths."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _styles_made_anew() -> None:
    """Rich keeps a style with the escape codes of the first terminal it was written to."""
    Style.parse.cache_clear()
    Style._add.cache_clear()


def account(size: int | None = None, least: int = 0, **means: float) -> dict[str, Any]:
    """Addresses of a subnet (with a size) or of the cluster, by their averages."""
    values = {state: means.get(state, 0.0) for state in STATES}
    values["held"] = sum(values[state] for state in STATES[:6])
    values["waste"] = values["held"] - values["assigned"]
    figures: dict[str, Any] = {
        state: {"mean": value, "peak": round(value * 1.5), "end": round(value)}
        for state, value in values.items()
    }
    figures["waste_ip_hours"] = 24 * values["waste"]
    if size is not None:
        figures |= {"size": size, "smallest_free": least, "smallest_free_at_s": 12_000.0}
        figures |= {"ran_out_at_s": None if least else 12_000.0, "more_nodes_fit": least // 30}
    return figures


def waits(count: int, *values: float | None, at_least: tuple[str, ...] = ()) -> dict[str, Any]:
    """Figures of waits: mean, p50, p90, p95, p99, max."""
    names = ("mean", "p50", "p90", "p95", "p99", "max")
    return {"count": count, **dict(zip(names, values, strict=True)), "at_least": list(at_least)}


def workload(created: int, waited: int, unserved: int, ip_wait: dict[str, Any]) -> dict[str, Any]:
    """What the screen shows of a workload's pods."""
    return {"created": created, "waited": waited, "unserved": unserved, "ip_wait_s": ip_wait}


def bucket(busiest: int, lowest: int | None) -> dict[str, Any]:
    """The busiest second of an action and the lowest level of its bucket."""
    return {"busiest_second": busiest, "busiest_second_at_s": 60.0, "lowest_tokens": lowest}


@pytest.fixture
def busy() -> Summary:
    """A day on which much went wrong."""
    a = account(
        251, 12, assigned=80.25, cooldown=6.5, warm=44.0, eni_primary=21.0, in_transition=0.31,
        other=20.0, free=78.94,
    )  # fmt: skip
    b = account(
        123, 0, assigned=40.0, cooldown=3.2, warm=30.4, eni_primary=19.4, in_transition=0.02,
        other=5.0, free=24.98,
    )  # fmt: skip
    cluster = account(
        **{state: a[state]["mean"] + b[state]["mean"] for state in STATES},
    )
    return {
        "schema_version": 1,
        "scenario": {
            "name": "quickstart",
            "seed": 7,
            "duration_s": 86_400.0,
            "warm_up_s": 0.0,
            "digest": "0" * 64,
        },
        "versions": {"ipamd_sim": "0.1.0", "cni": "v1.23.1", "limits_table": "2026-08-20"},
        "settings": {"batch": {}, "web": {"WARM_IP_TARGET": 5, "MINIMUM_IP_TARGET": 10}},
        "nodes": {
            "requested": 40,
            "ready": 38,
            "launch_failures": 12,
            "boot_failures": 1,
            "time_to_ready_s": waits(40, 38.0, 37.5, 41.0, 44.0, 52.0, 52.0),
        },
        "addresses": {
            "cluster": cluster,
            "subnets": {"private-a": a, "private-b": b},
            "node_groups": {"batch": account(assigned=120.25)},
        },
        "ec2": {
            "requests": {
                "AssignPrivateIpAddresses": {
                    "InsufficientFreeAddressesInSubnet": 31,
                    "OK": 1_204,
                    "RequestLimitExceeded": 57,
                },
                "AttachNetworkInterface": {"OK": 61},
                "CreateNetworkInterface": {"InvalidParameterValue": 4, "OK": 61},
                "DescribeInstances": {"OK": 40},
                "DescribeNetworkInterfaces": {"OK": 2_310},
                "ModifyNetworkInterfaceAttribute": {"OK": 61},
            },
            "total": 3_829,
            "throttled": 57,
            "throttled_share": 57 / 3_829,
            "buckets": {
                "AssignPrivateIpAddresses": bucket(112, 0),
                "AttachNetworkInterface": bucket(9, 41),
                "CreateNetworkInterface": bucket(9, 91),
                "DescribeInstances": bucket(40, 10),
                "DescribeNetworkInterfaces": bucket(40, None),
                "ModifyNetworkInterfaceAttribute": bucket(8, 92),
            },
            "calls_per_pod_started": 3_829 / 4_806,
            "calls_per_node_started": 11.4,
            "calls_per_idle_node_hour": None,
        },
        "pods": {
            "created": 4_812,
            "started": 4_806,
            "waited": 212,
            "unserved": 6,
            "unserved_reasons": {"no free address": 4, "no node fits": 1, "starting": 1},
            "deadline_missed": 0,
            "ip_wait_s": waits(
                4_811, 0.84, 0.0, 0.0, 12.4, 14.9, 312.0, at_least=("mean", "p99", "max")
            ),
            "start_latency_s": waits(
                4_812, 4.21, 3.01, 3.4, 15.9, 64.0, 3_720.0, at_least=("mean", "max")
            ),
            "parts_s": {
                "scheduling": waits(
                    4_812, 0.35, 0.01, 0.01, 0.01, 21.0, 3_720.0, at_least=("max",)
                ),
                "sandbox": waits(4_811, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5),
                "address": waits(
                    4_811, 0.84, 0.0, 0.0, 12.4, 14.9, 312.0, at_least=("mean", "p99", "max")
                ),
                "containers": waits(4_806, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5),
            },
            "by_workload": {
                "nightly": workload(12, 0, 0, waits(12, *[0.0] * 6)),
                "build": workload(
                    4_700,
                    212,
                    5,
                    waits(4_700, 0.86, 0.0, 0.0, 12.4, 14.9, 312.0, at_least=("p99",)),
                ),
                "web": workload(100, 0, 1, waits(99, *[0.0] * 6)),
            },
        },
        "findings": [
            "Subnet private-b ran out of addresses, at 3 h 20 min: 12 node launches failed; EC2 "
            "refused 35 requests for lack of room.",
            "212 pods waited over 10 s for an address, all in group batch: its nodes count "
            "cooling addresses as free.",
        ],
        "warnings": ["cluster.node_groups[0]: 40 x m5.large hold 1,080 pods, 4,812 asked"],
    }


@pytest.fixture
def quiet() -> Summary:
    """A run in which no pod came and no node was launched."""
    empty = account(251, 251, free=251.0)
    none = waits(0, None, None, None, None, None, None)
    return {
        "schema_version": 1,
        "scenario": {
            "name": "idle",
            "seed": 1,
            "duration_s": 3_600.0,
            "warm_up_s": 600.0,
            "digest": "0" * 64,
        },
        "versions": {"ipamd_sim": "0.1.0", "cni": "v1.23.1", "limits_table": "2026-08-20"},
        "settings": {"batch": {"ENABLE_PREFIX_DELEGATION": True}},
        "nodes": {
            "requested": 0,
            "ready": 0,
            "launch_failures": 0,
            "boot_failures": 0,
            "time_to_ready_s": none,
        },
        "addresses": {
            "cluster": {**empty, "stranded": {"mean": 0.0, "peak": 0, "end": 0}},
            "subnets": {"private-a": empty},
            "node_groups": {},
        },
        "ec2": {
            "requests": {},
            "total": 0,
            "throttled": 0,
            "throttled_share": 0.0,
            "buckets": {},
            "calls_per_pod_started": None,
            "calls_per_node_started": None,
            "calls_per_idle_node_hour": None,
        },
        "pods": {
            "created": 0,
            "started": 0,
            "waited": 0,
            "unserved": 0,
            "unserved_reasons": {},
            "deadline_missed": 0,
            "ip_wait_s": none,
            "start_latency_s": none,
            "parts_s": dict.fromkeys(("scheduling", "sandbox", "address", "containers"), none),
            "by_workload": {"web": workload(0, 0, 0, none)},
        },
        "findings": [],
        "warnings": [],
    }
