"""What the VPC CNI's version makes of a world besides the daemon's settings: the SDK's retries."""

from __future__ import annotations

from sim.aws.client import RETRY_COST, Sdk, backoff_ms, backoff_v1_ms
from sim.scenario.cni_versions import SDK_V2, has
from sim.scenario.models import ScenarioModel

ATTEMPTS_V1 = 11
"""MaxRetries 10 of AWS SDK v1, and the first."""


def attempts_of(model: ScenarioModel) -> int:
    """Attempts per call: those that the scenario gives, else the version's."""
    is_given = "retry_attempts" in model.aws.model_fields_set
    if is_given or has(SDK_V2, model.cni):
        return model.aws.retry_attempts
    return ATTEMPTS_V1


def sdk_of(model: ScenarioModel) -> Sdk:
    """How the SDK of this version retries; v1 has no quota."""
    if has(SDK_V2, model.cni):
        return Sdk(backoff_ms, RETRY_COST)
    return Sdk(backoff_v1_ms, 0)
