"""Puts the committed run of the benchmark into docs/performance.md.

Usage: python tools/make_performance_docs.py

``python -m benchmarks --commit-table`` makes the run. What is made stands between ``<!-- made: NAME
-->`` and ``<!-- end -->``; the text around is written by hand.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
TARGET = ROOT / "docs" / "performance.md"
_MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LIBRARIES = ("simpy", "numpy", "pandas", "pyarrow")


def table(results: dict[str, Any]) -> str:
    """The goals and what was measured."""
    lines = [
        "| Case | What is measured | Goal | Reach for | Measured | Spread | Events |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(row) for row in results["rows"]]
    notes = [f"- {note}" for note in results["notes"]]
    return "\n".join([*lines, "", *notes])


def _row(row: dict[str, Any]) -> str:
    measured, goal = row["measured"], row["goal"]
    amount = f"{measured['median']:.2f} {row['unit']}"
    least, most = (goal, None) if row.get("is_least") else (None, goal)
    is_met = (least or 0) <= measured["median"] <= (most or math.inf)
    spread = f"{measured['low']:.2f} to {measured['high']:.2f}"
    cells = [
        f"`{row['case']}`",
        row["what"],
        "≥ " * (least is not None) + _goal(goal, row["unit"]),
        _goal(row["reach"], row["unit"]),
        amount if is_met else f"**{amount}**",
        spread if measured["low"] < measured["high"] else "",
        "" if row["events"] is None else f"{row['events']:,}",
    ]
    return f"| {' | '.join(cells)} |"


def _goal(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


def machine(results: dict[str, Any]) -> str:
    """Where and when the run was made."""
    one, versions = results["machine"], results["versions"]
    libraries = ", ".join(f"{name} {versions[name]}" for name in _LIBRARIES)
    return (
        f"Measured on {results['date']} at size `{results['size']}`: {one['cpu']},"
        f" {one['cores']} cores, {one['memory_gb']} GB, {one['system']};"
        f" ipamd-sim {versions['ipamd_sim']}, Python {versions['python']}, {libraries}."
    )


def filled(page: str) -> str:
    """The page with what is made of the committed run made anew."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    made = {"table": table(results), "machine": machine(results)}
    return _MADE.sub(lambda found: f"{found[1]}{made[found[2]]}\n{found[3]}", page)


def main() -> None:
    """Writes docs/performance.md."""
    TARGET.write_text(filled(TARGET.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
