"""What the same seeds for all settings are worth."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

TOOL = Path(__file__).parent.parent.parent / "tools" / "common_luck.py"


def test_the_same_luck_narrows_differences() -> None:
    """On the shipped Poisson scenario the variance of held addresses shrinks at least 4 times."""
    tool: dict[str, Any] = runpy.run_path(str(TOOL))
    found = tool["ratios"]()
    print(tool["table"](found))  # noqa: T201 (shown with -s, and where it fails)
    alike = found["WARM_IP_TARGET 3 or 5"]
    assert alike["held_mean"] >= 4
    assert alike["held_peak"] >= 4
