"""What a controller works with: a queue of jobs for so many workers, a limit on requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

from simpy import Event

from sim.clock import Task

Steps = Generator[Event, Any, Any]


class RateLimit:
    """Go's rate.Limiter: ``burst`` requests at once, then ``per_s`` a second."""

    def __init__(self, per_s: int, burst: int) -> None:
        self._interval = 1_000_000 // per_s  # microseconds
        self._slack = self._interval * (burst - 1)
        self._due = 0

    def wait_ms(self, now_ms: int) -> int:
        """How long a request that is made now has to wait."""
        now = now_ms * 1000
        wait = max(self._due - self._slack - now, 0)
        self._due = max(self._due, now) + self._interval
        return -(-wait // 1000)


class Workers:
    """A work queue: so many jobs at a time, first come first served."""

    def __init__(self, count: int) -> None:
        self._idle = count
        self._jobs: deque[Steps] = deque()

    def submit(self, job: Steps) -> None:
        """Does the job as soon as one is free."""
        self._jobs.append(job)
        if self._idle:
            self._idle -= 1
            Task(self._work())

    def _work(self) -> Steps:
        while self._jobs:
            yield from self._jobs.popleft()
        self._idle += 1
