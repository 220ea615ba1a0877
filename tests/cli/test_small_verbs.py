"""``validate``, ``schema`` and ``max-pods``."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML


def test_validate_says_what_the_scenario_is(command: Any, scenario: str) -> None:
    """A valid scenario is described in one line on standard output."""
    ended = command("validate", scenario)
    described = "2 nodes, 2 subnets, 10 min; workload: web (deployment of 10 pods)"
    assert ended == (0, f"{scenario}: {described}\n", "")


def test_validate_warns(command: Any, scenario: str) -> None:
    """Warnings go to standard error and leave the exit code alone."""
    ended = command("validate", scenario, "--set", "workload.web.replicas=500")
    assert ended.code == 0
    assert "deployment of 500 pods" in ended.out
    assert all(line.startswith("warning: ") for line in ended.err.splitlines())
    assert "500" in ended.err


@pytest.mark.parametrize(
    ("change", "warns"),
    [("duration=1d", False), ("duration=1000d", True), ("duration=36500d", True)],
)
def test_validate_warns_of_a_run_that_is_too_large(
    command: Any, scenario: str, change: str, warns: bool
) -> None:
    """What run would refuse, if nothing else is said, is a warning with the same estimate."""
    ended = command("validate", scenario, "--set", "workload.web.lifetime=30s", "--set", change)
    assert ended.code == 0
    assert ended.err.startswith("warning: ") == warns
    if warns:
        refused = command("run", scenario, "--set", "workload.web.lifetime=30s", "--set", change)
        assert (refused.code, f"warning: {refused.err}") == (2, ended.err)


def test_validate_describes_every_kind_of_workload(command: Any, tmp_path: Path) -> None:
    """Numbers of pods are given where the scenario says them; all workloads are named."""
    with gzip.open(tmp_path / "pods.csv.gz", "wt") as trace:
        trace.write("start,end,cpu,memory\n0,60,1,0\n5,90,1,0\n")
    (tmp_path / "many.yaml").write_text(
        """
        duration: 1d12h
        cluster:
          subnets: [{name: a, cidr: 10.0.0.0/24}]
          node_groups:
            - {name: x, instance_type: m5.large, nodes: [{at: 0s, nodes: 1}, {at: 1h, nodes: 3}]}
            - {name: y, instance_type: m5.large, nodes: 2}
        workload:
          - {kind: trace, name: day, file: pods.csv.gz}
          - {kind: cronjob, name: tick, schedule: "*/5 * * * *", completions: 1, lifetime: 1m}
          - {kind: poisson, name: ci, arrivals_per_minute: 1, lifetime: 1m}
          - {kind: job, name: once, completions: 4, lifetime: 1m}
        """
    )
    ended = command("validate", str(tmp_path / "many.yaml"))
    assert ended.code == 0
    assert ended.out.endswith(
        "many.yaml: up to 5 nodes, 1 subnet, 36 h; "
        "workload: day (trace of 2 pods), tick (cronjob of 1 pod), ci (poisson), "
        "once (job of 4 pods)\n"
    )


def test_validate_reads_traces(command: Any, tmp_path: Path, scenario: str) -> None:
    """A row of a trace that is wrong is found, with its file and line."""
    (tmp_path / "pods.csv").write_text("start,end,cpu,memory\n0,60,1,0\n50,10,1,0\n")
    text = Path(scenario).read_text()
    Path(scenario).write_text(f"{text}  - {{kind: trace, name: day, file: pods.csv}}\n")
    ended = command("validate", scenario)
    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path / 'pods.csv'}:3" in ended.err


def test_schema_accepts_a_scenario(command: Any, scenario: str) -> None:
    """The printed JSON Schema is one, accepts a valid scenario and refuses an unknown key."""
    schema = json.loads(command("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    data = YAML(typ="safe").load(Path(scenario))
    jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "clustre": {}}, schema)


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ("", 58),
        ("--cni-prefix-delegation-enabled", 110),
        ("--cni-prefix-delegation-enabled --show-max-allowed", 4 * 14 * 16 + 2),
        ("--cni-prefix-delegation-enabled --cni-version 1.8.0", 58),
        ("--cni-prefix-delegation-enabled --cni-version 1.9", 110),
        ("--cni-custom-networking-enabled", 3 * 14 + 2),
        ("--cni-max-eni 2", 2 * 14 + 2),
        ("--cni-max-eni 2 --cni-custom-networking-enabled", 14 + 2),
        ("--cni-max-eni 9", 58),
    ],
)
def test_max_pods(command: Any, options: str, answer: int) -> None:
    """The number that max-pods-calculator.sh prints for m5.2xlarge, and nothing else."""
    given = options.split()
    assert command("max-pods", "-i", "m5.2xlarge", *given) == (0, f"{answer}\n", "")
    assert command("max-pods", "--instance-type", "m5.2xlarge", *given).out == f"{answer}\n"


def test_max_pods_of_an_unknown_type(command: Any) -> None:
    """An unknown type is refused with the nearest names."""
    ended = command("max-pods", "-i", "m5.2xlage")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(
        "--instance-type: unknown instance type 'm5.2xlage'; did you mean m5.2xlarge, "
    )
    assert "did you mean" not in command("max-pods", "-i", "?").err


def test_max_pods_of_an_unknown_version(command: Any) -> None:
    """A version that is none is refused."""
    ended = command("max-pods", "-i", "m5.large", "--cni-prefix-delegation-enabled",
                    "--cni-version", "latest")  # fmt: skip
    assert (ended.code, ended.out) == (2, "")
    assert "'latest'" in ended.err
