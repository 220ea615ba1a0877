"""The designs that docs/sweep.md shows are valid."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from sim.study.study import Study

ROOT = Path(__file__).parents[2]
SHOWN = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "sweep.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("design", SHOWN[1:], ids=("grid", "list", "latin_hypercube"))
def test_designs(design: str, tmp_path: Path) -> None:
    """Each can stand under ``vary`` in a study of a shipped scenario."""
    path = tmp_path / "study.yaml"
    scenario = ROOT / "scenarios" / "poisson.yaml"
    path.write_text(f"scenario: {scenario}\nvary:\n{textwrap.indent(design, '  ')}")
    assert len(Study.load(path).points) > 1


def test_the_whole_study(tmp_path: Path) -> None:
    """The study that is shown first is the one that ships, and is run there."""
    path = tmp_path / "study.yaml"
    path.write_text(SHOWN[0].replace("../", f"{ROOT / 'scenarios'}/"))
    shipped = Study.load(ROOT / "scenarios" / "studies" / "quickstart-targets.yaml")
    shown = Study.load(path)
    assert (shown.model.vary, shown.name) == (shipped.model.vary, shipped.name)
    assert shown.model.replications == shipped.model.replications
