"""``ipamd-sim recommend``: exit codes, forms and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SCENARIO = """\
name: tiny
duration: 6m
warm_up: 90s
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/25}
  node_groups:
    - name: g
      instance_type: tiny.two
      limits: {max_enis: 2, ipv4_per_eni: 4, vcpus: 2, memory: 4Gi, hypervisor: xen}
      nodes: 2
expect: {pod_ip_wait_p99: "<= 5s"}
workload:
  - {kind: poisson, name: jobs, arrivals_per_minute: 2, lifetime: 40s}
"""
QUICK = ("--replications", "2", "--workers", "1", "--no-progress")


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """A scenario of two small nodes."""
    path = tmp_path / "tiny.yaml"
    path.write_text(SCENARIO)
    return str(path)


def test_answer_as_a_screen_and_as_data(command: Any, tiny: str, tmp_path: Path) -> None:
    """Both forms tell the same choice; the runs are kept and taken up; the exit code is 0."""
    out = str(tmp_path / "runs")
    table = command("recommend", tiny, *QUICK, "--out", out)
    assert (table.code, table.err) == (0, "")
    data = json.loads(command("recommend", tiny, *QUICK, "--out", out, "-o", "json").out)
    assert f"Choice  {data['choice']}\n" in table.out
    assert f"kept in {out}" in " ".join(table.out.split())
    assert len(list((tmp_path / "runs" / "runs").iterdir())) == data["effort"]["runs"]


def test_no_answer(command: Any, tiny: str) -> None:
    """Where no setting keeps the limits the exit code is 1, and it is said why."""
    ended = command("recommend", tiny, *QUICK, "--set", "expect.held_mean=<= 1")
    assert ended.code == 1
    assert "none keeps the limits" in ended.out
    assert "None that was tried keeps held_mean <= 1; the best has" in ended.out


def test_no_answer_is_kept_with_its_closest(command: Any, tiny: str, tmp_path: Path) -> None:
    """`settings` takes the closest setting of an answer without a choice, if it is asked to."""
    out = str(tmp_path / "kept")
    ended = command("recommend", tiny, *QUICK, "--set", "expect.held_mean=<= 1", "--out", out)
    refused, taken = command("settings", out), command("settings", out, "--closest")
    assert (ended.code, refused.code, taken.code) == (1, 2, 0)
    assert "nothing is recommended; the closest, " in refused.err
    assert f"settings{out}--closest" in "".join(ended.out.split())
    assert "kubectl set env" in taken.out or "closest to the limits" in taken.out


def test_interrupted_runs_are_kept(
    command: Any, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt says how many finished runs are kept and that the same command goes on."""

    def interrupted(*_: Any, store: Any, **_more: Any) -> None:
        if store is not None:
            (tmp_path / "out" / "runs").mkdir(parents=True)
            (tmp_path / "out" / "runs" / "0.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.study.recommend.recommend", interrupted)
    kept = command("recommend", tiny, *QUICK, "--out", str(tmp_path / "out"))
    lost = command("recommend", tiny, *QUICK)
    assert kept.code == lost.code == 130
    assert "interrupted; 1 finished run kept in" in kept.err
    assert kept.err.endswith("out: the same command goes on from there\n")
    assert lost.err.endswith("; nothing was kept (--out DIR keeps finished runs)\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--objective", "cost"], "'cost' is not one of 'waste', 'calls', 'wait'"),
        (["--replications", "1"], "1 is not in the range x>=2"),
        (["--set", "expect.pod_ip_wait_p98=<= 5s"], "there is no such metric; did you mean"),
        (["-o", "csv"], "'csv' is not one of 'table', 'json'"),
    ],
)
def test_refused(command: Any, tiny: str, arguments: list[str], said: str) -> None:
    """Bad input ends with one line and code 2, before anything runs."""
    ended = command("recommend", tiny, *QUICK, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert said in ended.err
