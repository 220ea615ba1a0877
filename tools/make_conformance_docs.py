"""Compares the model with all recordings that ship, and fills in docs/conformance.md.

Usage: python tools/make_conformance_docs.py    (a few minutes)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim import Scenario, run
from sim.conformance import recorded
from sim.conformance.check import CaseResult, Request, check
from sim.conformance.verdict import Verdict

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "conformance.md"
SURPRISES = ROOT / "scenarios" / "surprises"

Figure = Callable[[dict[str, Any]], str]


def _requests(summary: dict[str, Any], action: str) -> int:
    return sum(summary["ec2"]["requests"].get(action, {}).values())


FIGURES: dict[str, Figure] = {
    "cooling-counts-as-available": lambda s: (
        f"{s['pods']['waited']:,} of {s['pods']['created']:,} pods waited, "
        f"{s['pods']['unserved']:,} never got an address, on a node that holds "
        f"{s['addresses']['cluster']['held']['mean']:.0f} of the 56 it could"
    ),
    "minimum-is-a-ceiling": lambda s: (
        f"{s['pods']['started']} of {s['pods']['created']} pods got an address"
    ),
    "full-subnet": lambda s: (
        f"{s['ec2']['total']:,} EC2 requests in 20 minutes from one node with nothing to do"
    ),
    "prefix-target-zero": lambda s: (
        f"{s['ec2']['total']:,} EC2 requests in an hour from an idle node"
    ),
    "cron-buys-enis": lambda s: (
        f"{_requests(s, 'CreateNetworkInterface')} ENIs made and "
        f"{_requests(s, 'DeleteNetworkInterface')} deleted in an hour by one node"
    ),
    "storm": lambda s: (
        f"{s['ec2']['throttled_share']:.0%} of {s['ec2']['total']:,} requests refused; the "
        f"slowest pod waited {s['pods']['ip_wait_s']['max'] / 60:.1f} minutes"
    ),
    "prefixes-fragment": lambda s: (
        f"{s['addresses']['cluster']['held']['mean']:.0f} addresses held for "
        f"{s['addresses']['cluster']['assigned']['mean']:.0f} pods"
    ),
}
"""What each scenario of a surprise shows, from its summary."""


def surprises() -> str:
    """The table of surprises, each with what its scenario shows."""
    lines = ["| Scenario | What happens | What it shows |", "|---|---|---|"]
    for name, figure in FIGURES.items():
        scenario = Scenario.load(SURPRISES / f"{name}.yaml")
        shown, link = figure(run(scenario).summary), f"../scenarios/surprises/{name}.yaml"
        lines.append(f"| [{name}]({link}) | {scenario.model.description} | {shown} |")
    return "\n".join(lines) + "\n"


def counts(verdict: Verdict) -> str:
    """The table of kinds."""
    lines = ["| Recordings | Cases | Result |", "|---|---|---|"]
    for kind, data in verdict.data().items():
        if kind == "holds":
            continue
        parts = [f"{data['exact']:,} exact"] if "exact" in data else []
        if "comparisons" in data:
            parts.append(f"{data['inside']:,} of {data['comparisons']:,} metrics inside")
        if "series_steps" in data:
            parts.append(f"{data['series_inside']:,} of {data['series_steps']:,} steps of series")
        lines.append(f"| {kind} | {data['cases']:,} | {', '.join(parts)} |")
    return "\n".join(lines) + "\n"


def cases(results: list[CaseResult]) -> str:
    """The tables of timelines, ensembles and placements, and the stories in a sentence."""
    stories = recorded.stories()
    whole = sum(one["exact_until_ms"] >= one["case"]["end_ms"] for one in stories.values())
    parts = [
        f"Of the {len(stories)} stories the daemon's runs agree to the end in {whole}; the others",
        "are compared up to their horizons.",
        "",
        "| Timeline | Horizon | Result |",
        "|---|---|---|",
    ]
    timelines = recorded.timelines()
    for result in results:
        if result.kind == "timelines":
            story = timelines[result.case]
            until, end = story["exact_until_ms"] / 1000, story["case"]["end_ms"] / 1000
            horizon = "to the end" if until >= end else f"{until:,.1f} s of {end:,.0f} s"
            parts.append(f"| {result.case} | {horizon} | {_exact(result)} |")
    parts += ["", "| Ensemble | Runs | Metrics inside | Steps inside |", "|---|---|---|---|"]
    parts += [_row(one) for one in results if one.kind == "ensembles"]
    parts += ["", "| Ensemble of the world | Runs | Metrics inside | Steps inside |"]
    parts += ["|---|---|---|---|"]
    parts += [_row(one) for one in results if one.kind == "world" and one.exact is None]
    parts += ["", "| Placement | Runs | Inside |", "|---|---|---|"]
    parts += [_row(one) for one in results if one.kind == "placement"]
    return "\n".join(parts) + "\n"


def _exact(result: CaseResult) -> str:
    if not result.exact:
        return "differs: " + "; ".join(result.notes)
    return "exact" + (f" ({result.agreed} of {result.tried} seeds)" if result.tried > 1 else "")


def _row(result: CaseResult) -> str:
    inside = len(result.comparisons) - len(result.outside)
    outside = f" (outside: {'; '.join(result.notes)})" if result.notes else ""
    cells = [result.case, str(result.tried), f"{inside} of {len(result.comparisons)}{outside}"]
    if result.steps[1]:
        cells.append(f"{result.steps[0]} of {result.steps[1]}")
    return "| " + " | ".join(cells) + " |"


def filled(page: str, name: str, text: str) -> str:
    """The page with the part of this name, between its marks, made anew."""
    pattern = re.compile(rf"(<!-- made: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    return pattern.sub(lambda match: match[1] + text + match[2], page)


def main() -> None:
    """Fills the page; exits with 1 if something differs."""
    request = Request()
    results = list(check(request, lambda _done, _known: None))
    verdict = Verdict(results)
    page = TARGET.read_text(encoding="utf-8")
    made = {"counts": counts(verdict), "surprises": surprises(), "cases": cases(results)}
    for name, text in made.items():
        page = filled(page, name, text)
    TARGET.write_text(page, encoding="utf-8")
    sys.exit(not verdict.holds)


if __name__ == "__main__":
    main()
