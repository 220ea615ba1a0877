"""Runs mutants: tests are collected once; in a fork for each mutant a function's code is another.

So no changed file is ever written, nothing is imported twice, and a mutant costs what its tests do.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest
from coverage import Coverage

from .changes import Mutant

SURVIVED, KILLED, BROKEN = range(3)
FATES = {SURVIVED: "survived", KILLED: "killed", BROKEN: "broken"}
GIGABYTE = 1 << 30
PATIENCE = 6
"""A mutant that takes so many times what its tests took, and 2 s more, will not end."""


@dataclass(slots=True)
class Covered:
    """Which tests ran which lines.

    Args:
        seconds: what each test took.
        lines: of each path, the tests that ran a line.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def tests(self, mutant: Mutant, budget_s: float) -> list[str]:
        """Tests that ran the statement, fast ones first, as many as the budget allows."""
        first, last = mutant.lines
        lines = self.lines.get(mutant.path, {})
        found = {test for line in range(first, last + 1) for test in lines.get(line, ())}
        chosen, left = [], budget_s
        for test in sorted(found, key=lambda test: (self.seconds[test], test)):
            left -= self.seconds[test]
            if left < 0 and chosen:
                break
            chosen.append(test)
        return chosen


class Result(NamedTuple):
    """What became of a mutant, by which test, and how long it took.

    The fate is killed, timeout, survived, "no test" if none runs its statement, or broken if its
    code could not be put in place.
    """

    mutant: Mutant
    fate: str
    test: str
    wall_s: float


class Session:
    """A pytest plugin that collects tests and then runs mutants instead of tests.

    Args:
        root: of the repository.
        work: is called with this, once tests are collected.
        sample: keeps each so many of the random stories.
    """

    def __init__(self, root: Path, work: Callable[[Session], None], sample: int) -> None:
        self.root, self.work, self.sample = root, work, sample
        self.items: dict[str, Any] = {}
        self.failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Hands over to the work."""
        thin = "test_stories_are_exact"
        stories = [item for item in session.items if item.originalname == thin]
        left_out = {item.nodeid for i, item in enumerate(stories) if i % self.sample}
        self.items = {item.nodeid: item for item in session.items if item.nodeid not in left_out}
        session.config.pluginmanager.unregister(name="terminalreporter")
        self.work(self)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Notes that a test failed."""
        self.failed |= report.failed

    def first_failure(self, tests: list[str]) -> str | None:
        """Runs tests until one fails."""
        items = [self.items[test] for test in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            if not self.passes(item, following):
                return str(item.nodeid)
        return None

    def passes(self, item: Any, following: Any) -> bool:
        """Runs one test."""
        self.failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.failed

    # ------------------------------------------------------------------ what covers what

    def covered(self, paths: list[str]) -> Covered:
        """Runs all tests once, in a fork; those that fail as things are do not count."""
        return in_fork(lambda: self._cover(paths))

    def _cover(self, paths: list[str]) -> Covered:
        include = [str(self.root / path) for path in paths]
        coverage = Coverage(data_file=None, include=include, config_file=False)
        found, items = Covered(), list(self.items.values())
        clear = caches()
        coverage.start()
        for item, following in zip(items, [*items[1:], None], strict=True):
            for forget in clear:
                forget()
            coverage.switch_context(item.nodeid)
            start = time.process_time()
            if self.passes(item, following):
                found.seconds[item.nodeid] = time.process_time() - start
            else:
                sys.stderr.write(f"fails as things are, left out: {item.nodeid}\n")
        coverage.stop()
        data = coverage.get_data()
        for path in paths:
            lines = data.contexts_by_lineno(str(self.root / path))
            found.lines[path] = {
                line: [test for test in tests if test in found.seconds]
                for line, tests in lines.items()
            }
        return found

    # ------------------------------------------------------------------ mutants

    def run(
        self, mutants: list[Mutant], covered: Covered, budget_s: float, workers: int
    ) -> Iterator[Result]:
        """What became of each mutant, as they end."""
        running: dict[int, tuple[Mutant, int, float]] = {}
        gc.freeze()  # what forks do not touch they need not copy
        for mutant in mutants:
            tests = covered.tests(mutant, budget_s)
            if not tests:
                yield Result(mutant, "no test", "", 0.0)
                continue
            if len(running) == workers:
                yield _ended(running)
            seconds = sum(map(covered.seconds.__getitem__, tests))
            pid, end = self._start(mutant, tests, seconds)
            running[pid] = mutant, end, time.monotonic()
        while running:
            yield _ended(running)

    def _start(self, mutant: Mutant, tests: list[str], seconds: float) -> tuple[int, int]:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            return pid, reading
        try:
            _bound(int(2 + PATIENCE * seconds))
            function_of(mutant).__code__ = mutant.code
            for forget in caches():
                forget()
            test = self.first_failure(tests)
            os.write(writing, (test or "").encode())
            os._exit(KILLED if test else SURVIVED)
        except BaseException:
            os._exit(BROKEN)


def _ended(running: dict[int, tuple[Mutant, int, float]]) -> Result:
    """Waits for one of them."""
    pid, status = os.wait()
    mutant, end, start = running.pop(pid)
    with os.fdopen(end, encoding="utf-8") as told:
        test = told.read()
    fate = FATES.get(os.waitstatus_to_exitcode(status), "timeout")
    return Result(mutant, fate, test, time.monotonic() - start)


def _bound(seconds: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (6 * GIGABYTE, 6 * GIGABYTE))


def function_of(mutant: Mutant) -> FunctionType:
    """The function itself, below what decorates it."""
    held: Any = import_module(mutant.path.removesuffix(".py").replace("/", "."))
    for name in mutant.function.split("."):
        held = vars(held)[name]
    if isinstance(held, property):
        held = held.fget
    held = getattr(held, "__func__", held)
    held = getattr(held, "__wrapped__", held)
    assert isinstance(held, FunctionType), mutant.name
    return held


def caches() -> list[Callable[[], None]]:
    """How to empty what functions of the model remember."""
    modules = [one for path, one in sorted(sys.modules.items()) if path.startswith("sim.")]
    return [
        held.cache_clear
        for module in modules
        for held in vars(module).values()
        if hasattr(held, "cache_clear")
    ]


def in_fork(work: Callable[[], Covered]) -> Covered:
    """The same, but what it does to this process's state is gone."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            done = work()
            with os.fdopen(writing, "w", encoding="utf-8") as told:
                json.dump([done.seconds, done.lines], told)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        text = told.read()
    os.waitpid(pid, 0)
    return covered_of(text)


def covered_of(text: str) -> Covered:
    """Read back from JSON."""
    seconds, lines = json.loads(text)
    return Covered(
        seconds,
        {path: {int(line): tests for line, tests in of.items()} for path, of in lines.items()},
    )
