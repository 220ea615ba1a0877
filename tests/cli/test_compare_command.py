"""``ipamd-sim compare``: from files and arguments to tables and data."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

import sim.study.executors
import sim.study.jobs
from sim.scenario.headlines import HEADLINES
from sim.study.jobs import Job, Outcome

CHURN = """\
name: churn
duration: 5m
warm_up: 2m
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/24}]
  node_groups: [{name: batch, instance_type: m5.large, nodes: 2}]
expect: {pod_ip_wait_p99: "<= 1ms", held_peak: "<= 250"}
workload:
  - {kind: poisson, name: p, arrivals_per_minute: 30, lifetime: {exponential: {mean: 30s}}}
"""
VARIANTS = "variants:\n  lean: {WARM_IP_TARGET: 1}\n  more: {WARM_ENI_TARGET: 2}\n"
LEAN = ("--variant", "lean: WARM_IP_TARGET=1")
QUICK = ("--replications", "2", "--workers", "1", "--no-progress")


@pytest.fixture
def churn(tmp_path: Path) -> str:
    """A scenario without variants."""
    path = tmp_path / "churn.yaml"
    path.write_text(CHURN)
    return str(path)


@pytest.fixture
def with_variants(tmp_path: Path) -> str:
    """The same with two variants."""
    path = tmp_path / "variants.yaml"
    path.write_text(CHURN + VARIANTS)
    return str(path)


def test_table(command: Any, churn: str) -> None:
    """One screen: the optimum, the current setting, the variant, words, rules and versions."""
    ended = command("compare", churn, *LEAN, *QUICK)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    first = "churn: 1 variant and the current setting on the same pods and the same luck, 2"
    assert lines[0] == first
    assert max(map(len, lines)) <= 80
    rows = [line.split()[0] for line in lines[3:18] if line.startswith("  ")]
    assert [name for name in rows if name in ("optimum", "current", "lean")] == [
        *("optimum", "current", "lean"),
        *("optimum", "current", "lean"),
    ]
    said = " ".join(ended.out.split())
    assert re.search(r"- lean \(WARM_IP_TARGET=1\) .*EC2 calls; p99 of the wait ", said)
    assert "held_peak <= 250 ✓ current, lean" in said
    assert re.search(r"pod_ip_wait_p99 <= 1ms ✗ .*lean \(0 of 2\)", said)
    assert lines[-3].startswith("seed 1 and one more made from it; ipamd-sim ")
    assert lines[-1] == "runs: not kept; --out DIR keeps them, and takes them up again"


def test_json(command: Any, churn: str) -> None:
    """-o json has every figure with its interval, differences by pairs, rules and seeds."""
    data = json.loads(command("compare", churn, *LEAN, *QUICK, "-o", "json").out)
    assert (data["replications"], data["seeds"][0], data["level"]) == (2, 1, 0.95)
    current, lean = data["settings"]
    assert (current["name"], lean["name"]) == ("current", "lean")
    assert lean["values"] == {"ipamd.WARM_IP_TARGET": 1}
    assert set(lean["figures"]) == set(data["optimum"]) == set(HEADLINES)
    held = lean["differences"]["held_mean"]
    both = [one["figures"]["held_mean"]["mean"] for one in (lean, current)]
    assert held["mean"] == pytest.approx(both[0] - both[1])
    assert held["low"] < held["mean"] < held["high"]
    assert current["differences"] == {}
    assert {one["metric"] for one in lean["expect"]} == {"pod_ip_wait_p99", "held_peak"}
    assert set(data["versions"]) == {"ipamd_sim", "cni", "limits_table"}


def test_csv(command: Any, with_variants: str) -> None:
    """-o csv has a row a setting and replication; the file's variants are taken in its order."""
    text = command("compare", with_variants, *QUICK, "-o", "csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["setting"], row["replication"]) for row in rows] == [
        (name, i) for name in ("current", "lean", "more") for i in ("1", "2")
    ]
    assert set(HEADLINES) < set(rows[0])
    assert len({row["seed"] for row in rows}) == 2
    assert len({row["key"] for row in rows}) == 6


