"""``--html FILE``: a page beside the screen, refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import main

SCENARIO = """\
name: small
duration: 10m
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/24}]
  node_groups: [{name: batch, instance_type: m5.large, nodes: 2}]
workload: [{kind: deployment, name: web, replicas: 10}]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """A small scenario's file."""
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO)
    return str(path)


def ended(*arguments: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--no-progress"])
    return int(end.value.code or 0)


def test_run_writes_a_page_beside_the_screen(
    scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The screen is printed as ever, and the page has its figures."""
    page = tmp_path / "page.html"
    assert ended("run", scenario, "--html", str(page)) == 0
    out = capsys.readouterr().out
    assert out.startswith("small: 2 nodes, 10 pods")
    assert "<title>small: run, ipamd-sim</title>" in page.read_text()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["page.html", "small.yaml"]


def test_compare_draws_each_setting_over_time(scenario: str, tmp_path: Path) -> None:
    """The page of a comparison has a line a setting, from runs of the first replication."""
    page = tmp_path / "page.html"
    code = ended(
        *("compare", scenario, "--variant", "lean: WARM_IP_TARGET=2"),
        *("--replications", "2", "--workers", "1", "--html", str(page)),
    )
    text = page.read_text()
    assert code == 0
    assert "The run of each setting on the first replication (seed 1)" in text
    assert '<th scope="col" class="n">lean: held</th>' in text


@pytest.mark.parametrize("verb", ["run", "compare", "sweep", "recommend"])
def test_what_cannot_be_written_is_refused_at_once(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder, or a file in a folder that is not there, is refused before the scenario is read."""
    for file in (tmp_path, tmp_path / "nowhere" / "page.html"):
        assert ended(verb, "no-such-scenario.yaml", "--html", str(file)) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"{file}: ")
        assert "choose another file" in said
        assert len(said.splitlines()) == 1
