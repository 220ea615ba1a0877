"""The report of a run: its three answers, what stands out, and the charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sim.report.asked import asked
from sim.report.expectations import measured
from sim.report.format import count, duration, number_of, percent, unserved, wait

from .account import account_figures
from .addresses import address_chart
from .changes import change_figures, headline
from .draw import TimeAxis
from .fragments import fragment_chart
from .nodes import node_chart
from .page import Answer, Chart, Page, Section, Sentences, footer
from .requests import request_chart
from .waits import never_served, wait_chart

if TYPE_CHECKING:
    from sim.results.result import Result

Summary = dict[str, Any]


def run_page(result: Result, records: str | None = None) -> Page:
    """The page of a run.

    Args:
        result: what is shown.
        records: the folder with the run's records; None if they were not kept.
    """
    summary = result.summary
    kept = f"records: {records or 'not kept; --out DIR writes them'}"
    return Page(
        kind="Run",
        name=summary["scenario"]["name"],
        asked=asked(summary).plain.partition(": ")[2].replace("\n", ". "),
        answers=(_addresses(summary), _requests(summary), _pods(summary["pods"])),
        sections=(*_said(summary), *account_figures(summary), *_charts(result)),
        footer=footer(summary["scenario"]["seed"], summary["versions"], kept),
        headline=headline(summary),
        first=tuple(change_figures(summary)),
    )


def _addresses(summary: Summary) -> Answer:
    cluster, subnets = summary["addresses"]["cluster"], summary["addresses"]["subnets"]
    tightest = min(subnets, key=lambda name: _room(subnets[name]))
    least = subnets[tightest]["smallest_free"]
    return Answer(
        "IP addresses",
        count(cluster["held"]["mean"]),
        "held on average",
        (
            f"{count(cluster['assigned']['mean'])} used by pods, "
            f"{count(cluster['waste']['mean'])} wasted",
            f"at most {count(cluster['held']['peak'])} held at once",
            f"{tightest} had at least {count(least)} of {count(subnets[tightest]['size'])} free"
            if least
            else f"{tightest} ran out at {duration(subnets[tightest]['ran_out_at_s'])}",
        ),
        is_bad=not least,
    )


def _room(subnet: Summary) -> tuple[int, float]:
    """What was left when it was tightest, and when that was."""
    return subnet["smallest_free"], subnet["smallest_free_at_s"]


def _requests(summary: Summary) -> Answer:
    ec2 = summary["ec2"]
    per_pod, per_hour = ec2["calls_per_pod_started"], ec2["calls_per_idle_node_hour"]
    more = [f"{count(ec2['throttled'])} throttled ({percent(ec2['throttled_share'])})"]
    if per_pod is not None:
        more.append(
            f"{per_pod:.2g} per pod started" if per_pod < 100 else f"{count(per_pod)} a pod"
        )
    if per_hour is not None:
        more.append(f"{count(per_hour)} per node-hour without pod changes")
    return Answer(
        "EC2 requests", count(ec2["total"]), "requests", tuple(more), bool(ec2["throttled"])
    )


def _pods(pods: Summary) -> Answer:
    reasons = pods["unserved_reasons"].items()
    failed = [unserved(why, count(many)) for why, many in reasons if why != "starting"]
    more = [f"of {number_of(pods['created'], 'pod')}", *failed]
    if pods["waited"]:
        more.append(f"wait for an address: p99 {wait(pods['ip_wait_s'], 'p99')}")
    if pods["created"]:
        more.append(f"created to running: p99 {wait(pods['start_latency_s'], 'p99')}")
    figure, said = count(pods["waited"]), "had to wait for an address"
    if never := never_served(pods):
        figure, said = count(never), "never got an address"
        more.insert(1, f"{count(pods['waited'])} had to wait for one")
    return Answer("Pods", figure, said, tuple(more), bool(pods["waited"] or never))


def _said(summary: Summary) -> Iterator[Section]:
    if verdicts := summary.get("expectations"):
        yield Sentences(
            "Expectations",
            tuple(_verdict(one) for one in verdicts),
            marks=tuple("holds" if one["holds"] else "fails" for one in verdicts),
        )
    if summary["findings"]:
        yield Sentences("What stands out", tuple(summary["findings"]))
    if summary["warnings"]:
        yield Sentences("Warnings", tuple(summary["warnings"]), "warnings")


def _verdict(one: Summary) -> str:
    why = f" ({one['why']})" if one["why"] else ""
    return f"{one['metric']} {one['rule']}: measured {measured(one)}{why}"


def _charts(result: Result) -> Iterator[Chart]:
    model = result.scenario.model
    axis = TimeAxis.of(result.end_ms, model.warm_up, tuple(one.at for one in model.change))
    yield address_chart(result, axis)
    for chart in (request_chart, wait_chart, node_chart, fragment_chart):
        if made := chart(result, axis):
            yield made
