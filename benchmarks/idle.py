"""An idle week: 500 nodes on which three pods each stay, for 7 days and for 6 hours."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sim import Scenario

from .measuring import Ledger, Measured, Ratio
from .pods import HOUR_MS, model_alone, replayed, world
from .sizes import Size
from .table import Part, Row

PODS_A_NODE = 3
SHORT, LONG = "6h", "7d"
LENGTHS = {SHORT: 6 * HOUR_MS, LONG: 7 * 24 * HOUR_MS}
GOAL = 1.05


@dataclass(frozen=True)
class _Idle:
    """The runs of both lengths, in turn, and how many EC2 calls each makes."""

    made: dict[str, list[Measured]]
    calls: dict[str, int]

    def events(self) -> Ratio:
        """How the events grow."""
        short, long = (self.made[length][0].events for length in LENGTHS)
        return Ratio.of([long / short])

    def time(self, runs: int) -> Ratio:
        """How the time grows, by the fastest run on either side: nothing but noise is added to it.

        The spread is that of the fastest of so many runs each.
        """
        short, long = (_fastest(self.made[length], runs) for length in LENGTHS)
        spread = Ratio.of([after / before for before, after in zip(short, long, strict=True)])
        return replace(spread, median=min(long) / min(short))

    def added(self) -> tuple[int, int]:
        """(events, EC2 calls) that the longer run has more."""
        short, long = (self.made[length][0].events for length in LENGTHS)
        return long - short, self.calls[LONG] - self.calls[SHORT]


def idle_week(name: str, size: Size, ledger: Ledger) -> Part:
    """The worse of two: how the events, and how the time of the simulation alone grow."""
    rounds, runs = size.idle_rounds
    off = _measured(f"{name}, no look", size, ledger, rounds * runs, look=False)
    on = _measured(f"{name}, hourly look", size, ledger, rounds, look=True)
    growth = {"events": off.events(), "time": off.time(runs)}
    worse = max(growth, key=lambda one: growth[one].median)
    events, calls = on.added()
    notes = [
        f"{name}: events grow {growth['events'].median:.4f} x ({off.added()[0]:+,}), time"
        f" {growth['time'].median:.3f} x",
        f"{name} with the hourly look: events grow {on.events().median:.2f} x, time"
        f" {on.time(1).median:.2f} x; {events:,} more events for {calls:,} more EC2 calls,"
        f" {events / max(calls, 1):.2f} a call",
    ]
    what = f"{worse} of 7 days, of that of 6 hours"
    row = Row(name, what, growth[worse], GOAL, None, off.made[LONG][0].events)
    return Part([row], notes)


def _measured(name: str, size: Size, ledger: Ledger, times: int, *, look: bool) -> _Idle:
    calls: dict[str, int] = {}

    def run_of(length: str, scenario: Scenario) -> Callable[[], Measured]:
        def run() -> Measured:
            measured, calls[length] = model_alone(scenario)
            return measured

        return run

    with tempfile.TemporaryDirectory() as folder:
        runs = {
            f"{name}/{length}": run_of(length, _scenario(size.idle_nodes, ms, look, Path(folder)))
            for length, ms in LENGTHS.items()
        }
        made = ledger.in_turn(runs, times)
    return _Idle({name.split("/")[1]: done for name, done in made.items()}, calls)


def _scenario(nodes: int, duration_ms: int, look: bool, folder: Path) -> Scenario:
    rows = [f"0,,g-{node}\n" for node in range(nodes) for _ in range(PODS_A_NODE)]
    group = {"name": "g", "instance_type": "m5.large", "nodes": nodes, "launch_delay": "0s"}
    ipamd = {"WARM_ENI_TARGET": 1, "DISABLE_LEAKED_ENI_CLEANUP": not look}
    trace = replayed(folder, rows, pinned=True)
    return Scenario.from_dict(world(duration_ms, group | {"daemonsets": []}, ipamd, trace), folder)


def _fastest(made: list[Measured], runs: int) -> list[float]:
    seconds = [one.seconds for one in made]
    return [min(seconds[first : first + runs]) for first in range(0, len(seconds), runs)]
