"""Which versions a result comes from."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from sim.aws.instance_types import TABLE_DATE
from sim.kube.max_pods import CNI_VERSION

LIBRARIES = ("numpy", "pandas", "pyarrow", "pydantic", "simpy")


def modelled_versions(cni: str = "") -> dict[str, str]:
    """Versions of the tool, of the CNI it models, and the date of the instance limits.

    ``cni`` is the version that a scenario gives, if any.
    """
    return {
        "ipamd_sim": _version("ipamd-sim"),
        "cni": f"v{(cni or CNI_VERSION).removeprefix('v')}",
        "limits_table": TABLE_DATE,
    }


def all_versions() -> dict[str, str]:
    """These, and what the tool runs on."""
    libraries = {name: _version(name) for name in LIBRARIES}
    return {**modelled_versions(), "python": platform.python_version(), **libraries}


@cache
def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
