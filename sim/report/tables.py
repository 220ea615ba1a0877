"""The tables of the screen, one a section, each under a line with the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .bars import SEEN, bar, mark
from .format import count, number_of, percent, unserved, wait
from .palette import BAD, STATES

MOST_SUBNETS = 6
MOST_ACTIONS = 8
MOST_WORKLOADS = 6
LONGEST_NAME = 20
LEGEND_COLUMNS = 4
INDENT = 2
NUMBERS_WIDTH = 38
"""Of a subnet's line: what stands right of its bar."""

REQUESTS_NOTE = (
    "failed: answered with an error other than throttling; peak/s: most in one second; "
    "tokens: fewest left in the action's bucket"
)
COUNTED_NOTE = "pods: created after the warm-up, or still without an address when it ended"
WAIT_NOTE = "≥: pods had not ended that step when they were deleted or the run ended"

PARTS = ("scheduling", "sandbox", "address", "containers")
WAIT_FIGURES = ("mean", "p50", "p90", "p99", "max")

Figures = dict[str, Any]


def section(title: str, answer: str | Text, *body: RenderableType) -> Group:
    """A title with the section's answer, and what stands below, indented."""
    first = Table.grid(padding=(0, 2, 0, 0))
    first.add_row(Text(title, style="bold"), answer)
    return Group(first, *(Padding(part, (0, 0, 0, INDENT)) for part in body))


def grid(headers: Iterable[str], names: int = 1) -> Table:
    """A table without lines; all but its first ``names`` columns are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for place, header in enumerate(headers):
        table.add_column(header, justify="left" if place < names else "right", no_wrap=True)
    return table


def flagged(number: int, text: str | None = None) -> Text:
    """A number of things that should not be, in red if there are any."""
    return Text(text or count(number), style=BAD if number else "")


def addresses(figures: Figures, width: int, *, colour: bool) -> Group:
    """Whose the addresses of each subnet were, as time averages, and what was wasted."""
    cluster = figures["cluster"]
    held, used, wasted = (count(cluster[key]["mean"]) for key in ("held", "assigned", "waste"))
    return section(
        "IP addresses",
        f"{held} held on average, {used} used by pods, {wasted} wasted",
        _subnets(figures["subnets"], width, colour=colour),
        *_more(len(figures["subnets"]) - MOST_SUBNETS, "subnet", " with as many or more free"),
        legend(cluster, colour=colour),
        _totals(cluster),
    )


def _subnets(subnets: dict[str, Figures], width: int, *, colour: bool) -> Table:
    table = grid(("subnet", "time average", "size", "held", "wasted", "least free"), names=2)
    shown = {name: shortened(name) for name in tightest(subnets)}
    longest = max(len("subnet"), *map(len, shown.values()))
    cells = width - NUMBERS_WIDTH - longest - INDENT
    for name, short in shown.items():
        one = subnets[name]
        means = {state: one[state]["mean"] for state in STATES}
        numbers = (one["size"], one["held"]["mean"], one["waste"]["mean"])
        least = one["smallest_free"]
        table.add_row(
            short,
            bar(means, cells, colour=colour),
            *map(count, numbers),
            Text(count(least), style="" if least else BAD),
        )
    return table


def shortened(name: str) -> str:
    """A name by its end, where long ones differ."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def tightest(subnets: dict[str, Figures]) -> list[str]:
    """The subnets to show: those that came closest to running out, in the scenario's order."""
    ranked = sorted(subnets, key=lambda name: subnets[name]["smallest_free"])[:MOST_SUBNETS]
    return [name for name in subnets if name in ranked]


def legend(cluster: Figures, *, colour: bool) -> Table:
    """What the cells of the bars mean, with the cluster's averages."""
    table = Table.grid(padding=(0, 3, 0, 0))
    means = {state: cluster[state]["mean"] for state in STATES}
    entries = [
        Text.assemble(mark(look, colour=colour), f" {look.label} {count(means[state])}")
        for state, look in STATES.items()
        if means[state] >= SEEN
    ]
    for start in range(0, len(entries), LEGEND_COLUMNS):
        table.add_row(*entries[start : start + LEGEND_COLUMNS])
    return table


def _totals(cluster: Figures) -> Text:
    said = [
        f"at most {count(cluster['held']['peak'])} held at once",
        f"waste adds up to {count(round(cluster['waste_ip_hours']))} IP-hours",
    ]
    if (stranded := cluster.get("stranded", {"mean": 0.0})["mean"]) >= SEEN:
        said.append(f"{count(stranded)} stranded in prefixes")
    return Text("; ".join(said))


