"""How long the kubelet waits before it starts a container that has ended once more.

Source: kubernetes pkg/kubelet/kuberuntime (doBackOff) and client-go flowcontrol.Backoff: the wait
doubles with each restart, up to five minutes, and starts anew once none was for ten minutes. The
first restart, which a kubelet makes at once, is taken to wait like the second.
"""

from __future__ import annotations

QUIET_MS = 600_000
"""A container that was not restarted for longer than this starts from the first wait again."""


class CrashLoop:
    """The waits of one pod's container.

    Args:
        most_ms: no wait is longer, unless the first one is.
    """

    def __init__(self, most_ms: int) -> None:
        self._most = most_ms
        self._doubled = 0
        self._restarted_ms = 0

    def wait(self, first_ms: int, now: int) -> int:
        """The wait after a container that ended ``now``.

        Args:
            first_ms: what it is for the first restart, and doubles.
            now: ms of the run.
        """
        if now - self._restarted_ms > QUIET_MS:
            self._doubled = 0
        wait = max(min(first_ms << self._doubled, self._most), first_ms)
        self._doubled += first_ms << self._doubled < self._most
        self._restarted_ms = now + wait
        return wait
