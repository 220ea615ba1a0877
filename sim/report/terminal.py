"""The screen after a run: what was asked, where the addresses, EC2 requests and pods were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from .format import duration, number_of
from .palette import BAD
from .sections import addresses, ec2, pods

WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal."""

MOST_SETTINGS = 3

Summary = dict[str, Any]


def print_summary(
    summary: Summary, *, records: str | None = None, console: Console | None = None
) -> None:
    """Print the screen of a run.

    Args:
        summary: what `Result.summary` gives.
        records: the folder with the run's records; none if they were not kept.
        console: where to; standard output if not given.
    """
    console = console or Console(file=sys.stdout, highlight=False)
    width = min(console.width, WIDEST)
    colour = console.color_system is not None and not console.no_color
    with console.capture() as capture:
        console.print(screen(summary, records, width, colour=colour), width=width)
    console.file.write(capture.get())


def screen(summary: Summary, records: str | None, width: int, *, colour: bool) -> RenderableType:
    """The screen, for lines of ``width`` characters."""
    parts = [
        asked(summary),
        addresses(summary["addresses"], width, colour=colour),
        ec2(summary["ec2"]),
        pods(summary["pods"]),
        *_sentences(summary),
        footer(summary, records),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def asked(summary: Summary) -> Text:
    """What was simulated, and how many nodes failed if any did."""
    scenario, nodes = summary["scenario"], summary["nodes"]
    what = [
        number_of(nodes["requested"], "node"),
        number_of(summary["pods"]["created"], "pod"),
        duration(scenario["duration_s"]),
        settings(summary["settings"]),
    ]
    text = Text.assemble((f"{scenario['name']}: ", "bold"), ", ".join(what))
    for failure in _node_failures(nodes):
        text.append(f"\n{failure}", style=BAD)
    return text


def settings(of_groups: dict[str, dict[str, Any]]) -> str:
    """ipamd's settings that are not defaults, once if all node groups have the same."""
    groups: dict[str, list[str]] = {}
    for group, values in of_groups.items():
        groups.setdefault(_settings(values), []).append(group)
    if len(groups) == 1:
        return next(iter(groups))
    texts = [f"{'/'.join(names)}: {text}" for text, names in groups.items()]
    more = [f"+ {len(texts) - MOST_SETTINGS} more"] if len(texts) > MOST_SETTINGS else []
    return "; ".join(texts[:MOST_SETTINGS] + more)


def _settings(values: dict[str, Any]) -> str:
    written = {key: str(value).lower() for key, value in values.items()}
    return " ".join(f"{key}={text}" for key, text in written.items()) or "default settings"


def _node_failures(nodes: dict[str, Any]) -> Iterator[str]:
    if (missing := nodes["requested"] - nodes["ready"]) > 0:
        yield f"{number_of(missing, 'node')} never got ready"
    if failures := nodes["launch_failures"]:
        yield f"{number_of(failures, 'node launch', 'node launches')} failed for lack of an address"
    if failures := nodes["boot_failures"]:
        yield f"ipamd failed to start {number_of(failures, 'time')}"