def _more(more: int, noun: str, which: str = "") -> Iterator[Text]:
    if more > 0:
        yield Text(f"+ {number_of(more, f'more {noun}')}{which}")


def ec2(figures: Figures) -> Group:
    """Requests of each action, what was throttled, and how close its bucket came to empty."""
    throttled = figures["throttled"]
    share = f"{count(throttled)} throttled ({percent(figures['throttled_share'])})"
    return section(
        "EC2 requests",
        Text.assemble(f"{count(figures['total'])}, ", flagged(throttled, share)),
        *_actions(figures),
        *_costs(figures),
    )


def _costs(figures: Figures) -> Iterator[Text]:
    costs = {
        "pod started": figures["calls_per_pod_started"],
        "node started": figures["calls_per_node_started"],
        "node-hour without pod changes": figures["calls_per_idle_node_hour"],
    }
    known = {what: number for what, number in costs.items() if number is not None}
    if known:
        yield Text(", ".join(f"{_rate(number)} per {what}" for what, number in known.items()))


def _rate(number: float) -> str:
    return count(number) if number >= 1 else f"{number:.2g}"


def _actions(figures: Figures) -> Iterator[RenderableType]:
    if not figures["requests"]:
        return
    table = grid(("action", "requests", "throttled", "failed", "peak/s", "tokens"))
    for action in busiest(figures["requests"]):
        codes, bucket = figures["requests"][action], figures["buckets"][action]
        total, throttled = sum(codes.values()), codes.get("RequestLimitExceeded", 0)
        least = bucket["lowest_tokens"]
        table.add_row(
            action,
            count(total),
            flagged(throttled),
            count(total - throttled - codes.get("OK", 0)),
            count(bucket["busiest_second"]),
            Text(count(least), style=BAD if least == 0 else ""),
        )
    yield table
    yield from _more(len(figures["requests"]) - MOST_ACTIONS, "action")
    yield Text(REQUESTS_NOTE, style="dim")


def busiest(requests: dict[str, dict[str, int]]) -> list[str]:
    """The actions to show, most requests first, throttled ones before all others."""

    def key(action: str) -> tuple[int, int]:
        codes = requests[action]
        return -codes.get("RequestLimitExceeded", 0), -sum(codes.values())

    return sorted(requests, key=key)[:MOST_ACTIONS]


def pods(figures: Figures, *, has_warm_up: bool = False) -> Group:
    """How many pods waited for an address, and how long each part of a pod's start took."""
    unserved, missed = figures["unserved"], figures["deadline_missed"]
    waited = f"{count(figures['waited'])} had to wait for an address"
    answer = Text(f"{count(figures['created'])}, {waited}, ")
    answer.append(f"{count(unserved)} never got one", style=BAD if unserved else "")
    answer.append(_reasons(figures["unserved_reasons"]))
    if missed:
        answer.append(f", {count(missed)} missed their deadline", style=BAD)
    which = [Text(COUNTED_NOTE, style="dim")] if has_warm_up else []
    return section("Pods", answer, *_waits(figures), *which)


def _reasons(reasons: dict[str, int]) -> str:
    ranked = sorted(reasons.items(), key=lambda item: -item[1])
    return f" ({', '.join(unserved(why, count(n)) for why, n in ranked)})" if ranked else ""


def _waits(figures: Figures) -> Iterator[RenderableType]:
    columns = {part: figures["parts_s"][part] for part in PARTS}
    columns["to running"] = figures["start_latency_s"]
    table = grid(("wait", *columns))
    table.add_row("pods", *(count(one["count"]) for one in columns.values()))
    for name in WAIT_FIGURES:
        table.add_row(name, *(wait(one, name) for one in columns.values()))
    yield table
    yield from _workloads(figures["by_workload"])
    if any(one["at_least"] for one in columns.values()):
        yield Text(WAIT_NOTE, style="dim")


def _workloads(figures: dict[str, Figures]) -> Iterator[RenderableType]:
    """The workloads whose pods waited most, if there are several."""
    if len(figures) < 2:
        return
    order = itemgetter("waited", "unserved", "created")
    ranked = sorted(figures.items(), key=lambda item: order(item[1]), reverse=True)
    table = grid(("workload", "pods", "waited", "p99 of address", "never got one"))
    for name, one in ranked[:MOST_WORKLOADS]:
        table.add_row(
            shortened(name),
            count(one["created"]),
            count(one["waited"]),
            wait(one["ip_wait_s"], "p99"),
            flagged(one["unserved"]),
        )
    yield table
    yield from _more(len(figures) - MOST_WORKLOADS, "workload")
