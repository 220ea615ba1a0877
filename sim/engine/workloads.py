"""From what a scenario says of its workload to the controllers that create its pods."""

from __future__ import annotations

from sim.clock import Order
from sim.kube.api import Api
from sim.kube.controllers import (
    ArrivalsController,
    CronJobController,
    JobController,
    JobSpec,
    PodSource,
)
from sim.kube.deployments import DeploymentController, Rollout
from sim.kube.pods import Template
from sim.randomness import Streams, keyed_sampler
from sim.scenario.load import Scenario
from sim.scenario.models import ScenarioModel
from sim.scenario.workload import CronJob, Deployment, Job, Pattern, Poisson, Trace
from sim.workload.arrivals import cron_times, poisson, trace
from sim.workload.patterns import deployment_of

from .purposes import Purpose

ControlledModel = Deployment | Job | CronJob


def start_workloads(scenario: Scenario, api: Api, streams: Streams, duration_ms: int) -> None:
    """Puts all workloads of the scenario on the clock."""
    model = scenario.model
    for number, given in enumerate(model.workload):
        spec = deployment_of(given, streams, duration_ms) if isinstance(given, Pattern) else given
        api.recorder.names.workloads.append(spec.name)
        template = _template(model, spec, number, streams)
        if isinstance(spec, Poisson):
            arrivals = poisson(spec, streams, duration_ms)
            ArrivalsController(api, api.clock, template, arrivals).start()
        elif isinstance(spec, Trace):
            arrivals = trace(spec, scenario.traces[spec.name], streams, duration_ms)
            ArrivalsController(api, api.clock, template, arrivals).start()
        else:
            _start_controller(spec, _source(spec, api, template), duration_ms)


def _template(
    model: ScenarioModel, spec: ControlledModel | Poisson | Trace, number: int, streams: Streams
) -> Template:
    group_numbers = {group.name: i for i, group in enumerate(model.cluster.node_groups)}
    groups = None
    if spec.node_groups is not None:
        groups = frozenset(group_numbers[name] for name in spec.node_groups)
    return Template(
        workload=number,
        name=spec.name,
        key=streams.key("workload", spec.name),
        cpu=spec.requests.cpu,
        memory=spec.requests.memory,
        groups=groups,
        security_groups=spec.security_groups,
    )


def _source(spec: ControlledModel, api: Api, template: Template) -> PodSource:
    return PodSource(
        api=api,
        clock=api.clock,
        template=template,
        lifetime=keyed_sampler(spec.lifetime, Purpose.LIFETIME) if spec.lifetime else None,
        termination=keyed_sampler(spec.termination_time, Purpose.TERMINATION),
    )


def _start_controller(spec: ControlledModel, source: PodSource, duration_ms: int) -> None:
    if isinstance(spec, Deployment):
        steps = [(step.at, step.replicas) for step in spec.replicas]
        updates = [Rollout(u.at, u.maxSurge, u.maxUnavailable) for u in spec.updates]
        DeploymentController(source, steps, updates).start()
        return
    seconds = spec.activeDeadlineSeconds
    deadline = None if seconds is None else seconds * 1000
    job = JobSpec(spec.completions, spec.parallelism, deadline)
    if isinstance(spec, Job):
        source.clock.call(spec.at, Order.POD_ADD, JobController(source, job).start)
    else:
        times = cron_times(spec, duration_ms)
        CronJobController(source, job, times, spec.concurrencyPolicy).start()
