"""The fuzzer: what it tries shows nothing, can be tried again, and faults are seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from fuzz.case import Case, Place
from fuzz.findings import findings
from fuzz.kinds import make
from fuzz.oracle import Ended
from fuzz.values import MARKUP

ROOT = Path(__file__).parents[2]
VALIDATE = Case(("validate", "s.yaml"))
REFUSED = Ended(2, "", "s.yaml:1:1: is empty; a scenario needs cluster\n", 0.1, 90_000, (), ())
DONE = REFUSED._replace(code=0, err="", out="s.yaml: 2 nodes\n")


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``python -m`` with these arguments."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_inputs_of_all_kinds_show_nothing() -> None:
    """More than a hundred inputs of all kinds are answered as they should be."""
    done = fuzz("fuzz", "--inputs", "120", "--seed", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("120 inputs in ")


def test_seeded_faults_are_found() -> None:
    """A tool that crashes, hangs, grabs memory, dies or reaches outside does not pass."""
    done = fuzz("tests.fuzz.seeded")
    assert done.returncode == 0, done.stderr
    found = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert found == {
        "none": "nothing",
        "crash": "a fault: KeyError in sim/scenario/reader.py:read < sim/scenario/load.py:load",
        "hang": "over 10 s: ('validate',)",
        "memory": "over 1 GiB of memory",
        "no memory": "a fault: MemoryError in sim/scenario/reader.py:read < "
        "sim/scenario/load.py:load",
        "reads": "does what no reader may: reads",
        "writes": "does what no reader may: writes",
        "starts": "does what no reader may: os.system",
        "death": "its process died",
    }


def test_an_input_is_the_same_again(tmp_path: Path) -> None:
    """A seed and a number give the same files and command, in another process too."""
    kind, again = "scenario by the grammar", tmp_path / "again"
    kept = ("--keep", str(tmp_path / "kept"))
    done = fuzz("fuzz", "--seed", "3", "--one", "8", "--kind", kind, *kept)
    again.mkdir()
    _, case = make(Random("3:8"), Place(again, tmp_path), kind)
    assert done.stdout.startswith(f"{kind}: {case.arguments}\n")
    assert files(tmp_path / "kept" / "3-8") == files(again) != {}


def files(folder: Path) -> dict[str, bytes]:
    """The files in a folder."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def test_good_endings_are_no_findings(tmp_path: Path) -> None:
    """What ends as documented, with a message that names its place, is none."""
    assert findings(VALIDATE, REFUSED, tmp_path) == []
    assert findings(VALIDATE, DONE, tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "ended", "what"),
    [
        (("validate", "s.yaml"), REFUSED._replace(code=70), "a fault"),
        (("validate", "s.yaml"), REFUSED._replace(code=130), "a fault"),
        (("validate", "s.yaml"), DONE._replace(err="Traceback (most recent call last)"), "a trace"),
        (("validate", "s.yaml"), REFUSED._replace(code=None), "over 10 s"),
        (("validate", "s.yaml"), REFUSED._replace(kib=2**20 + 1), "over 1 GiB"),
        (("validate", "s.yaml"), REFUSED._replace(err=""), "refuses without a word"),
        (("validate", "s.yaml"), REFUSED._replace(err="is wrong\n"), "names no place"),
        (("validate", "s.yaml"), REFUSED._replace(err="s.yaml: 'NoneType'\n"), "speaks of what is"),
        (("validate", "s.yaml"), REFUSED._replace(err="s.yaml: a\n" * 2), "says a thing twice"),
        (("validate", "s.yaml"), REFUSED._replace(err="s.yaml: " + "a" * 2_000), "says too much"),
        (("validate", "s.yaml"), DONE._replace(out="\x1b[2J"), "('validate',) prints a control"),
        (("import", "s.json"), REFUSED._replace(left=("out.yaml",)), "leaves files although"),
        (("import", "s.json"), DONE._replace(left=(".writing-1",)), "leaves a file half written"),
        (("run", "s.yaml", "-o", "json"), REFUSED._replace(out="{"), "prints data although"),
        (("run", "s.yaml", "-o", "json"), DONE._replace(out="{"), "('run',) prints no JSON"),
        (("run", "s.yaml", "-o", "json"), DONE._replace(out="[NaN]"), "('run',) prints no JSON"),
        (("run", "s.yaml"), DONE._replace(trespasses=("reads /etc/x",)), "does what no reader may"),
    ],
)
def test_bad_endings_are_findings(
    arguments: tuple[str, ...], ended: Ended, what: str, tmp_path: Path
) -> None:
    """Each thing that must not be is one finding."""
    [found] = findings(Case(arguments), ended, tmp_path)
    assert found.what.startswith(what)


def test_names_in_pages_are_found(tmp_path: Path) -> None:
    """A page with a name that was not escaped is a finding."""
    (tmp_path / "r.html").write_text(f"<p>{MARKUP}</p>")
    [found] = findings(VALIDATE, DONE._replace(left=("r.html",)), tmp_path)
    assert found.what == "a name gets into a page as it is"
