"""How a result looks in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from sim.report.format import count, duration, number_of, percent, wait
from sim.report.palette import BAD, STATES

from .ec2 import OK, THROTTLED

Summary = Mapping[str, Any]

FADED = "opacity:.7"
CELL = "padding:.1em .7em;border:0;text-align:"
WAITS = {
    "ip_wait_s": "wait for an address",
    "start_latency_s": "created to running",
}
FIGURES = ("mean", "p50", "p90", "p95", "p99", "max")


def element(tag: str, content: str, style: str = "") -> str:
    """An element of HTML around finished content."""
    return f'<{tag} style="{style}">{content}</{tag}>' if style else f"<{tag}>{content}</{tag}>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of finished cells; all columns but the first to the right."""
    sides = ["left", *["right"] * (len(head) - 1)]

    def row(tag: str, cells: Sequence[str]) -> str:
        inner = (element(tag, c, CELL + side) for c, side in zip(cells, sides, strict=True))
        return element("tr", "".join(inner), "background:none")

    body = "".join(row("td", cells) for cells in rows)
    return element("table", row("th", head) + body, "border-collapse:collapse;margin:.6em 0")


def _bar(figures: Summary, size: float) -> str:
    """Whose the addresses are on average, as one line of colours."""
    parts = []
    for state, look in STATES.items():
        share = 100 * figures[state]["mean"] / size
        width = f"display:inline-block;height:100%;width:{share:.2f}%;background:{look.colour}"
        title = escape(f"{look.label}: {count(figures[state]['mean'])}")
        parts.append(f'<span title="{title}" style="{width}"></span>')
    frame = "display:inline-block;width:16em;height:.9em;line-height:0;vertical-align:middle"
    return element("span", "".join(parts), frame)


def _legend() -> str:
    marks = (
        element("span", "■", f"color:{look.colour}") + f" {escape(look.label)}"
        for look in STATES.values()
    )
    return element("div", " &nbsp; ".join(marks), FADED)


def _subnets(summary: Summary) -> str:
    head = ("subnet", "addresses, on average", "size", "held", "waste", "least free", "ran out")
    rows = [
        (
            escape(name),
            _bar(one, one["size"]),
            count(one["size"]),
            count(one["held"]["mean"]),
            count(one["waste"]["mean"]),
            count(one["smallest_free"]),
            _bad_if(one["ran_out_at_s"] is not None, _when(one["ran_out_at_s"])),
        )
        for name, one in summary["addresses"]["subnets"].items()
    ]
    return table(head, rows) + _legend()


def _when(seconds: float | None) -> str:
    return "never" if seconds is None else f"at {escape(duration(seconds))}"


def _bad_if(is_bad: bool, text: str) -> str:
    return element("b", text, f"color:{BAD}") if is_bad else text


def _waits(summary: Summary) -> str:
    rows = [
        (label, *(escape(wait(summary["pods"][key], name)) for name in FIGURES))
        for key, label in WAITS.items()
    ]
    return table(("pods", *FIGURES), rows)


def _requests(summary: Summary) -> str:
    head = ("EC2 action", "requests", "throttled", "failed", "busiest second", "fewest tokens")
    rows = []
    for action, codes in summary["ec2"]["requests"].items():
        total, throttled = sum(codes.values()), codes.get(THROTTLED, 0)
        bucket = summary["ec2"]["buckets"][action]
        cells = (
            escape(action),
            count(total),
            _bad_if(throttled > 0, count(throttled)),
            count(total - throttled - codes.get(OK, 0)),
            count(bucket["busiest_second"]),
            count(bucket["lowest_tokens"]),
        )
        rows.append(cells)
    return table(head, rows) if rows else ""


def _headline(summary: Summary) -> str:
    scenario, nodes, pods = summary["scenario"], summary["nodes"], summary["pods"]
    ec2, cluster = summary["ec2"], summary["addresses"]["cluster"]
    facts = (
        f"{duration(scenario['duration_s'])}, seed {scenario['seed']}",
        number_of(nodes["requested"], "node"),
        f"{count(pods['started'])} of {number_of(pods['created'], 'pod')} got an address",
        f"{count(pods['waited'])} waited for it",
        f"{count(cluster['held']['mean'])} addresses held, {count(cluster['assigned']['mean'])} "
        f"used by pods on average",
        f"{number_of(ec2['total'], 'EC2 request')}, {percent(ec2['throttled_share'])} throttled",
    )
    name = element("b", escape(scenario["name"]))
    return element("div", f"{name}: {escape('; '.join(facts))}")


def summary_html(summary: Summary) -> str:
    """A summary as a fragment of HTML, for light and dark pages; every name is escaped."""
    said = "".join(element("li", escape(text)) for text in summary["findings"])
    parts = (
        _headline(summary),
        element("ul", said, "margin:.6em 0"),
        _subnets(summary),
        _waits(summary),
        _requests(summary),
    )
    return element("div", "".join(parts))
