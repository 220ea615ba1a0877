"""What happened in a run, and why: in words, and as the cluster was at an instant.

Everything said here is derived from the records of a run; nothing is guessed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .node import explain_node
    from .pod import explain_pod
    from .states import Snapshot, snapshot
    from .story import Line, Story
    from .subnet import explain_subnet

__all__ = ["Line", "Snapshot", "Story", "explain_node", "explain_pod", "explain_subnet", "snapshot"]

_MODULES = {
    "Line": "story",
    "Snapshot": "states",
    "Story": "story",
    "explain_node": "node",
    "explain_pod": "pod",
    "explain_subnet": "subnet",
    "snapshot": "states",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
