"""What is measured, how it is repeated, and what must be the same each time."""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One run: seconds of the processor, events on the clock, and a digest of what it recorded."""

    seconds: float
    events: int
    digest: str = ""


class Stopwatch:
    """Seconds of the processor: what else the machine does counts little."""

    seconds = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Times what is inside, garbage collection included, but for that of what was before."""
    watch = Stopwatch()
    gc.collect()
    started = time.process_time()
    yield watch
    watch.seconds = time.process_time() - started


@dataclass(frozen=True)
class Ratio:
    """The median of some ratios, and how far they spread."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, ratios: list[float]) -> Ratio:
        """Of one or more."""
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    @classmethod
    def between(cls, above: list[Measured], below: list[Measured]) -> Ratio:
        """Of the seconds of runs that were made in turn, pair by pair."""
        pairs = zip(above, below, strict=True)
        return cls.of([one.seconds / other.seconds for one, other in pairs])


@dataclass
class Ledger:
    """Events and digests of all runs: the same at each repetition, and those that are expected."""

    size: str
    seen: dict[str, dict[str, int | str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def enter(self, name: str, events: int, digest: str) -> None:
        """A run of this name made these events and records; it may be one of many."""
        entry: dict[str, int | str] = {"events": events, "digest": digest}
        if self.seen.setdefault(name, entry) != entry:
            self.failures.append(f"{name}: {entry} after {self.seen[name]} in the same process")

    def in_turn(
        self, runs: Mapping[str, Callable[[], Measured]], times: int
    ) -> dict[str, list[Measured]]:
        """Makes each run so many times, one after the other."""
        made: dict[str, list[Measured]] = {name: [] for name in runs}
        for _ in range(times):
            for name, run in runs.items():
                made[name].append(run())
                self.enter(name, made[name][-1].events, made[name][-1].digest)
        return made

    def compare(self, path: Path) -> None:
        """Holds what was seen against the file of expected values."""
        expected = _read(path).get(self.size, {})
        for name, entry in self.seen.items():
            if name not in expected:
                self.failures.append(f"{name}: nothing is expected of it; --accept takes what is")
            elif entry != expected[name]:
                self.failures.append(f"{name}: {entry}, expected {expected[name]}")

    def accept(self, path: Path) -> None:
        """Makes what was seen the expected values of this size; others stay as they are."""
        known = _read(path)
        known[self.size] = known.get(self.size, {}) | self.seen
        path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def say(self, what: str) -> None:
        """A line of progress."""
        seconds = time.monotonic() - self._started
        print(f"[{seconds:4.0f} s] {what}", file=sys.stderr, flush=True)


def _read(path: Path) -> dict[str, dict[str, dict[str, int | str]]]:
    known: dict[str, dict[str, dict[str, int | str]]] = {}
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
    return known
