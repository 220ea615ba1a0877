"""What a scenario asks for and its run never comes to."""

from __future__ import annotations

from collections.abc import Iterator

from .aws import Aws
from .checks import GROUPS, SUBNETS
from .errors import Path
from .messages import Complaint
from .models import ScenarioModel
from .units import format_duration
from .workload import CronJob, Deployment, Job, Pattern, Poisson, Trace, Workload


def too_late(model: ScenarioModel) -> Iterator[Complaint]:
    """Times at or after the end of the run, and schedules without a time before it."""
    assert model.duration is not None, "filled in before"
    end = format_duration(model.duration)
    for path, time in _times(model):
        if time >= model.duration:
            yield Complaint(path, f"never comes: the run ends at {end}")
    for index, workload in enumerate(model.workload):
        if isinstance(workload, CronJob) and not _fires(workload, model.duration):
            message = f"never fires: the run starts on a Monday at 00:00 and ends {end} later"
            yield Complaint(("workload", index, "schedule"), message)


def _times(model: ScenarioModel) -> Iterator[tuple[Path, int]]:
    """All times that are given, and where."""
    for index, group in enumerate(model.cluster.node_groups):
        path = (*GROUPS, index)
        yield from (((*path, "nodes", i, "at"), step.at) for i, step in enumerate(group.nodes))
        yield from (((*path, "cordons", i), time) for i, time in enumerate(group.cordons))
        yield from (((*path, "recycle", i, "at"), one.at) for i, one in enumerate(group.recycle))
    for index, subnet in enumerate(model.cluster.subnets):
        changes = enumerate(subnet.tag_changes)
        yield from (((*SUBNETS, index, "tag_changes", i, "at"), one.at) for i, one in changes)
        reserved = enumerate(subnet.reservations)
        yield from (((*SUBNETS, index, "reservations", i, "at"), one.at) for i, one in reserved)
    outages = enumerate(model.cluster.zone_outages)
    yield from ((("cluster", "zone_outages", i, "at"), one.at) for i, one in outages)
    yield from _times_of_account(model.aws)
    yield from ((("aws", "faults", i, "from"), one.from_) for i, one in enumerate(model.aws.faults))
    for index, workload in enumerate(model.workload):
        yield from _times_of(("workload", index), workload)
    yield from ((("change", i, "at"), one.at) for i, one in enumerate(model.change))


def _times_of_account(aws: Aws) -> Iterator[tuple[Path, int]]:
    for index, tenant in enumerate(aws.tenants):
        path = ("aws", "tenants", index, "bursts")
        yield from (((*path, i, "at"), one.at) for i, one in enumerate(tenant.bursts))
    changes, impaired = enumerate(aws.quota_changes), enumerate(aws.impairments)
    yield from ((("aws", "quota_changes", i, "at"), one.at) for i, one in changes)
    yield from ((("aws", "impairments", i, "from"), one.from_) for i, one in impaired)


def _times_of(path: Path, workload: Workload) -> Iterator[tuple[Path, int]]:
    if isinstance(workload, Job | Trace | Pattern):
        yield (*path, "at"), workload.at
    elif isinstance(workload, Deployment):
        for key, ones in (("replicas", workload.replicas), ("updates", workload.updates)):
            yield from (((*path, key, i, "at"), one.at) for i, one in enumerate(ones))
    elif isinstance(workload, Poisson):
        rates = enumerate(workload.arrivals_per_minute)
        yield from (((*path, "arrivals_per_minute", i, "at"), rate.at) for i, rate in rates)


def _fires(workload: CronJob, duration: int) -> bool:
    from ..workload.arrivals import cron_times

    return any(True for _ in cron_times(workload, duration))
