"""What was measured as plain data, with the machine, the versions and the date."""

from __future__ import annotations

import datetime
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.results.versions import all_versions

from .sizes import Size
from .table import Part

KEYS = ("busy", "busy_prefixes", "quiet", "idle_week", "growth", "memory_month")


def ratios(parts: list[Part]) -> dict[str, float]:
    """One ratio a key, of those that could be measured."""
    rows = {row.case: row.measured.median for part in parts for row in part.rows}
    return {key: round(rows[key], 4) for key in KEYS if key in rows}


def described(size: Size, parts: list[Part]) -> dict[str, Any]:
    """The rows and notes, and where they come from."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "size": size.name,
        "machine": _machine(),
        "versions": all_versions(),
        "rows": [asdict(row) for part in parts for row in part.rows],
        "notes": [note for part in parts for note in part.notes],
    }


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cpu() -> str:
    """The processor's model name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
