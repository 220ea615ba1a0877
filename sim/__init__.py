"""ipamd-sim: a discrete-event simulator of the Amazon VPC CNI's IP address daemon.

``run(Scenario.load("scenario.yaml"))`` gives a `Result`; `compare`, `recommend` and `sweep` do many
runs. What is named here is imported when it is first used, so that ``import sim`` and the command's
help cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.run import run
    from .results.result import Result
    from .scenario.errors import InputError
    from .scenario.load import Scenario
    from .study.compare import compare
    from .study.recommend import recommend
    from .study.sweep import sweep

    __version__: str

__all__ = [
    "InputError",
    "Result",
    "Scenario",
    "__version__",
    "compare",
    "recommend",
    "run",
    "sweep",
]

_MODULES = {
    "InputError": "scenario.errors",
    "Result": "results.result",
    "Scenario": "scenario.load",
    "compare": "study.compare",
    "recommend": "study.recommend",
    "run": "engine.run",
    "sweep": "study.sweep",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ipamd-sim")
    if name in _MODULES:
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
