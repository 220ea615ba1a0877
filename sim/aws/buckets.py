"""The token bucket that EC2 keeps for each action of an account in a Region.

Source: EC2 developer guide, "Request throttling for the Amazon EC2 API".
"""

from __future__ import annotations


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
            self._fill(second)
        if self.tokens == 0:
            return False
        self.tokens -= 1
        return True

    def resize(self, size: int, refill_per_s: int, now_ms: int) -> None:
        """Has another size and refill from ``now_ms`` on; a larger one fills up by its refill."""
        self._fill(now_ms // 1000)
        self.size, self.refill_per_s = size, refill_per_s
        self.tokens = min(self.tokens, size)

    def _fill(self, second: int) -> None:
        added = (second - self._second) * self.refill_per_s
        self.tokens = min(self.size, self.tokens + added)
        self._second = second
