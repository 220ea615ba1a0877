"""Make the tables of docs/scenario.md from the JSON Schema of scenarios.

    python tools/make_scenario_docs.py

A table stands between ``<!-- keys: NodeGroup -->`` and ``<!-- end -->``; the text around is written
by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sim.scenario.aws import DEFAULT_BUCKETS, DEFAULT_LATENCY
from sim.scenario.distributions import OneDistribution
from sim.scenario.headlines import HEADLINES
from sim.scenario.schema import schema

TARGET = Path(__file__).parents[1] / "docs" / "scenario.md"
_TABLE = re.compile(r"(<!-- keys: (\w+)((?: -\w+)*) -->\n).*?(<!-- end -->)", re.DOTALL)
_SECTIONS = {
    "Aws": "aws",
    "Bucket": "aws",
    "Burst": "others-in-the-account",
    "Change": "change",
    "ClusterAutoscaler": "clusterautoscalers",
    "Cluster": "cluster",
    "Columns": "trace",
    "DaemonSet": "daemonsets",
    "Empirical": "distributions",
    "EniConfig": "clustereni_configs",
    "Expect": "expect",
    "Impairment": "an-impaired-ec2",
    "Exponential": "distributions",
    "Fault": "requests-that-fail",
    "Ipamd": "ipamd",
    "Karpenter": "clusterautoscalers",
    "Kube": "kube",
    "Limits": "limits-and-reserved",
    "Lognormal": "distributions",
    "NodeGroup": "clusternode_groups",
    "NodeStep": "steps-over-time",
    "Others": "reservations-and-others",
    "Overlay": "clusteroverlay",
    "Prices": "prices",
    "QuotaChange": "quotas-that-change",
    "Recycling": "nodes-that-do-not-stay",
    "RateStep": "steps-over-time",
    "ReplicaStep": "steps-over-time",
    "Requests": "requests",
    "Reservation": "reservations-and-others",
    "Reserved": "limits-and-reserved",
    "ResourceController": "security-groups-for-pods",
    "RollingUpdate": "deployment",
    "Spot": "nodes-that-do-not-stay",
    "Subnet": "clustersubnets",
    "Tenant": "others-in-the-account",
    "TagChange": "tags-of-subnets",
    "Uniform": "distributions",
    "Units": "trace",
    "Window": "trace",
    "ZoneOutage": "clusterzone_outages",
}
_NAMES = {
    "Bucket": "bucket",
    "QuotaChange": "change of a quota",
    "Change": "change",
    "ClusterAutoscaler": "clusterautoscalers",
    "Columns": "columns",
    "EniConfig": "ENIConfig",
    "Limits": "limits",
    "NodeGroup": "node group",
    "NodeStep": "step",
    "Recycling": "nodes-that-do-not-stay",
    "RateStep": "step",
    "ReplicaStep": "step",
    "ResourceController": "resource controller",
    "RollingUpdate": "update",
    "Subnet": "subnet",
    "TagChange": "change of tags",
    "DaemonSet": "DaemonSet",
}
_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "boolean"}


def document(text: str) -> str:
    """The text with its tables made anew."""
    return _TABLE.sub(lambda found: found[1] + _table(found[2], found[3].split()) + found[4], text)


def _table(name: str, left_out: list[str]) -> str:
    makers = {
        "DefaultBuckets": _default_buckets,
        "Expect": _rules,
        "Workload": _common_keys,
    }
    rows = makers[name]() if name in makers else _keys(name, {word[1:] for word in left_out})
    return "\n" + "\n".join(rows) + "\n\n"


@cache
def _schema() -> dict[str, Any]:
    return schema()


def _keys(name: str, left_out: set[str]) -> Iterator[str]:
    whole = _schema()
    model = whole if name == "Scenario" else whole["$defs"][name]
    yield "| Key | Type | Default | Meaning |"
    yield "|---|---|---|---|"
    for key in sorted(model["properties"], key=lambda key: key != "kind"):
        value = model["properties"][key]
        if key not in left_out:
            required = key in model.get("required", ())
            default = "**required**" if required else _default(value)
            bounds = _bounds(value) if value.get("type") in _PLAIN else ""
            yield f"| `{key}` | {_type(value)}{bounds} | {default} | {value['description']} |"


def _common_keys() -> Iterator[str]:
    common = {"name", "requests", "termination_time", "security_groups", "node_groups"}
    yield from _keys("Deployment", set(_schema()["$defs"]["Deployment"]["properties"]) - common)


def _rules() -> Iterator[str]:
    head, line, *rest = _keys("Expect", set(HEADLINES))
    yield from (head, line)
    names = "a [headline figure](metrics.md#headline-figures), such as `pod_ip_wait_p99`"
    yield f"| {names} | rule | none | What it is expected to be. |"
    yield from rest


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default is None:
        return "none"
    if "$ref" in value:
        return "its own defaults"
    if isinstance(default, dict) and set(default) == {"constant"}:
        default = default["constant"]
    if default in ("", [], {}):
        return "empty"
    if isinstance(default, list):
        return ", ".join(f"`{one['name']}`" for one in default)
    return f"`{_flow(default)}`"


def _flow(value: Any) -> str:
    """A value as YAML would write it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    return value if isinstance(value, str) and value else json.dumps(value)


