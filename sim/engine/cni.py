"""What the VPC CNI's version makes of a world besides the daemon's settings: the SDK's retries."""

from __future__ import annotations

from sim.aws.client import RETRY_COST, Sdk, backoff_ms, backoff_v1_ms
from sim.scenario.cni_versions import SDK_V2, has
from sim.scenario.models import ScenarioModel


def sdk_of(model: ScenarioModel) -> Sdk:
    """How the SDK of this version retries; v1 has no quota."""
    if has(SDK_V2, model.cni):
        return Sdk(backoff_ms, RETRY_COST)
    return Sdk(backoff_v1_ms, 0)
