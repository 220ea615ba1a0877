"""The cases that run the command as a user does: a month, a large cluster, and its start."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from .children import IPAMD_SIM, Child, child, imported, printed
from .inside import QUICKSTART
from .measuring import Ledger, Ratio
from .pods import Data
from .sizes import Size
from .table import Part, Row

VERBS = {"--help": ["--help"], "validate": ["validate", QUICKSTART]}
HEAVY = {"numpy", "pandas", "pyarrow"}
STEPS = 12
"""Of the large cluster's nodes, over the first hour."""


def memory_month(name: str, size: Size, ledger: Ledger) -> Part:
    """Peak memory of a long run with ``--out``, of that of one a tenth as long, same churn."""
    peaks: list[Child] = []
    pods: list[int] = []
    for length, times in (("short", 1), ("long", 10)):
        ledger.say(f"{name}: the {length} run")
        scenario = _churning(size, times * size.month_ms)
        done, summary = _recorded(f"{name}/{length}", scenario, ledger, "--no-progress")
        peaks.append(done)
        pods.append(summary["pods"]["created"])
    short, long = peaks
    days = size.month_ms / 86_400_000
    note = (
        f"{name}: {long.peak_gb * 1000:,.0f} MB for {10 * days:.3g} days and {pods[1]:,} pods,"
        f" {short.peak_gb * 1000:,.0f} MB for {days:.3g} days and {pods[0]:,};"
        f" {long.seconds:.1f} s and {short.seconds:.1f} s"
    )
    what = f"peak memory of {10 * days:.3g} days, of that of {days:.3g}"
    measured = Ratio.of([long.peak_bytes / short.peak_bytes])
    return Part([Row(name, what, measured, 1.1)], [note])


def _churning(size: Size, duration_ms: int) -> Data:
    """Pods that come and go in a pool that seldom grows: what is recorded is mostly theirs."""
    group = {"name": "g", "instance_type": "m5.large", "nodes": 20}
    pods = {
        "kind": "poisson",
        "name": "churn",
        "arrivals_per_minute": size.month_per_minute,
        "lifetime": {"exponential": {"mean": "5m"}},
    }
    return {
        "duration": f"{duration_ms}ms",
        "cluster": {"subnets": [{"name": "a", "cidr": "10.0.0.0/20"}], "node_groups": [group]},
        "ipamd": {"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 12},
        "workload": [pods],
    }


def scale(name: str, _size: Size, ledger: Ledger) -> Part:
    """5,000 nodes, a day and a million pods through scheduler, ipamd and buckets."""
    done, summary = _recorded(name, _large(), ledger)
    calls = summary["ec2"]
    note = (
        f"{name}: 5,000 nodes, 24 h, {summary['pods']['created']:,} pods, {calls['total']:,} EC2"
        f" requests, {calls['throttled_share']:.0%} throttled: {done.seconds:,.0f} s of real time"
        " with summary and records in Parquet"
    )
    measured = Ratio.of([done.peak_gb])
    return Part([Row(name, "peak memory", measured, 2.0, unit="GB")], [note])


def _large() -> Data:
    steps = [
        {"at": f"{60 * step // STEPS}m", "nodes": 5_000 * (step + 1) // STEPS}
        for step in range(STEPS)
    ]
    pods = {
        "kind": "poisson",
        "name": "pods",
        "arrivals_per_minute": 697,
        "lifetime": {"exponential": {"mean": "1h"}},
        "requests": {"cpu": "100m", "memory": "128Mi"},
    }
    subnets = [
        {"name": zone, "cidr": f"10.{i}.0.0/16", "zone": zone} for i, zone in enumerate("abc")
    ]
    group = {"name": "g", "instance_type": "m5.large", "nodes": steps}
    return {
        "duration": "24h",
        "cluster": {"subnets": subnets, "node_groups": [group]},
        "workload": [pods],
    }


def _recorded(
    name: str, scenario: Data, ledger: Ledger, *options: str
) -> tuple[Child, dict[str, Any]]:
    """Runs a scenario with ``--out``; (what it took, its summary)."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "scenario.yaml", Path(folder) / "out"
        file.write_text(json.dumps(scenario))
        done = child([*IPAMD_SIM, "run", str(file), "--out", str(out), *options])
        text = (out / "summary.json").read_bytes()
    summary: dict[str, Any] = json.loads(text)
    ledger.enter(name, summary["pods"]["created"], hashlib.sha256(text).hexdigest()[:16])
    return done, summary


def start(name: str, size: Size, ledger: Ledger) -> Part:
    """What the command imports before it has to, and the quickstart outside the simulation."""
    check_imports(name, ledger)
    allowed, outside = [], []
    for _ in range(size.starts):
        inside, reading, writing = printed([sys.executable, "-m", "benchmarks.inside"])
        validating = child([*IPAMD_SIM, *VERBS["validate"]]).seconds
        allowed.append(validating + reading + writing)
        with tempfile.TemporaryDirectory() as folder:
            command = [*IPAMD_SIM, "run", QUICKSTART, "--no-progress", "--out", f"{folder}/out"]
            outside.append(child(command).seconds - inside)
    measured = Ratio.of([took / most for took, most in zip(outside, allowed, strict=True)])
    note = (
        f"{name}: the quickstart takes {median(outside):.2f} s outside the simulation; validate,"
        f" reading the trace and writing the records {median(allowed):.2f} s"
    )
    what = "quickstart outside the simulation, of validate, reading and writing"
    return Part([Row(name, what, measured, 1.0)], [note])


def check_imports(name: str, ledger: Ledger) -> None:
    """Notes which of `VERBS` import what is `HEAVY`."""
    for verb, arguments in VERBS.items():
        if heavy := HEAVY & imported([*IPAMD_SIM, *arguments]):
            ledger.failures.append(f"{name}: {verb} imports {', '.join(sorted(heavy))}")