def _type(value: dict[str, Any]) -> str:
    if "title" in value:
        return str(value["title"])
    if "$ref" in value:
        return _reference(value["$ref"])
    if choices := value.get("anyOf") or value.get("oneOf"):
        return _one_of(choices)
    if words := value.get("enum", [value["const"]] if "const" in value else None):
        return ", ".join(f"`{_flow(one)}`" for one in words)
    return _container(value) if value["type"] in ("array", "object") else _PLAIN[value["type"]]


def _container(value: dict[str, Any]) -> str:
    inner = _type(value["items"] if value["type"] == "array" else value["additionalProperties"])
    if inner in ("duration", "name", "number"):
        inner += "s"
    if value["type"] == "array":
        return f"list of {inner}"
    return f"mapping of {'actions' if 'propertyNames' in value else 'keys'} to {inner}"


def _one_of(choices: list[dict[str, Any]]) -> str:
    types = [_type(one) for one in choices if one.get("type") != "null"]
    if types[0] == _reference("#/$defs/OneDistribution"):
        return types[0]
    if types[0] == _reference("#/$defs/Deployment"):
        return "[workload](#workload)"
    return " or ".join(dict.fromkeys(types))


def _reference(target: str) -> str:
    name = target.rsplit("/", 1)[1]
    if name == "OneDistribution":
        return "[distribution](#distributions)"
    return f"[{_NAMES.get(name, name.lower())}](#{_SECTIONS.get(name, name.lower())})"


def _bounds(value: dict[str, Any]) -> str:
    if "minimum" in value and "maximum" in value:
        return f", {value['minimum']:,} to {value['maximum']:,}"
    if "minimum" in value:
        return f" from {value['minimum']:,}"
    if "exclusiveMinimum" in value:
        return f" above {value['exclusiveMinimum']:,}"
    return ""


def _default_buckets() -> Iterator[str]:
    yield "| Action | Bucket size | Refill a second | Latency p50 | p99 |"
    yield "|---|---|---|---|---|"
    for action, bucket in DEFAULT_BUCKETS.items():
        p50, p99 = _quantiles(DEFAULT_LATENCY[action])
        yield f"| `{action}` | {bucket.max} | {bucket.refill_per_s} | {p50} | {p99} |"


def _quantiles(distribution: OneDistribution) -> tuple[str, str]:
    given = distribution.model_dump(mode="json")["lognormal"]
    return given["p50"], given["p99"]


if __name__ == "__main__":
    TARGET.write_text(document(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
