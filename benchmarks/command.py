"""The command ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from .children import ROOT, CommandFailedError
from .commands import memory_month, scale, start
from .growth import growth
from .idle import idle_week
from .measuring import Ledger
from .ratios import LOADS, against_floor, warm_up
from .report import described, ratios
from .sizes import SIZES, Size
from .sweep import GOALS as SWEEPS
from .sweep import sweep
from .table import Part, lines

EXPECTED = ROOT / "benchmarks" / "expected.json"
COMMITTED = ROOT / "benchmarks" / "results.json"
LATEST = ROOT / ".bench" / "latest.json"

Case = Callable[[str, Size, Ledger], Part]
CASES: dict[str, Case] = {
    **dict.fromkeys(LOADS, against_floor),
    "idle_week": idle_week,
    "growth": growth,
    "memory_month": memory_month,
    "start": start,
    **dict.fromkeys(SWEEPS, sweep),
    "scale": scale,
}

DESCRIPTION = """\
Measures the speed of the model as ratios to a bare SimPy loop over the same pods, and prints the
goals as a table. Exits with 1 if events or records differ between repetitions or from
benchmarks/expected.json, or if the command imports what it need not; never for a time."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help lists what it takes)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m benchmarks", description=DESCRIPTION, allow_abbrev=False)
    add = parser.add_argument
    add("--size", choices=list(SIZES), default="full", help="how large the cases are (full)")
    add("--only", choices=list(CASES), nargs="+", help="these cases; no file of ratios is written")
    add("--accept", action="store_true", help="take events and records as the expected ones")
    add("--commit-table", action="store_true", help=f"write {COMMITTED.relative_to(ROOT)} too")
    add("--expected", type=Path, default=EXPECTED, metavar="FILE", help="expected events, records")
    add("--out", type=Path, default=LATEST, metavar="FILE", help="one ratio a key is written here")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints and writes; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.only and given.commit_table:
        parser.error("--commit-table is of all cases: leave out --only")
    size = SIZES[given.size]
    ledger = Ledger(size.name)
    parts = _parts(given.only or CASES, size, ledger)
    print("\n".join(lines(parts)))
    if not given.only:
        data = json.dumps(ratios(parts) | {"details": described(size, parts)}, indent=2)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(data + "\n", encoding="utf-8")
    if given.commit_table:
        table = json.dumps(described(size, parts), indent=2)
        COMMITTED.write_text(table + "\n", encoding="utf-8")
    return _verdict(ledger, given.expected, accept=given.accept)


def _parts(names: Sequence[str] | dict[str, Case], size: Size, ledger: Ledger) -> list[Part]:
    warm_up()
    parts = []
    for name, case in CASES.items():
        if name in names and (size.scale or name != "scale"):
            ledger.say(name)
            try:
                parts.append(case(name, size, ledger))
            except CommandFailedError as error:
                ledger.failures.append(f"{name}: {error}")
    return parts


def _verdict(ledger: Ledger, expected: Path, *, accept: bool) -> int:
    if not accept:
        ledger.compare(expected)
    elif not ledger.failures:
        ledger.accept(expected)
    for failure in ledger.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if ledger.failures else 0
