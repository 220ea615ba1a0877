"""Shows headline figures of one run of each variant, for documents.

Usage: python tools/show_variants.py SCENARIO FIGURE,... [VARIANT...]

The first row is the scenario as it stands; without names all variants follow.
"""

from __future__ import annotations

import sys

from sim import Scenario, run
from sim.report.format import at_least, count, duration, percent
from sim.results.headline import HEADLINES, headline_figures
from sim.scenario.variants import CURRENT, variant_scenario

NODES = {"nodes": "requested", "node_hours": "node_hours"}
"""Figures of the summary's ``nodes`` that are no headlines."""


def cells(scenario: Scenario, figures: list[str]) -> list[str]:
    """The figures of a run, as they are shown."""
    summary = run(scenario).summary
    found, shown = headline_figures(summary), []
    for name in figures:
        if name in NODES:
            shown.append(count(summary["nodes"][NODES[name]]))
            continue
        value, unit = found.values[name], HEADLINES[name].unit
        text = {"s": duration, "share": percent}.get(unit, count)
        shown.append(at_least(text(value), name in found.at_least))
    return shown


def title(name: str) -> str:
    """What a figure is called."""
    return name.replace("_", " ") if name in NODES else HEADLINES[name].title


def main() -> None:
    """Runs the variants, and prints the table."""
    file, given, *names = sys.argv[1:]
    scenario, figures = Scenario.load(file), given.split(",")
    variants = scenario.model.variants
    rows = [["", *map(title, figures)], [CURRENT, *cells(scenario, figures)]]
    rows += [
        [name, *cells(variant_scenario(scenario, name, variants[name]), figures)]
        for name in names or variants
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        line = "  ".join(f"{one:>{width}}" for one, width in zip(rest, widths[1:], strict=True))
        print(f"{first:{widths[0]}}  {line}".rstrip())


if __name__ == "__main__":
    main()
