"""The example workflow that guards a pull request."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOW = YAML(typ="safe").load(ROOT / "docs" / "guard-a-pull-request.yaml")

CLUSTER = """\
name: cluster
duration: 10m
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/24}]
  node_groups: [{name: batch, instance_type: m5.large, nodes: 1}]
ipamd: {WARM_ENI_TARGET: 3}
workload: [{kind: deployment, name: web, replicas: 2}]
expect: {held_peak: <= 10}
"""


def step() -> tuple[dict[str, str], dict[str, Any]]:
    """The job's environment, and its step that calls ipamd-sim."""
    (job,) = WORKFLOW["jobs"].values()
    (found,) = (one for one in job["steps"] if "ipamd-sim run" in one.get("run", ""))
    return job["env"], found


def test_is_triggered_by_the_files_that_it_reads() -> None:
    """A change of the Helm values or of the scenario starts the workflow."""
    environment, _ = step()
    assert set(environment.values()) == set(WORKFLOW["on"]["pull_request"]["paths"])


@pytest.mark.parametrize(("warm_ips", "code", "mark"), [("4", 0, "✓"), ("9", 99, "✗")])
def test_its_script_judges_the_settings(
    tmp_path: Path, warm_ips: str, code: int, mark: str
) -> None:
    """The settings reach the simulation; its code ends the job, its screen is in the summary."""
    yq = tmp_path / "bin" / "yq"  # stands for the tool on GitHub's runners
    yq.parent.mkdir()
    yq.write_text(
        f'#!/bin/sh\ngrep -q WARM_IP "$6" && echo \'{{"WARM_IP_TARGET":"{warm_ips}"}}\'\n'
    )
    yq.chmod(0o755)
    environment, found = step()
    for name, text in (("VALUES", "env: {WARM_IP_TARGET: x}"), ("SCENARIO", CLUSTER)):
        path = tmp_path / environment[name]
        path.parent.mkdir(parents=True)
        path.write_text(text)
    paths = (yq.parent, Path(sys.executable).parent, os.environ["PATH"])
    given = {"PATH": os.pathsep.join(map(str, paths)), "PYTHONIOENCODING": "utf-8"}
    given |= {"GITHUB_STEP_SUMMARY": "summary.md", **environment}
    command = ["bash", "-e", "-o", "pipefail", "-c", found["run"]]
    ended = subprocess.run(
        command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stderr
    shown = (tmp_path / "summary.md").read_text("utf-8")
    assert f"{mark}  held_peak  <= 10" in shown
    assert f"WARM_IP_TARGET={warm_ips}" in shown
