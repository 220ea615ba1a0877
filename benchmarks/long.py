"""A month on many nodes: do figures drift from the records, and how much memory does it take?

Usage: python -m benchmarks.long [SIZE ...] [--accept]

The sizes are `month` (which the tests have too), `tenth`, and `full`: 30 days, 10,000 nodes and 10
million pod events. Each runs as the command does, with --out. Exits with 1 if a time average or a
count is not exactly that of the records, counted again in whole numbers; if it took more memory
than is reckoned before a run; or if its figures are not those of benchmarks/long.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from sim import Scenario
from sim.engine.estimate import estimate

from .children import IPAMD_SIM, ROOT, Child, child
from .exact import drift, miscounted

EXPECTED = ROOT / "benchmarks" / "long.json"
DAYS = 30
MINUTES = DAYS * 24 * 60
FIGURES = ("nodes", "addresses", "ec2", "pods")

Data = dict[str, Any]


class Size(NamedTuple):
    """Nodes, and comings and goings of pods in a month."""

    nodes: int
    pod_events: int


SIZES = {
    "month": Size(4, 8_000),
    "tenth": Size(1_000, 1_000_000),
    "full": Size(10_000, 10_000_000),
}


def scenario(size: Size) -> Data:
    """Nodes that come in the first hour, and pods that live for an hour, on three large subnets."""
    steps = sorted({max(1, size.nodes * step // 12) for step in range(1, 13)})
    nodes = [{"at": f"{5 * place}m", "nodes": count} for place, count in enumerate(steps)]
    pods = {
        "kind": "poisson",
        "name": "pods",
        "arrivals_per_minute": round(size.pod_events / 2 / MINUTES, 6),
        "lifetime": {"exponential": {"mean": "1h"}},
        "requests": {"cpu": "100m", "memory": "128Mi"},
    }
    subnets = [
        {"name": zone, "cidr": f"10.{4 * place}.0.0/16", "zone": zone}
        for place, zone in enumerate("abcd")
    ]
    group = {"name": "g", "instance_type": "m5.large", "nodes": nodes}
    return {
        "name": "long",
        "duration": f"{DAYS}d",
        "warm_up": "2h",
        "cluster": {"subnets": subnets, "node_groups": [group]},
        "ipamd": {"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 6},
        "workload": [pods],
    }


class Measured(NamedTuple):
    """What became of a run: what it took, what is wrong with it, and what it gave."""

    took: Child
    wrong: list[str]
    digest: Data


def measured(size: Size, folder: Path) -> Measured:
    """Runs a size into a folder, and looks at what is there."""
    file, out = folder / "long.yaml", folder / "out"
    file.write_text(json.dumps(scenario(size)))
    took = child([*IPAMD_SIM, "run", str(file), "--out", str(out), "--no-progress"])
    wrong = [*drift(out), *miscounted(out)]
    reckoned = estimate(Scenario.load(file)).memory(streams_to_disk=True)
    if took.peak_bytes > reckoned:
        wrong.append(f"memory: {took.peak_bytes:,} bytes; {reckoned:,.0f} were reckoned")
    return Measured(took, wrong, digest(json.loads((out / "summary.json").read_bytes())))


def digest(summary: Data) -> Data:
    """Of the figures, with some of them as they are."""
    text = json.dumps({name: summary[name] for name in FIGURES}, sort_keys=True)
    return {
        "pods": summary["pods"]["created"],
        "ec2_calls": summary["ec2"]["total"],
        "held_mean": summary["addresses"]["cluster"]["held"]["mean"],
        "figures": hashlib.sha256(text.encode()).hexdigest(),
    }


def _known() -> Data:
    known: Data = json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
    return known


def _accept(name: str, found: Data) -> None:
    text = json.dumps(_known() | {name: found}, indent=2, sort_keys=True)
    EXPECTED.write_text(text + "\n", encoding="utf-8")


def _one(name: str, folder: Path, *, accept: bool) -> bool:
    """Measures a size; whether all is well."""
    took, wrong, found = measured(SIZES[name], folder)
    if accept and not wrong:
        _accept(name, found)
    elif found != _known().get(name):
        wrong.append(f"figures: {found}, expected {_known().get(name)}")
    size = SIZES[name]
    print(
        f"{name}: {DAYS} days, {size.nodes:,} nodes, {2 * found['pods']:,} pod events,"
        f" {found['ec2_calls']:,} EC2 requests: {took.seconds:,.0f} s, {took.peak_gb:.2f} GB;"
        f" {len(wrong)} figures differ from the records",
        flush=True,
    )
    for one in wrong:
        print(f"failed: {one}", file=sys.stderr)
    return not wrong


def main() -> int:
    """Measures the sizes that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long", allow_abbrev=False)
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=f"of {', '.join(SIZES)} (full)")
    parser.add_argument("--accept", action="store_true", help="take the figures as the right ones")
    given = parser.parse_args()
    if unknown := set(given.sizes) - SIZES.keys():
        parser.error(f"no size: {', '.join(sorted(unknown))}; there are {', '.join(SIZES)}")
    fine = True
    for name in given.sizes or ["full"]:
        with tempfile.TemporaryDirectory() as folder:
            fine &= _one(name, Path(folder), accept=given.accept)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
