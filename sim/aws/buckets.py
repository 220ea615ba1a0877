"""The token bucket that EC2 keeps for each action of an account in a Region.

Source: EC2 developer guide, "Request throttling for the Amazon EC2 API".
"""

from __future__ import annotations

import random


class TokenBucket:
    """Full at the start; whole tokens are added at each whole second; a request takes one."""

    def __init__(self, size: int, refill_per_s: int) -> None:
        self.size = size
        self.refill_per_s = refill_per_s
        self.tokens = size
        self._second = 0

    def take(self, now_ms: int) -> bool:
        """Whether a request at ``now_ms`` gets a token. Times must not fall."""
        second = now_ms // 1000
        if second != self._second:
            added = (second - self._second) * self.refill_per_s
            self.tokens = min(self.size, self.tokens + added)
            self._second = second
        if self.tokens == 0:
            return False
        self.tokens -= 1
        return True


class SharedBucket(TokenBucket):
    """A bucket from which others in the account drink too, as a Poisson process."""

    def __init__(
        self, size: int, refill_per_s: int, others_per_s: float, stream: random.Random
    ) -> None:
        super().__init__(size, refill_per_s)
        self._rate_per_ms = others_per_s / 1000
        self._stream = stream
        self._next_other = stream.expovariate(self._rate_per_ms)
        self.others_refused = 0

    def take(self, now_ms: int) -> bool:
        """As `TokenBucket.take`, after all the requests that others made before."""
        while self._next_other < now_ms:
            if not super().take(int(self._next_other)):
                self.others_refused += 1
            self._next_other += self._stream.expovariate(self._rate_per_ms)
        return super().take(now_ms)
