"""Is it safe to change live? A change of aws-node, with what was before, during and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from .asked import written
from .format import NOTHING, count, duration, number_of, percent, wait
from .palette import BAD
from .tables import grid, section

PHASES = ("before", "during", "after")
NOTE = (
    "during: from the change until the last of its nodes had a ready aws-node again; pods by their "
    "first try"
)

MODE = "ENABLE_PREFIX_DELEGATION"
INSTEAD = (
    "Instead: new nodes in the new mode beside the old ones, whose pods are then moved by cordon "
    "and drain. `ipamd-sim new moving-to-prefixes` shows it, `ipamd-sim settings` prints the steps."
)

Figures = dict[str, Any]

ROWS: dict[str, Callable[[Figures], str]] = {
    "lasted": lambda one: duration(one["duration_s"]),
    "pods that asked": lambda one: count(one["pods"]),
    "had to wait": lambda one: _share(one["waited"], one["pods"]),
    "never got one": lambda one: _share(one["unserved"], one["pods"]),
    "wait p99": lambda one: _wait(one["ip_wait_s"], "p99"),
    "wait max": lambda one: _wait(one["ip_wait_s"], "max"),
    "EC2 requests a minute": lambda one: count(one["requests_per_min"]),
    "throttled": lambda one: _share(one["throttled"], one["requests"]),
    "addresses held": lambda one: count(one["held"]),
    "at most": lambda one: count(one["held_peak"]),
    "wasted": lambda one: count(one["waste"]),
}


def changes(summary: Figures) -> Iterator[Group]:
    """A section for each change of aws-node of a run."""
    for one, instead in with_way_out(summary):
        yield section(title(one), what(one), *_body(one, instead))


def title(one: Figures) -> str:
    """When it was."""
    return f"Change at {duration(one['at_s'])}"


def what(one: Figures) -> str:
    """What was changed."""
    return written(one["settings"]) or "restart"


def with_way_out(summary: Figures) -> Iterator[tuple[Figures, str]]:
    """Each change, and what to do instead: empty but for a change of mode that was not safe."""
    modes = {bool(values.get(MODE)) for values in summary["settings"].values()}
    for one in summary.get("changes", ()):
        mode = one["settings"].get(MODE)
        is_change = mode is not None and modes != {mode}
        modes = {mode} if is_change else modes
        yield one, INSTEAD if is_change and one["verdict"] == "unsafe" else ""


def _body(one: Figures, instead: str) -> Iterator[RenderableType]:
    yield Text(answer(one), style="" if one["verdict"] == "safe" else BAD)
    if instead:
        yield Text(instead)
    yield Text(rollout(one), style="" if one["settled_at_s"] is not None else BAD)
    table = grid(("", *PHASES))
    for cells in rows(one):
        table.add_row(*cells)
    yield table
    yield Text(NOTE, style="dim")


def rows(one: Figures) -> Iterator[tuple[str, ...]]:
    """The figures before, during and after it."""
    for name, cell in ROWS.items():
        yield name, *(_cell(cell, one[phase]) for phase in PHASES)


def _cell(cell: Callable[[Figures], str], phase: Figures) -> str:
    return cell(phase) if phase["duration_s"] else NOTHING


def _share(some: int, of: int) -> str:
    return f"{count(some)} ({percent(some / of)})" if some else "0"


def _wait(figures: Figures, name: str) -> str:
    return wait(figures, name) if figures["count"] else NOTHING


def answer(one: Figures) -> str:
    """Whether it was safe, and why not."""
    during, after = one["during"], one["after"]
    unserved, waited = (during[key] + after[key] for key in ("unserved", "waited"))
    if one["verdict"] == "safe":
        return "Safe to change live: no more pods waited, or went without, than before."
    if one["verdict"] == "waits":
        said = f"{number_of(waited, 'pod')} had to wait during or after it, all got an address"
        return f"Pods wait: {said}."
    if unserved:
        return f"Not safe: {number_of(unserved, 'pod')} never got an address during or after it."
    return "Not safe: the rollout came to no end."


def rollout(one: Figures) -> str:
    """How the rollout went."""
    nodes, down = number_of(one["nodes"], "node"), one["down_s"]
    each = ""
    if down["count"]:
        each = f", without a daemon for {wait(down, 'mean')} each, {wait(down, 'max')} at most"
    if one["settled_at_s"] is not None:
        return f"{nodes} in {duration(one['settled_at_s'] - one['at_s'])}{each}"
    replaced = f"The rollout did not end: {count(one['replaced_nodes'])} of {nodes} replaced"
    if one["down_nodes"]:
        return f"{replaced}, {count(one['down_nodes'])} of them without a daemon ever since"
    return f"{replaced}{each}"
