"""Others in the account: their requests drink from the same buckets as the nodes'.

Of the requests made in one ms the nodes' come first. So those of others are made at the beginning
of the ms after, before anything else happens in it, and counted in their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.clock import Clock, Order

from .buckets import TokenBucket
from .client import backoff_ms


@dataclass(slots=True)
class Ledger:
    """How many requests tenants made of each action in each second, and how they fared.

    Args:
        append: takes a row: (ms at which the second begins, tenant, action, requests, throttled
            ones, calls that were given up).
    """

    append: Callable[[tuple[int, ...]], object]
    _second: int = 0
    _counts: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def count(self, made_ms: int, who: tuple[int, int], throttled: bool, given_up: bool) -> None:
        """Counts a request of a tenant's for an action; times must not fall."""
        second = made_ms // 1000
        if second != self._second:
            self.close()
            self._second = second
        counts = self._counts.setdefault(who, [0, 0, 0])
        counts[0] += 1
        counts[1] += throttled
        counts[2] += given_up

    def close(self) -> None:
        """Writes what the last second brought."""
        for who in sorted(self._counts):
            self.append((self._second * 1000, *who, *self._counts[who]))
        self._counts.clear()


@dataclass(slots=True)
class Tenant:
    """One of the others, with as many clients as it likes.

    Args:
        clock: the clock.
        buckets: the account's, by action.
        attempts: requests per call, the first included.
        throttled_latency: the time to the answer RequestLimitExceeded, from a uniform number.
        uniform: a stream on [0, 1), for the waits before further attempts.
        count: takes (ms, action, whether throttled, whether the call is given up).
    """

    clock: Clock
    buckets: Mapping[str, TokenBucket]
    attempts: int
    throttled_latency: Callable[[float], int]
    uniform: Callable[[], float]
    count: Callable[[int, str, bool, bool], None]

    def poisson(self, action: str, per_s: float, stream: random.Random) -> None:
        """Calls that come independently of each other, from now on."""
        per_ms = per_s / 1000

        def come(at: float) -> None:
            self.clock.call(int(at) + 1 - self.clock.now, Order.OTHERS, arrive, at)

        def arrive(at: float) -> None:
            self._request((action, 1))
            come(at + stream.expovariate(per_ms))

        come(stream.expovariate(per_ms))

    def bursts(  # noqa: PLR0913 (a burst is all of these)
        self,
        action: str,
        requests: int,
        at_ms: int,
        every_ms: int,
        until_ms: int,
        spread_ms: int,
        uniform: Callable[[], float],
    ) -> None:
        """So many calls again and again, each within ``spread_ms`` of a burst's beginning."""

        def begin(at: int) -> None:
            if at >= until_ms:
                return
            for _ in range(requests):
                if spread_ms:
                    later = int(uniform() * spread_ms)
                    self.clock.call(later, Order.OTHERS, self._request, (action, 1))
                else:
                    self._request((action, 1))
            self.clock.call(every_ms, Order.OTHERS, begin, at + every_ms)

        self.clock.call(at_ms + 1, Order.OTHERS, begin, at_ms)

    def _request(self, what: tuple[str, int]) -> None:
        """The n-th attempt of a call, made in the ms before."""
        action, attempt = what
        made, bucket = self.clock.now - 1, self.buckets.get(action)
        throttled = bucket is not None and not bucket.take(made)
        is_retried = throttled and attempt < self.attempts
        self.count(made, action, throttled, throttled and not is_retried)
        if is_retried:
            wait = self.throttled_latency(self.uniform()) + backoff_ms(attempt, self.uniform())
            self.clock.call(wait, Order.OTHERS, self._request, (action, attempt + 1))
