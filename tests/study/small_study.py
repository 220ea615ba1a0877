"""A small study, whose runs take a twentieth of a second each."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """\
name: tiny
duration: 10m
warm_up: 1m
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/24}
  node_groups:
    - {name: batch, instance_type: m5.large, nodes: 2}
workload:
  - {kind: poisson, name: p, arrivals_per_minute: 6, lifetime: 1m}
"""

STUDY = """\
name: small
scenario: tiny.yaml
replications: 2
vary:
  grid:
    WARM_IP_TARGET: [1, 4]
    churn: [1, 2]
"""


def written(folder: Path, study: str = STUDY, scenario: str = SCENARIO) -> Path:
    """The study's file in a folder, with its scenario beside it."""
    (folder / "tiny.yaml").write_text(scenario)
    path = folder / "study.yaml"
    path.write_text(study)
    return path


def varying(vary: str, more: str = "replications: 1") -> str:
    """A study of the small scenario that varies this, in YAML's flow style."""
    return f"name: small\nscenario: tiny.yaml\n{more}\nvary: {vary}\n"
