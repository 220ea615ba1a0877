"""The trace that a scenario replays: a CSV file of pods, one a row.

Columns that the trace workload reads: start and end in seconds from the begin of the history (a
pod that was there before has a negative start), cpu and memory. More columns say which pod it was,
and how its start and end are known; ``estimated`` names those that no file tells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from .lives import Life

COLUMNS = (
    "start",
    "end",
    "cpu",
    "memory",
    "namespace",
    "pod",
    "controller",
    "node",
    "start_from",
    "end_from",
    "estimated",
)

Requests = tuple[int, int]
"""cpu in millicores, memory in MiB."""


def trace_lines(
    lives: Iterable[Life], begin_ms: int, requests: Callable[[Life], Requests | None]
) -> Iterator[str]:
    """The file, line by line.

    Args:
        lives: in the order of starts.
        begin_ms: what is time 0.
        requests: what a pod requests whose files do not say; None: not known either.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for life in lives:
        writer.writerow(_row(life, begin_ms, requests(life)))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    if left := text.getvalue():
        yield left


def _row(life: Life, begin_ms: int, requests: Requests | None) -> tuple[str, ...]:
    pod = life.pod
    cpu, memory = requests or (None, None)
    return (
        _seconds(life.start.time_ms, begin_ms),
        _seconds(life.end.time_ms, begin_ms),
        _quantity(pod.cpu if pod.cpu is not None else cpu, "m"),
        _quantity(pod.memory if pod.memory is not None else memory, "Mi"),
        pod.namespace,
        pod.name,
        f"{life.controller.kind}/{life.controller.name}",
        pod.node,
        life.start.source,
        life.end.source,
        _estimated(life),
    )


def _seconds(time_ms: int | None, begin_ms: int) -> str:
    if time_ms is None:
        return ""
    return f"{(time_ms - begin_ms) / 1000:.3f}".rstrip("0").rstrip(".")


def _quantity(value: int | None, unit: str) -> str:
    return "" if value is None else f"{value}{unit}"


def _estimated(life: Life) -> str:
    which = [name for name in ("start", "end") if getattr(life, name).is_estimate]
    return "+".join(which)
