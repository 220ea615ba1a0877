"""What was tried, counted, and what was found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from .findings import Finding


class Tried(NamedTuple):
    """What is told of an input; the code is None if it had to be stopped."""

    number: int
    kind: str
    arguments: tuple[str, ...]
    code: int | None
    seconds: float
    kib: int
    found: list[Finding]


class Found(NamedTuple):
    """A finding and the input that shows it."""

    number: int
    kind: str
    arguments: tuple[str, ...]
    finding: Finding


@dataclass
class Tally:
    """Counts of inputs, extremes and findings."""

    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        """How many inputs."""
        return self.kinds.total()

    def add(self, one: Tried) -> None:
        """Counts one input."""
        self.kinds[one.kind] += 1
        self.codes["stopped" if one.code is None else str(one.code)] += 1
        if one.code is not None:
            self.slowest = max(self.slowest, (one.seconds, one.number))
        self.largest = max(self.largest, (one.kib, one.number))
        self.found += [Found(one.number, one.kind, one.arguments, each) for each in one.found]

    def by_what(self) -> list[tuple[str, list[Found]]]:
        """The findings, each kind once with all inputs that show it, the most frequent first."""
        found: dict[str, list[Found]] = {}
        for one in sorted(self.found, key=lambda each: each.number):
            found.setdefault(one.finding.what, []).append(one)
        return sorted(found.items(), key=lambda pair: -len(pair[1]))

    def lines(self) -> list[str]:
        """The counts in words."""
        codes = ", ".join(f"{code}: {count:,}" for code, count in sorted(self.codes.items()))
        return [
            f"{self.tried:,} inputs in {self.seconds:,.0f} s",
            *(f"  {count:>8,}  {kind}" for kind, count in self.kinds.most_common()),
            f"ended with {codes}",
            f"slowest {self.slowest[0]:.1f} s (input {self.slowest[1]})",
            f"most memory {self.largest[0] / 1024:,.0f} MiB (input {self.largest[1]})",
            f"{len(self.by_what())} findings",
        ]
