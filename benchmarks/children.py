"""Commands in processes of their own, so that time and memory are theirs alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
IPAMD_SIM = [sys.executable, "-m", "sim"]

_LAUNCHER = """\
import json, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
seconds = time.monotonic() - started
print(json.dumps([code, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
"""A small process in between: a child's peak begins with the memory of what started it."""

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class CommandFailedError(Exception):
    """A command ended with another code than 0."""


@dataclass(frozen=True)
class Child:
    """What a command took: seconds of real time, and its peak memory."""

    seconds: float
    peak_bytes: int

    @property
    def peak_gb(self) -> float:
        """In GB of 10^9 bytes."""
        return self.peak_bytes / 1e9


def child(command: list[str]) -> Child:
    """Runs a command from the root of the checkout; what it says on standard error is shown.

    Raises:
        CommandFailedError: so it did.
    """
    launcher = [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    code, seconds, peak = json.loads(done.stdout)
    if code:
        raise CommandFailedError(f"{' '.join(command)} ended with {code}")
    return Child(seconds, peak * _PEAK_UNIT)


def printed(command: list[str]) -> Any:
    """The JSON that a command prints."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def imported(command: list[str]) -> set[str]:
    """The modules that a Python command imports.

    Raises:
        CommandFailedError: so it did.
    """
    asked = [command[0], "-X", "importtime", *command[1:]]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailedError(f"{' '.join(command)} ended with {done.returncode}")
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[1].strip() for line in lines}
