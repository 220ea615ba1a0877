"""Many inputs, tried in forked processes; what was found is printed once, with how to see it."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import NamedTuple

from . import samples
from .case import Case, Place
from .findings import Finding, findings
from .kinds import make
from .oracle import Ended, Oracle
from .tally import Found, Tally, Tried

BATCH = 500
"""Inputs that one process tries before another takes its place."""

MOST_KEPT = 300
_FORK = multiprocessing.get_context("fork")


class Plan(NamedTuple):
    """What is tried.

    Attributes:
        made: folder of this run of the fuzzer: samples, and inputs while they are tried.
        seed: of all inputs.
        kind: the only kind; all if None.
        keep: where inputs are kept that show something.
    """

    made: Path
    seed: int
    kind: str | None = None
    keep: Path | None = None

    @property
    def good(self) -> Path:
        """The folder of samples."""
        return self.made / "good"

    def kept(self, number: int) -> Path | None:
        """Where the files of an input are kept."""
        return self.keep / f"{self.seed}-{number}" if self.keep else None

    def again(self, number: int) -> str:
        """The command that tries one of the inputs once more."""
        kind = f" --kind '{self.kind}'" if self.kind else ""
        return f"python -m fuzz --seed {self.seed}{kind} --one {number}"


class Trial(NamedTuple):
    """An input that was tried; its folder is there until the next."""

    kind: str
    case: Case
    ended: Ended
    folder: Path

    @property
    def found(self) -> list[Finding]:
        """What must not be about it."""
        return findings(self.case, self.ended, self.folder)


def trials(plan: Plan, numbers: Iterable[int]) -> Iterator[Trial]:
    """Tries inputs in this process, one after the other."""
    oracle = Oracle()
    for number in numbers:
        with tempfile.TemporaryDirectory(dir=plan.made) as name:
            folder = Path(name) / "in"
            folder.mkdir()
            place = Place(folder, plan.good)
            kind, case = make(Random(f"{plan.seed}:{number}"), place, plan.kind)
            yield Trial(kind, case, oracle.run(case, folder), folder)


def batch(plan: Plan, numbers: Iterable[int]) -> Iterator[Tried]:
    """Tries inputs in this process and keeps those that show something."""
    for number, trial in zip(numbers, trials(plan, numbers), strict=True):
        found = trial.found
        if found:
            _keep(trial.folder, plan.kept(number))
        ended = trial.ended
        yield Tried(
            number, trial.kind, trial.case.arguments, ended.code, ended.seconds, ended.kib, found
        )


def _keep(folder: Path, target: Path | None) -> None:
    if target and not target.exists() and len(list(target.parent.glob("*"))) < MOST_KEPT:
        shutil.copytree(folder, target, symlinks=True, ignore=_no_files)


def _no_files(folder: str, names: list[str]) -> list[str]:
    paths = {name: Path(folder) / name for name in names}
    return [name for name, path in paths.items() if path.is_fifo() or path.is_socket()]


@dataclass
class _Child:
    """A process that tries inputs; the first of those that are left is the one it is at."""

    process: ForkProcess
    left: deque[int]


def _tell(plan: Plan, numbers: Iterable[int], to: Connection) -> None:
    for tried in batch(plan, numbers):
        to.send(tried)


def _in_children(plan: Plan, numbers: range, workers: int) -> Iterator[Tried]:
    """Tries inputs; one with which its process dies is a finding, and the others go on."""
    waiting = deque(deque(numbers[at : at + BATCH]) for at in range(0, len(numbers), BATCH))
    children: dict[Connection, _Child] = {}
    try:
        while waiting or children:
            while waiting and len(children) < workers:
                children.update([_started(plan, waiting.popleft())])
            for one in wait(list(children)):
                assert isinstance(one, Connection)
                child = children[one]
                try:
                    tried = one.recv()
                except EOFError:
                    del children[one]
                    child.process.join()
                    if child.left:
                        yield _death(child)
                        waiting.append(child.left)
                    continue
                child.left.popleft()
                yield tried
    finally:
        for child in children.values():
            child.process.kill()


def _started(plan: Plan, left: deque[int]) -> tuple[Connection, _Child]:
    near, far = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_tell, args=(plan, tuple(left), far))
    process.start()
    far.close()
    return near, _Child(process, left)


def _death(child: _Child) -> Tried:
    how = Finding("its process died", f"ended with {child.process.exitcode}")
    return Tried(child.left.popleft(), "unknown", (), None, 0.0, 0, [how])


def drive(plan: Plan, numbers: range, workers: int) -> Tally:
    """Tries inputs in processes, until it is interrupted, and says how far it is."""
    prepare(plan)
    tally = Tally()
    start = said = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        for tried in _in_children(plan, numbers, workers):
            tally.add(tried)
            tally.seconds = time.monotonic() - start
            for each in tried.found:
                _say(f"input {tried.number}: {each.what}")
            if time.monotonic() > said + 10:
                said = time.monotonic()
                _say(f"{tally.tried:,} tried in {tally.seconds:,.0f} s")
    return tally


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def prepare(plan: Plan) -> None:
    """Makes the samples, in a process of its own: threads must not be there when others fork."""
    if plan.keep:
        plan.keep.mkdir(parents=True, exist_ok=True)
    if not plan.good.exists():
        plan.good.mkdir(parents=True)
        maker = _FORK.Process(target=samples.make, args=(plan.good,))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise RuntimeError("the samples could not be made")


def one(plan: Plan, number: int) -> int:
    """Tries one input and prints all about it; 1 if it shows something."""
    prepare(plan)
    for trial in trials(plan, [number]):
        ended, found = trial.ended, trial.found
        print(f"{trial.kind}: {trial.case.arguments}\n{ended.out[-3000:]}\n{ended.err[-6000:]}")
        print(f"ended with {ended.code} after {ended.seconds:.2f} s, {ended.kib:,} KiB")
        print("\n".join(each.what for each in found) or "nothing found")
        _keep(trial.folder, plan.kept(number))
    return 1 if found else 0


def report(plan: Plan, tally: Tally) -> None:
    """Prints what was tried and found."""
    print("\n".join(tally.lines()))
    for what, those in tally.by_what():
        first: Found = those[0]
        print(f"  {len(those):>6,}  {what}; {plan.again(first.number)}  # {first.kind}")
        print(f"          {' '.join(map(repr, first.arguments))[:300]}")
        print(f"          {first.finding.detail[-300:]!r}")
        if files := plan.kept(first.number):
            print(f"          its files: {files}")
