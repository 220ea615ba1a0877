"""The first lines of the screen: what was simulated."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from .format import count, duration, number_of
from .palette import BAD

MOST_SETTINGS = 3

Summary = dict[str, Any]


def asked(summary: Summary) -> Text:
    """Nodes, pods, hours and settings; below them what went wrong with nodes, if anything did."""
    scenario, nodes = summary["scenario"], summary["nodes"]
    what = [
        number_of(nodes["requested"], "node"),
        _pods(summary),
        _simulated(scenario),
        settings(summary["settings"]),
    ]
    text = Text.assemble((scenario["name"], "bold"), ": ", ", ".join(what), _changed(summary))
    return text.append(_failures(nodes), style=BAD)


def _pods(summary: Summary) -> str:
    after = " after the warm-up" if summary["scenario"]["warm_up_s"] else ""
    return number_of(summary["pods"]["created"], "pod") + after


def _changed(summary: Summary) -> str:
    """The changes of aws-node while it ran."""
    changes = summary.get("changes", ())
    said = [
        f"at {duration(one['at_s'])} {written(one['settings']) or 'a restart of aws-node'}"
        for one in changes[:MOST_SETTINGS]
    ]
    more = [f"+ {len(changes) - MOST_SETTINGS} more"] if len(changes) > MOST_SETTINGS else []
    return f"; changed {', '.join(said + more)}" if said else ""


def _simulated(scenario: dict[str, Any]) -> str:
    warm_up = scenario["warm_up_s"]
    after = f" (the first {duration(warm_up)} not counted)" if warm_up else ""
    return duration(scenario["duration_s"]) + after


def settings(of_groups: dict[str, dict[str, Any]]) -> str:
    """Settings that are not defaults; node groups with the same ones are named together."""
    groups: dict[str, list[str]] = {}
    for group, values in of_groups.items():
        groups.setdefault(_written(values), []).append(group)
    if len(groups) == 1:
        return next(iter(groups))
    texts = [f"{text} in {', '.join(names)}" for text, names in groups.items()]
    more = [f"+ {len(texts) - MOST_SETTINGS} more"] if len(texts) > MOST_SETTINGS else []
    return "; ".join(texts[:MOST_SETTINGS] + more)


def _written(values: dict[str, Any]) -> str:
    return written(values) or "default settings"


def written(values: dict[str, Any]) -> str:
    """Settings as a command line has them: ``WARM_IP_TARGET=2 MINIMUM_IP_TARGET=10``."""
    return " ".join(f"{key}={str(value).lower()}" for key, value in values.items())


def _failures(nodes: dict[str, Any]) -> str:
    launches, starts = nodes["launch_failures"], nodes["boot_failures"]
    said = []
    if nodes["ready"] < nodes["requested"]:
        said.append(f"{count(nodes['requested'] - nodes['ready'])} never got ready")
    if launches:
        said.append(f"{number_of(launches, 'launch', 'launches')} failed for lack of an address")
    if starts:
        said.append(f"{number_of(starts, 'start')} of ipamd failed")
    return f"\nNodes: {', '.join(said)}" if said else ""
