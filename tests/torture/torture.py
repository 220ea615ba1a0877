"""What tests share that kill, fill and interrupt: how often they do it, and the command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "sim")
COLOURS = {"FORCE_COLOR", "TTY_COMPATIBLE"}
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in COLOURS}
ENVIRONMENT |= {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
LONG = "TORTURE_KILLS" in os.environ
"""Whether `make torture` calls, with more of everything."""

Process = subprocess.Popen[str]


def times(of: str) -> int:
    """How often something is done: once, or as `make torture` says, with TORTURE_KILLS of kills."""
    return int(os.environ.get(f"TORTURE_{of}", "1"))


def started(*arguments: str) -> Process:
    """``ipamd-sim`` in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
