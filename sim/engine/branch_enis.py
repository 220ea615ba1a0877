"""The resource controller's part of a world: trunk ENIs, and branch ENIs of pods."""

from __future__ import annotations

from typing import cast

from sim.aws.buckets import TokenBucket
from sim.aws.client import Region
from sim.kube.api import Api
from sim.kube.branch_scheduler import BranchScheduler
from sim.kube.resource_controller import (
    ASSOCIATE,
    DISASSOCIATE,
    INSTANCE_ATTACH,
    ControllerTimes,
    ResourceController,
)
from sim.randomness import Streams, sampler
from sim.scenario.aws import Aws, SizedBucket
from sim.scenario.distributions import OneDistribution, lognormal
from sim.scenario.models import ScenarioModel
from sim.scenario.resource_controller import ResourceController as ControllerModel

ACTIONS = (INSTANCE_ATTACH, ASSOCIATE, DISASSOCIATE)
"""EC2's actions that only the controller calls."""

BUCKET = SizedBucket(50, 5)
"""Of each of them: EC2's mutating actions that are not listed (ec2-api-throttling)."""

LATENCY = lognormal(200, 1000)
"""Assumed, as ModifyNetworkInterfaceAttribute's."""


def has_pod_enis(model: ScenarioModel) -> bool:
    """Whether some node's daemon asks for a trunk ENI, now or after a change of settings."""
    at_first = (settings for _, settings in model.group_settings())
    later = (change.ipamd for change in model.change)
    return any(one.ENABLE_POD_ENI for one in (*at_first, *later))


def controller_actions(model: ScenarioModel) -> tuple[str, ...]:
    """The actions that come with the controller."""
    return ACTIONS if has_pod_enis(model) else ()


def start_controller(
    model: ScenarioModel, api: Api, region: Region, streams: Streams
) -> ResourceController | None:
    """Makes the cluster's controller; None if no node asks for a trunk ENI."""
    if not has_pod_enis(model):
        return None
    _provide(model.aws, region)
    spec = model.aws.resource_controller or ControllerModel()
    controller = ResourceController(
        clock=api.clock,
        region=region,
        streams=streams,
        times=ControllerTimes(
            reaction_ms=spec.reaction,
            retry_ms=spec.retry,
            branch_cooldown_ms=spec.branch_cooldown,
            requests_per_s=spec.requests_per_s,
            burst=spec.burst,
            makes_requests=spec.makes_requests,
        ),
        advertise=cast("BranchScheduler", api.scheduler).advertise,
        is_gone=lambda pod: pod.number not in api.pods,
        log=api.recorder.branch_enis.append,
    )
    api.controller = controller
    api.kubelets.has_branch_eni = controller.has_branch_eni
    return controller


def _provide(aws: Aws, region: Region) -> None:
    """Buckets, where the scenario gives none, and latencies of the controller's own actions."""
    given: dict[str, OneDistribution] = {str(key): one for key, one in aws.latency.items()}
    for action in ACTIONS:
        region.latency[action] = sampler(given.get(action, LATENCY))
        if action not in aws.buckets:
            region.buckets[action] = TokenBucket(*BUCKET.times(aws.quota_multiplier))
