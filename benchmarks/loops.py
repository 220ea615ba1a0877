"""Bare loops in a process of their own, to be started at the same time as others.

Usage: python -m benchmarks.loops SHARE TIMES; says so when it is ready, and begins when told to.
"""

from __future__ import annotations

import sys

from .pods import floor
from .ratios import BUSY


def main() -> None:
    """Runs the floor of a share of the busy case so many times."""
    load, times = BUSY.scaled(float(sys.argv[1])), int(sys.argv[2])
    pods = load.pods()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        floor(pods, load.duration_ms)


if __name__ == "__main__":
    main()
