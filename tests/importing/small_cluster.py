"""A small cluster with most of what clusters have, and its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.importing.scenario import Imported, import_files
from sim.importing.written.files import write_files
from sim.importing.written.plan import Controller, Net, Plan, Pool

NETS = (
    Net(
        "private-a",
        "10.0.0.0/22",
        "eu-west-1a",
        {"kubernetes.io/role/cni": "1", "team": "web"},
        {
            "nat": ("10.0.0.9",),
            "alb": ("10.0.0.20-10.0.0.22", "10.0.1.7"),
            "cni": ("10.0.2.0/28",),
        },
    ),
    Net("private/b", "10.0.4.0/22", "eu-west-1b", {}, {"rds": ("10.0.4.40",)}),
)


def pool(name: str, made_by: str = "eks", **changes: Any) -> Pool:
    """Four m5.large in two zones."""
    usual = Pool(
        name,
        made_by,
        "m5.large",
        {"private-a": 2, "private/b": 2},
        cpu=2_000,
        memory_ki=7_900_000,
        reserved_cpu=70,
        reserved_ki=700_000,
        max_pods=28,
        enis=3,
        per_eni=10,
    )
    return replace(usual, **changes)


AWS_NODE = Controller(
    "aws-node", "kube-system", "DaemonSet", cpu="50m", host_network=True, tolerations=("*",)
)
WEB = Controller("web", "shop", pods=12, cpu="100m", memory="128Mi")
PLAN = Plan(
    name="small",
    nets=NETS,
    pools=(pool("general"),),
    controllers=(AWS_NODE, WEB),
    settings={"WARM_IP_TARGET": "2"},
)


def plan(**changes: Any) -> Plan:
    """The small cluster with something else."""
    return replace(PLAN, **changes)


def files_of(one: Plan, folder: Path, *names: str) -> list[Path]:
    """The files of a plan with these names; all of them if none is given."""
    paths = write_files(one, folder)
    return [path for path in paths if not names or path.stem in names]


def imported(one: Plan, folder: Path, *names: str) -> Imported:
    """What an import makes of a plan's files."""
    return import_files(files_of(one, folder, *names))


def group_of(result: Imported, name: str) -> dict[str, Any]:
    """A node group of the scenario."""
    groups: list[dict[str, Any]] = result.data["cluster"]["node_groups"]
    return next(one for one in groups if one["name"] == name)


def workload_of(result: Imported, name: str) -> dict[str, Any]:
    """A workload of the scenario."""
    workloads: list[dict[str, Any]] = result.data["workload"]
    return next(one for one in workloads if one["name"] == name)


def edited(path: Path, edit: Callable[[Any], None]) -> Path:
    """The file with its data changed."""
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data, indent=4), encoding="utf-8")
    return path


def of_kind(data: Any, kind: str) -> list[Any]:
    """The objects of a kind in a List."""
    return [one for one in data["items"] if one["kind"] == kind]
