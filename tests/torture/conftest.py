"""What tests share that kill, fill and interrupt. `make torture` does each of it many times."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "study"))  # its small study

from disks import disk
from sweeps import study
from torture import LONG

collect_ignore_glob = [] if LONG else ["test_long_*.py"]
"""What other tests do once, in this process, is only here done again and again from outside."""

__all__ = ["disk", "study"]
