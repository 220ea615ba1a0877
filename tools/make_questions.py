"""Runs all presets, and makes docs/questions.md of its template and of their figures.

Usage: python tools/make_questions.py            (two minutes: all presets and their variants)
       python tools/make_questions.py NAME...    (these presets, and the text)
       python tools/make_questions.py --text     (the text only, of the figures that are there)

The template, tools/questions.md, has ``<!-- preset: NAME -->`` where an answer begins. After it
``[[VARIANT FIGURE]]`` is a headline figure of that preset's run as it stands (current) or under one
of its variants, ``[[VARIANT FIGURE / N]]`` a part of it, and ``[[table: FIGURE ...]]`` a table of
all runs.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim import Scenario, run
from sim.report.format import NOTHING, at_least, count, duration, percent
from sim.results.headline import HEADLINES, headline_figures
from sim.scenario.presets import Preset, presets
from sim.scenario.variants import CURRENT, variant_scenario

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "tools" / "questions.md"
TARGET = ROOT / "docs" / "questions.md"
FIGURES = ROOT / "docs" / "questions.json"
DIGITS = 6
_PLACE = re.compile(r"<!-- preset: (\S+) -->|\[\[table: ([^\]]*)\]\]|\[\[([^\]]*)\]\]")

Figures = dict[str, Any]


def with_answers() -> list[Preset]:
    """The presets whose figures are kept: those that the documents speak of."""
    return [one for one in presets() if one.folder == "patterns" or _is_asked(one)]


def _is_asked(preset: Preset) -> bool:
    return f"<!-- preset: {preset.name} -->" in TEMPLATE.read_text(encoding="utf-8")


def digest(preset: Preset) -> str:
    """Of what a preset says: another one means that its figures are of another scenario."""
    return hashlib.sha256(preset.text.encode()).hexdigest()[:16]


def runs_of(preset: Preset) -> Iterator[tuple[str, Scenario]]:
    """The scenario as it stands, and under each of its variants."""
    scenario = Scenario.load(preset.path)
    yield CURRENT, scenario
    for name, values in scenario.model.variants.items():
        yield name, variant_scenario(scenario, name, values)


def figures_of(scenario: Scenario) -> Figures:
    """The headline figures of a run that are there and not 0, and which are lower bounds."""
    figures = headline_figures(run(scenario).summary)
    kept = {name: float(f"{value:.{DIGITS}g}") for name, value in figures.values.items() if value}
    none = [name for name, value in figures.values.items() if value is None]
    return {"values": kept, "none": none, "at_least": list(figures.at_least)}


def made_anew(preset: Preset) -> Figures:
    """What is kept of a preset."""
    runs = {name: figures_of(scenario) for name, scenario in runs_of(preset)}
    return {"digest": digest(preset), "runs": runs}


def figures_kept() -> dict[str, Figures]:
    """What is kept of all presets."""
    if not FIGURES.exists():
        return {}
    kept: dict[str, Figures] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return kept


def document(template: str, kept: dict[str, Figures]) -> str:
    """The template with its figures filled in."""
    preset = ""

    def filled(match: re.Match[str]) -> str:
        nonlocal preset
        if match[1]:
            preset = match[1]
            return ""
        runs = kept[preset]["runs"]
        return _table(runs, match[2].split()) if match[2] else _figure(runs, match[3])

    return _PLACE.sub(filled, template)


def _figure(runs: dict[str, Figures], place: str) -> str:
    what, _, divisor = place.partition("/")
    variant, name = what.split()
    return shown(runs[variant], name, float(divisor or 1))


def _table(runs: dict[str, Figures], names: list[str]) -> str:
    titles = [HEADLINES[name].title for name in names]
    rows = [["", *titles], ["---", *["--:"] * len(names)]]
    rows += [[variant, *(shown(one, name) for name in names)] for variant, one in runs.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def shown(figures: Figures, name: str, divisor: float = 1) -> str:
    """A figure in words of its unit."""
    if name in figures["none"]:
        return NOTHING
    value = figures["values"].get(name, 0) / divisor
    unit = HEADLINES[name].unit
    if unit == "s":
        return at_least(duration(value), name in figures["at_least"])
    if unit == "share":
        return percent(value)
    return count(int(value) if value == int(value) else value)


def main() -> None:
    """Writes the figures, unless only the text is asked for, and the text."""
    kept, names = figures_kept(), sys.argv[1:]
    if names != ["--text"]:
        asked = with_answers()
        kept = {one.name: kept[one.name] for one in asked if one.name in kept}
        for preset in asked:
            if not names or preset.name in names:
                print(preset.name)
                kept[preset.name] = made_anew(preset)
        text = json.dumps(dict(sorted(kept.items())), indent=1) + "\n"
        FIGURES.write_text(text, encoding="utf-8")
    TARGET.write_text(document(TEMPLATE.read_text(encoding="utf-8"), kept), encoding="utf-8")


if __name__ == "__main__":
    main()
