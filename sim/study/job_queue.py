"""Jobs that wait to be run, and how often one was lost with what ran it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from .jobs import Job, Outcome, failed

MOST_LOSSES = 3


class JobQueue:
    """Jobs of a call of `Executor.run`.

    Attributes:
        waiting: those that are not being run, in their order.
        under_way: how many are.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.waiting = deque(jobs)
        self.under_way = 0
        self._losses: Counter[str] = Counter()

    def __bool__(self) -> bool:
        """Whether any is not done."""
        return bool(self.waiting or self.under_way)

    def next(self) -> Job:
        """The next one, which is under way from now on."""
        self.under_way += 1
        return self.waiting.popleft()

    def done(self) -> None:
        """One that was under way is done."""
        self.under_way -= 1

    def lost(self, job: Job, why: str) -> list[Outcome]:
        """What ran a job is no more: the job is the next again, or has failed if it was the third.

        Args:
            job: which was under way.
            why: what the outcome says.
        """
        self.under_way -= 1
        self._losses[job.key] += 1
        if self._losses[job.key] == MOST_LOSSES:
            return [failed(job.key, why)]
        self.waiting.appendleft(job)
        return []
