"""Good inputs of every kind, made once: what mutations start from."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from sim.advice.source import change_of_scenario
from sim.cli import main
from sim.scenario.load import Scenario
from sim.scenario.reader import parse

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"

SMALL = """\
name: small
duration: 10m
cluster:
  subnets:
    - {name: a, cidr: 10.0.0.0/24, tags: {team: web}}
    - {name: b, cidr: 10.0.1.0/25, others: {count: 5, addresses: [10.0.1.7, 10.0.1.9-10.0.1.12]}}
  node_groups:
    - {name: batch, instance_type: m5.large, nodes: 2, subnets: [a, b]}
    - {name: web, instance_type: t3.small, nodes: [{at: 0s, nodes: 1}, {at: 3m, nodes: 2}]}
ipamd: {WARM_IP_TARGET: 2}
workload:
  - {kind: deployment, name: shop, replicas: [{at: 0s, replicas: 6}, {at: 4m, replicas: 2}]}
  - {kind: poisson, name: jobs, arrivals_per_minute: 2, lifetime: {exponential: {mean: 1m}}}
  - {kind: trace, name: replay, file: trace.csv}
expect:
  held_mean: "<= 1000"
variants:
  roomy: {WARM_IP_TARGET: 5}
"""

TINY = """\
cluster:
  subnets: [{name: a, cidr: 10.0.0.0/24}]
  node_groups: [{name: batch, instance_type: m5.large, nodes: 2, subnets: [a]}]
workload: [{kind: trace, name: replay, file: trace.csv}]
"""

TRACE = "start,end,cpu,memory,node\n" + "".join(
    f"{10 * n},{'' if n % 5 == 0 else 10 * n + 200},{(50, '100m')[n % 2]},{(64, '64Mi')[n % 2]},\n"
    for n in range(12)
)

STUDY = """\
scenario: small.yaml
replications: 1
vary:
  grid: {WARM_IP_TARGET: [1, 3], churn: [1]}
"""

HISTORY = "namespace,pod,owner_kind,owner,start,end,cpu\n" + "".join(
    f"shop,web-{n},ReplicaSet,web-1,{1_767_600_000 + 60 * n},{1_767_600_300 + 60 * n},100m\n"
    for n in range(12)
)

CLUSTER = ("cluster.json", "subnets.json", "enis.json")


def make(folder: Path) -> None:
    """Writes the samples that only the tool can make: a run, its exports, a cluster's files."""
    small = write_small(folder)
    run = str(folder / "run")
    _done("run", str(small), "--out", run, "--no-progress")
    _done("export", "events", run, "-o", str(folder / "events.json"))
    _done("export", "prometheus", run, "--step", "3m", "-o", str(folder / "series.json"))
    _cluster(folder)
    change = change_of_scenario(Scenario.load(small), "roomy")
    said = {"choice": "roomy", "change": change.to_dict()}
    (folder / "recommendation.json").write_text(json.dumps(said))


def write_small(folder: Path) -> Path:
    """The small scenario and its trace."""
    (folder / "trace.csv").write_text(TRACE)
    (folder / "small.yaml").write_text(SMALL)
    return folder / "small.yaml"


def _done(*arguments: str) -> None:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as err:
        try:
            main(arguments)
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError(err.getvalue()) from None


def _cluster(folder: Path) -> None:
    from sim.importing.written.files import write_files
    from sim.importing.written.plan import Controller, Net, Plan, Pool

    nets = (Net("a", "10.0.0.0/24", "eu-west-1a", {"kubernetes.io/role/cni": "1"}, {}),)
    pool = Pool(
        "general",
        "eks",
        "m5.large",
        {"a": 2},
        cpu=2_000,
        memory_ki=7_900_000,
        reserved_cpu=70,
        reserved_ki=700_000,
        max_pods=28,
        enis=3,
        per_eni=10,
    )
    daemon = Controller(
        "aws-node", "kube-system", "DaemonSet", cpu="50m", host_network=True, tolerations=("*",)
    )
    web = Controller("web", "shop", pods=3, cpu="100m", memory="128Mi")
    settings = {"WARM_IP_TARGET": "2"}
    plan = Plan(name="s", nets=nets, pools=(pool,), controllers=(daemon, web), settings=settings)
    write_files(plan, folder)


@cache
def shipped() -> tuple[Path, ...]:
    """The scenario files that ship, studies left out."""
    found = sorted(SCENARIOS.rglob("*.yaml"))
    return tuple(one for one in found if one.parent.name != "studies")


@cache
def content(path: Path) -> bytes:
    """The bytes of a file."""
    return path.read_bytes()


@cache
def parsed(path: Path) -> Any:
    """What a YAML file says."""
    return parse(path.read_text(encoding="utf-8")).data


@cache
def json_of(path: Path) -> Any:
    """What a JSON file says."""
    return json.loads(path.read_bytes())


def link(folder: Path, target: Path) -> None:
    """A link of the same name in the folder."""
    os.symlink(target, folder / target.name)
