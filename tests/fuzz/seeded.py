"""The fuzzer before a tool with faults: prints what it finds with each, one fault a line."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fuzz.findings
from fuzz import driver, oracle, samples
from fuzz.case import Case
from fuzz.findings import findings
from sim.scenario import reader

_GOOD = reader.parse


def _hang() -> None:
    while True:
        pass


FAULTS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "crash": lambda: {}["a"],
    "hang": _hang,
    "memory": lambda: bytearray(300 * 2**20).find(1),
    "no memory": lambda: bytearray(2**40),
    "reads": lambda: Path("/etc/passwd").read_text(),
    "writes": lambda: Path("../outside").write_text(""),
    "starts": lambda: os.system("true"),
}


def main() -> None:
    """Tries one input in the same process for all faults but the one that ends it."""
    oracle.LONGEST_S, fuzz.findings.MOST_KIB = 1, 250 * 2**10
    with tempfile.TemporaryDirectory(prefix="seeded-") as made:
        plan = driver.Plan(Path(made), seed=1, kind="trace")
        plan.good.mkdir()  # no samples are needed
        _put(lambda: os.kill(os.getpid(), signal.SIGKILL))
        tally = driver.drive(plan, range(1), workers=1)
        runner = oracle.Oracle()
        for name, fault in FAULTS.items():
            folder = Path(made) / name
            folder.mkdir()
            samples.write_small(folder)
            _put(fault)
            case = Case(("validate", "small.yaml"))
            found = findings(case, runner.run(case, folder), folder)
            sys.stdout.write(f"{name}: {', '.join(one.what for one in found) or 'nothing'}\n")
    sys.stdout.write(f"death: {tally.found[0].finding.what}\n")


def _put(fault: Callable[[], Any]) -> None:
    def parse(*given: Any) -> reader.Document:
        fault()
        return _GOOD(*given)

    reader.parse = parse


if __name__ == "__main__":
    main()
