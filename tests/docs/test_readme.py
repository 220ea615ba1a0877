"""What the documents show is what commands print, and what README.md says to write can be read."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario
from sim.cli import main

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "make_readme.py"))


def blocks(language: str) -> list[str]:
    """The README's code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("document", TOOL["documents"](), ids=lambda path: path.name)
def test_outputs_are_current(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each output in a document is what its command prints now, all runs in this process."""
    monkeypatch.setattr("sim.study.executors.cores", lambda: 1)
    text = document.read_text(encoding="utf-8")
    assert TOOL["filled"](text) == text


def test_the_readme_has_outputs() -> None:
    """Comments that name a command are found."""
    assert ROOT / "README.md" in TOOL["documents"]()


def test_the_example_scenario_loads(tmp_path: Path) -> None:
    """The scenario in the README is valid, without a warning."""
    (example,) = blocks("yaml")
    path = tmp_path / "example.yaml"
    path.write_text(example)
    assert Scenario.load(path).warnings == []


def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines for Python run as they stand, from the root of a checkout."""
    monkeypatch.chdir(ROOT)
    (example,) = blocks("python")
    names: dict[str, Any] = {}
    exec(example, names)  # what a reader would paste
    waste = {
        name: names[name].summary["addresses"]["cluster"]["waste"] for name in ("result", "leaner")
    }
    assert waste["leaner"]["mean"] < waste["result"]["mean"]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [("-i m5.2xlarge --cni-prefix-delegation-enabled", "110\n"), ("-i m5.2xlarge", "58\n")],
)
def test_max_pods_prints(arguments: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The calculator's verb prints one number."""
    with pytest.raises(SystemExit) as ended:
        main(["max-pods", *arguments.split()])
    assert ended.value.code == 0
    assert capsys.readouterr().out == printed


def test_all_links_lead_somewhere() -> None:
    """Relative links of all documents lead to files that are there."""
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("sim/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
