"""What became of the mutants: a log that outlives a stop, figures by module, and what is left.

``left.txt`` names the mutants that no test notices, below the reason why each may stay.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .changes import Mutant
    from .session import Result

NOTICED = ("killed", "timeout")
ENOUGH = 0.9


class Log:
    """Results by the mutants' names, each written as it comes.

    Args:
        path: the file, one JSON object a line.
        resume: keeps what is in it.
    """

    def __init__(self, path: Path, resume: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if resume and path.exists() else []
        rows = [json.loads(line) for line in lines]
        self.fates: dict[str, str] = {row["name"]: row["fate"] for row in rows}
        self._file = path.open("a" if resume else "w", encoding="utf-8")

    def is_noticed(self, mutant: Mutant) -> bool:
        """Whether it failed a test before."""
        return self.fates.get(mutant.name) in NOTICED

    def add(self, result: Result) -> None:
        """Writes down what became of a mutant."""
        name = result.mutant.name
        self.fates[name] = result.fate
        row = {"name": name, "fate": result.fate, "test": result.test, "s": round(result.wall_s, 2)}
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()


def report(mutants: list[Mutant], log: Log, left: Path) -> int:
    """Prints figures by module and what is left; 1 if too much is, or without a reason."""
    reasons = reasons_in(left.read_text(encoding="utf-8"))
    tried = [one for one in mutants if one.name in log.fates]
    counts: dict[str, Counter[str]] = {}
    for one in tried:
        counts.setdefault(one.path, Counter())[log.fates[one.name]] += 1
    total: Counter[str] = sum(counts.values(), Counter())
    print("| Module | Mutants | Killed | of them by time | Left | Noticed |")
    print("|---|---:|---:|---:|---:|---:|")
    for path, count in [*counts.items(), ("all", total)]:
        print(_row(path, count))
    unexplained = [one.name for one in tried if not log.is_noticed(one) and one.name not in reasons]
    stale = [one.name for one in tried if log.is_noticed(one) and one.name in reasons]
    for title, names in (("Left without a reason", unexplained), ("Listed, but noticed", stale)):
        if names:
            print(f"\n{title}: {len(names)}")
            print(*names, sep="\n")
    noticed = sum(total[fate] for fate in NOTICED)
    return int(bool(unexplained) or noticed < ENOUGH * total.total())


def _row(path: str, count: Counter[str]) -> str:
    killed = sum(count[fate] for fate in NOTICED)
    share = f"{killed / max(count.total(), 1):.1%}"
    cells = (path, count.total(), killed, count["timeout"], count.total() - killed, share)
    return f"| {' | '.join(map(str, cells))} |"


def reasons_in(text: str) -> dict[str, str]:
    """Mutants by name with the reason above them: ``# reason`` lines begin a group."""
    found, reason = {}, ""
    for line in text.splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        elif line:
            found[line] = reason
    return found
