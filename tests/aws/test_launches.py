"""EC2's limits on launches: one request for all that wait, and again a second later.

Source: EC2 developer guide, ec2-api-throttling, RunInstances.
"""

from __future__ import annotations

from typing import Any

import pytest

from sim.aws.buckets import TokenBucket
from sim.aws.launches import Launches
from sim.clock import Clock, Order

OK, THROTTLED = "OK", "RequestLimitExceeded"


class Launching:
    """Nodes that are asked for at their ms, with buckets of (size, refill a second)."""

    def __init__(
        self, asked: list[int], requests: tuple[int, int], instances: tuple[int, int]
    ) -> None:
        self.clock = Clock()
        self.rows: list[tuple[Any, ...]] = []
        self.launched: list[tuple[int, int]] = []
        buckets = TokenBucket(*requests), TokenBucket(*instances)
        launches = Launches(self.clock, *buckets, lambda *row: self.rows.append(row))
        for node, at in enumerate(asked, start=1):
            self.clock.call(at, Order.OTHERS, self._ask, (launches, node))
        self.clock.run(until=10_000)

    def _ask(self, what: tuple[Launches, int]) -> None:
        launches, node = what
        launches.ask(node, lambda: self.launched.append((node, self.clock.now)))


def row(ms: int, node: int, asked: int, granted: int, attempt: int, tokens: int) -> tuple[Any, ...]:
    """A request's record, which is of no interface."""
    code = OK if granted == asked else THROTTLED
    return ms, node, "RunInstances", asked, granted, attempt, code, tokens, -1


@pytest.mark.parametrize(
    ("asked", "requests", "instances", "launched", "rows"),
    [
        ([7], (5, 1), (5, 1), [(1, 7)], [row(7, 1, 1, 1, 1, 4)]),
        ([7, 7, 7], (5, 1), (5, 1), [(1, 7), (2, 7), (3, 7)], [row(7, 1, 3, 3, 1, 4)]),
        (  # two instances at once, then one each second
            [7, 7, 7, 7],
            (5, 1),
            (2, 1),
            [(1, 7), (2, 7), (3, 1007), (4, 2007)],
            [row(7, 1, 4, 2, 1, 4), row(1007, 3, 2, 1, 2, 4), row(2007, 4, 1, 1, 3, 4)],
        ),
        (  # no request for a while
            [7, 9],
            (1, 1),
            (9, 9),
            [(1, 7), (2, 1009)],
            [row(7, 1, 1, 1, 1, 0), row(9, 2, 1, 0, 1, 0), row(1009, 2, 1, 1, 2, 0)],
        ),
        (  # who asks while others wait waits with them, and a new request begins anew
            [7, 7, 500, 3000],
            (5, 1),
            (1, 2),
            [(1, 7), (2, 1007), (3, 2007), (4, 3000)],
            [
                row(7, 1, 2, 1, 1, 4),
                row(1007, 2, 2, 1, 2, 4),
                row(2007, 3, 1, 1, 3, 4),
                row(3000, 4, 1, 1, 1, 4),
            ],
        ),
    ],
)
def test_launches(
    asked: list[int],
    requests: tuple[int, int],
    instances: tuple[int, int],
    launched: list[tuple[int, int]],
    rows: list[tuple[Any, ...]],
) -> None:
    """Nodes are launched in their order, as both buckets allow; each request has its record."""
    found = Launching(asked, requests, instances)
    assert found.launched == launched
    assert found.rows == rows
