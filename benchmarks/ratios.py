"""The cases that are compared with the floor over the same pods: busy and quiet."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from .measuring import Ledger, Measured, Ratio
from .pods import HOUR_MS, Load, floor, model
from .sizes import SIZES, Size
from .table import Part, Row

BUSY = Load(
    nodes=200,
    duration_ms=HOUR_MS,
    per_node_hour=350,
    life_ms=120_000,
    ipamd={"WARM_ENI_TARGET": 1},
)
LOADS = {
    "busy": BUSY,
    "busy_prefixes": replace(
        BUSY, ipamd={"ENABLE_PREFIX_DELEGATION": True, "WARM_PREFIX_TARGET": 1}
    ),
    "quiet": Load(
        nodes=500,
        duration_ms=6 * HOUR_MS,
        per_node_hour=12,
        life_ms=900_000,
        ipamd={"WARM_IP_TARGET": 2, "MINIMUM_IP_TARGET": 6},
        fixed_life=True,
        quota=10,  # as the nodes come at once, and do not throttle themselves
    ),
}
GOALS = {"busy": (2.0, 1.5), "busy_prefixes": (2.0, 1.5), "quiet": (3.0, 2.0)}


def against_floor(name: str, size: Size, ledger: Ledger) -> Part:
    """One of `LOADS`."""
    load, (goal, reach) = LOADS[name].scaled(size.share), GOALS[name]
    pods = load.pods()
    with tempfile.TemporaryDirectory() as folder:
        scenario = load.scenario(pods, Path(folder))
        runs = {
            f"{name}/floor": partial(floor, pods, load.duration_ms),
            f"{name}/model": partial(model, scenario),
        }
        base, ours = ledger.in_turn(runs, size.pairs).values()
    row = Row(name, "time, of the floor's", Ratio.between(ours, base), goal, reach, ours[0].events)
    note = (
        f"{name}: {load.nodes:,} nodes, {len(pods):,} pods: {_seconds(ours):.3g} s,"
        f" the floor {_seconds(base):.3g} s; fastest by fastest {_fastest(ours, base):.2f} x"
    )
    return Part([row], [note])


def warm_up() -> None:
    """Makes one small run of each kind, so that the first that counts finds all imported."""
    against_floor("busy", replace(SIZES["tiny"], pairs=1), Ledger("warm-up"))


def _seconds(runs: list[Measured]) -> float:
    return median(one.seconds for one in runs)


def _fastest(above: list[Measured], below: list[Measured]) -> float:
    fastest, base = (min(one.seconds for one in runs) for runs in (above, below))
    return fastest / base
