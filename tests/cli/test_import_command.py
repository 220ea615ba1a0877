"""``ipamd-sim import`` as people use it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sim import Scenario
from sim.cli import main
from sim.importing.written.example import EXAMPLE
from sim.importing.written.files import write_files

SHIPPED = Path(__file__).parents[2] / "scenarios" / "cluster"
FILES = [str(SHIPPED / f"{name}.json.gz") for name in ("cluster", "subnets", "enis")]


SMALL = replace(
    EXAMPLE,
    pools=EXAMPLE.pools[:1],
    controllers=tuple(one for one in EXAMPLE.controllers if one.namespace == "kube-system"),
)
"""The six nodes of the shipped cluster's first node group."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of a small cluster."""
    return [str(path) for path in write_files(SMALL, tmp_path_factory.mktemp("small"))]


def end(*arguments: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main(["import", *arguments])
    return int(ended.value.code or 0)


def test_the_shipped_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its files become a scenario of 300 nodes; what was made of them is told on stderr."""
    target = tmp_path / "my.yaml"
    assert end(*FILES, "-o", str(target)) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "300 nodes in 7 groups" in said.err
    assert "\nguessed\n" in said.err
    assert "\nleft out\n" in said.err
    model = Scenario.load(target).model
    assert sum(step.nodes for group in model.cluster.node_groups for step in group.nodes) == 300
    assert model.origin is not None
    assert model.origin.churn == "unknown"
    assert [one.others.total for one in model.cluster.subnets] == [169, 169, 169]


def test_standard_output_is_the_scenario(
    small: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without -o the scenario, and nothing else, goes to standard output."""
    assert end(*small) == 0
    assert capsys.readouterr().out.startswith("# Made by ipamd-sim import of cluster.json, ")


def test_the_shipped_files_are_the_examples(tmp_path: Path) -> None:
    """What ships is what the generator writes, byte for byte."""
    for path in write_files(EXAMPLE, tmp_path, suffix=".json.gz"):
        assert path.read_bytes() == (SHIPPED / path.name).read_bytes()


def test_no_file_is_replaced_by_accident(
    small: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays, unless --force is given; one that is read stays in any case."""
    target = tmp_path / "my.yaml"
    target.write_text("mine")
    assert end(*small, "-o", str(target)) == 2
    assert "is there already; choose another file, or give --force" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert end(*small, "-o", str(target), "--force") == 0
    assert end(*small, "-o", small[0], "--force") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give the files of a cluster, or --example DIR"),
        (["--example", "x", "a.json"], "--example writes files and reads none"),
        (["no-such.json"], "no-such.json: cannot be read: No such file or directory"),
        (["SMALL", "--limits", "m5=3"], "--limits: 'm5=3' is no limit; write it like m99.large"),
        (["SMALL", "-o", "no/such/folder.yaml"], "folder.yaml: cannot be written"),
    ],
)
def test_refusals(
    arguments: list[str],
    message: str,
    small: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Bad usage and files that cannot be read end with code 2 and one message."""
    monkeypatch.chdir(tmp_path)
    given = [one for word in arguments for one in (small if word == "SMALL" else [word])]
    assert end(*given) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_it_starts_fast(small: list[str]) -> None:
    """An import needs none of the packages that only runs need."""
    code = (
        "import sys; from sim.cli.import_ import import_\n"
        f"import_.main({small!r}, standalone_mode=False)\n"
        "assert not {'numpy', 'pandas', 'pyarrow', 'rich', 'scipy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
