"""Every figure of a summary once more: small, slow, from the rows, as docs/metrics.md defines it.

Nothing is shared with `sim.results`: no arrays, no blocks, no running sums.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plain_addresses import addresses, branch_enis, overlay
from plain_changes import changes
from plain_pods import late_pods, nodes, pods
from plain_requests import account, ec2
from plain_rows import Finished

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
TEXTS = {"schema_version", "versions", "settings", "warnings"}
"""Of a summary, what has no figures. All else is compared, so a new part needs a reference."""
LATE = re.compile(r"([\d,]+) pods? waited over 10 s")
MOST_FINDINGS = 3


def measured(summary: dict[str, Any]) -> dict[str, Any]:
    """What a summary says that was measured."""
    kept = {name: part for name, part in summary.items() if name not in TEXTS}
    about = ("name", "seed", "digest")
    kept["scenario"] = {k: v for k, v in summary["scenario"].items() if k not in about}
    kept["expectations"] = {
        one["metric"]: [one["value"], one["at_least"]] for one in summary["expectations"]
    }
    kept["findings"] = _late_pods(summary["findings"])
    return kept


def _late_pods(findings: list[str]) -> int | None:
    """How many waited long; None if three worse things leave no room for them."""
    counts = [int(found[1].replace(",", "")) for one in findings if (found := LATE.match(one))]
    return counts[0] if counts else None if len(findings) == MOST_FINDINGS else 0


def summarised(run: Finished, summary: dict[str, Any]) -> dict[str, Any]:
    """The same as `measured`; of the summary it takes which rules and findings there are."""
    found = _figures(run)
    values, at_least = headlines(found)
    late = None if _late_pods(summary["findings"]) is None else late_pods(run)
    length = {"duration_s": run.end / 1000, "warm_up_s": run.scenario.model.warm_up / 1000}
    rules = [one["metric"] for one in summary["expectations"]]
    judged = {name: [values[name], name in at_least] for name in rules}
    return {**found, "scenario": length, "expectations": judged, "findings": late}


def _figures(run: Finished) -> dict[str, Any]:
    of_pods = pods(run)
    found: dict[str, Any] = {
        "nodes": nodes(run),
        "addresses": addresses(run),
        "ec2": ec2(run, of_pods["started"]),
        "pods": of_pods,
    }
    if run.scenario.model.cluster.overlay is not None:
        found["overlay"] = overlay(run)
    if run.has_branch_enis:
        found["branch_enis"] = branch_enis(run)
    if run.names["tenants"]:
        found["account"] = account(run)
    if run.scenario.model.change:
        found["changes"] = changes(run)
    return found


def headlines(summary: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """(values, names of lower bounds) as the document's table of headline figures says."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.split("## Headline figures")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*?\|.*?\| `([^`]+)` \|", section, re.MULTILINE)
    values = {name: _value(summary, path) for name, path in rows}
    return values, [name for name, path in rows if _is_lower_bound(summary, path)]


def _value(summary: dict[str, Any], path: str) -> Any:
    plus, *minus = (_found(summary, one.split(".")) for one in path.split(" - "))
    return plus - sum(one for one in minus if one is not None) if plus is not None else None


def _found(data: Any, keys: list[str]) -> Any:
    for place, key in enumerate(keys):
        if key == "*":
            every = (_found(one, keys[place + 1 :]) for one in data.values())
            return min((one for one in every if one is not None), default=None)
        data = (data or {}).get(key)
    return data


def _is_lower_bound(summary: dict[str, Any], path: str) -> bool:
    *way, name = path.split(".")
    found = _found(summary, way) if "*" not in way and " " not in path else None
    return isinstance(found, dict) and name in found.get("at_least", [])


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two summaries differ; floats may in their last bits."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            missing = "(missing)"
            yield from differences(one.get(key, missing), other.get(key, missing), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-12):
            yield f"{path}: {one!r}, by the reference {other!r}"
    elif one != other or isinstance(one, str) != isinstance(other, str):
        yield f"{path}: {one!r}, by the reference {other!r}"
