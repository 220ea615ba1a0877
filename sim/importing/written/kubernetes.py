"""Objects as ``kubectl get -o json`` prints them, from 1.31 on."""

from __future__ import annotations

from collections.abc import Iterator

from .controllers import cron_job, daemon_set, job, replica_set
from .identity import Object
from .nodes import node
from .placed import Placed
from .pods import job_of, pod_object


def objects(world: Placed) -> Iterator[Object]:
    """What ``kubectl get nodes,pods,daemonsets,replicasets,jobs,cronjobs -A -o json`` lists."""
    for one in world.nodes:
        yield node(world.plan, one)
    for pod in world.pods:
        yield pod_object(pod)
    for controller in world.plan.controllers:
        if controller.kind == "DaemonSet":
            yield daemon_set(world, controller)
    for controller in world.plan.controllers:
        if controller.kind == "Deployment":
            yield replica_set(world.plan, controller)
    yield from _batch(world)


def _batch(world: Placed) -> Iterator[Object]:
    seen = set()
    for pod in world.pods:
        if pod.controller.kind in ("Job", "CronJob"):
            name = job_of(pod)
            if (pod.controller.namespace, name) not in seen:
                seen.add((pod.controller.namespace, name))
                yield job(world.plan, pod)
    for controller in world.plan.controllers:
        if controller.kind == "CronJob":
            yield cron_job(controller)
