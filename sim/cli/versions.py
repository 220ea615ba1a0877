"""What ``--version`` and the report of a fault say."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions() -> str:
    """Versions of the tool, of what it models and of what it runs on, in one line."""
    from sim.aws.instance_types import TABLE_DATE
    from sim.kube.max_pods import CNI_VERSION

    return (
        f"ipamd-sim {version('ipamd-sim')} (models VPC CNI v{CNI_VERSION}, instance limits of "
        f"{TABLE_DATE}; Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()})"
    )