def test_arguments_take_the_place_of_the_files_variants(command: Any, with_variants: str) -> None:
    """With --variant only these are compared; --set and --seed hold for all."""
    options = (*LEAN, *QUICK, "-o", "json", "--seed", "9", "--set", "ipamd.WARM_IP_TARGET=1")
    data = json.loads(command("compare", with_variants, *options).out)
    current, lean = data["settings"]
    assert data["seeds"][0] == 9
    assert lean["keys"] == current["keys"]


def test_runs_are_kept_and_taken_up(command: Any, churn: str, tmp_path: Path) -> None:
    """A repeated command takes the runs up from --out, and prints the same."""
    out = str(tmp_path / "kept")
    options = (*LEAN, "--replications", "2", "--workers", "1", "--out", out)
    first, second = (command("compare", churn, *options) for _ in range(2))
    assert first.out == second.out
    assert second.err.splitlines()[-1].endswith("4 of 4 runs, 4 taken up")
    assert " ".join(first.out.split()).endswith(f"runs: {out}")  # a long name has its own line


def test_a_failed_run(command: Any, churn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with its key and inputs, the others are shown, and the command exits with 1."""

    def fail_on_a_seed(job: Job) -> Outcome:
        if job.resolved["seed"] == 1 and job.resolved["ipamd"]["WARM_IP_TARGET"] == 1:
            return sim.study.jobs.failed(job.key, "ValueError: no luck")
        return sim.study.jobs.run_job(job)

    monkeypatch.setattr(sim.study.executors, "run_job", fail_on_a_seed)
    ended = command("compare", churn, *LEAN, *QUICK)
    assert ended.code == 1
    assert ended.err == (
        "ipamd-sim compare: 1 of 4 runs failed; the others are kept with --out DIR, and only the "
        "failed ones run again\n"
    )
    said = " ".join(ended.out.split())
    assert "lean: ValueError: no luck (run " in said
    assert "--seed 1 --set ipamd.WARM_IP_TARGET=1)" in said


def test_warnings_of_variants(command: Any, churn: str) -> None:
    """What can hardly be meant in a variant is said of it, once and before anything runs."""
    variant = "huge: workload.p.requests.cpu=64"
    ended = command("compare", churn, "--variant", variant, *QUICK, "-o", "csv")
    assert ended.code == 0
    assert ended.err.startswith("warning: variant huge: ")


NOTHING = (
    "ipamd-sim compare: there is nothing to compare the current setting with; give --variant "
    '"lean: WARM_IP_TARGET=5 MINIMUM_IP_TARGET=10", or variants: in the scenario\n'
)
REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no variants": ((), NOTHING),
    "unknown key": (
        ("--variant", "lean: WARM_IP_TARGETS=5"),
        "variant lean: ipamd.WARM_IP_TARGETS: unknown key; did you mean WARM_IP_TARGET?\n",
    ),
    "same name": (
        (*LEAN, *LEAN),
        "--variant lean: WARM_IP_TARGET=1: there is a variant lean already; give each its own "
        "name\n",
    ),
    "no name": (
        ("--variant", "WARM_IP_TARGET=1"),
        '--variant WARM_IP_TARGET=1: has no name; write it like "lean: WARM_IP_TARGET=5 '
        'MINIMUM_IP_TARGET=10"\n',
    ),
    "replications": (
        (*LEAN, "--replications", "0"),
        "ipamd-sim compare: Invalid value for '--replications': 0 is not in the range x>=1. "
        "(ipamd-sim compare --help lists what it takes)\n",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, command: Any, churn: str) -> None:
    """Bad input is one clear message and exit code 2, with nothing on standard output."""
    options, said = REFUSED[case]
    assert command("compare", churn, *options) == (2, "", said)


def test_validate_names_the_variant(command: Any, tmp_path: Path) -> None:
    """A wrong key in a file's variant is found by validate, with its line and the nearest key."""
    path = tmp_path / "churn.yaml"
    path.write_text(CHURN + VARIANTS.replace("WARM_ENI_TARGET", "WARM_ENI_TARGETS"))
    said = f"{path}:12:10: variants.more.WARM_ENI_TARGETS: unknown key; did you mean"
    ended = command("validate", str(path))
    assert (ended.code, ended.err) == (2, f"{said} WARM_ENI_TARGET?\n")
