"""What a user writes under ``kube``: scheduler, kubelet and container times."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from .base import Strict
from .distributions import Distribution, constant, uniform
from .units import Duration


class Kube(Strict):
    """What Kubernetes adds between a pod's creation and its start, and around its end."""

    UNSAID: ClassVar = frozenset({"aws_node_restart_max"})

    scheduling: Literal["least_allocated", "most_allocated"] = Field(
        "least_allocated", description="Score of the NodeResourcesFit plugin."
    )
    first_nodes_timeout: Duration = Field(
        300_000,
        description="Pods are bound from the moment on at which all nodes of time 0 are Ready, at "
        "the latest after this: a scenario begins with a cluster that runs, not with pods that "
        "pile up on the first node to come (assumed). 0s: as soon as a node fits.",
    )
    schedule_time: Distribution = Field(
        constant(10), description="From creation to binding, if a node fits (kubernetes #42000)."
    )
    sandbox_time: Distribution = Field(
        constant(500),
        description="From binding to the first CNI ADD: sandbox creation (kubernetes #130432). "
        "Later tries come right after their wait.",
    )
    image_pull_time: Distribution = Field(
        constant(2_000), description="Image pull after the address; 0s if cached (assumed)."
    )
    container_start_time: Distribution = Field(
        constant(500), description="Container start after the pull (kubernetes #130432)."
    )
    add_retry: Distribution = Field(
        uniform(10_000, 15_000),
        description="Wait after a failed CNI ADD before the pod worker tries again; flat, not "
        "exponential (pod_workers.go completeWork: backOffPeriod 10 s, jitter 0.5).",
    )
    not_initialised_retry: Distribution = Field(
        uniform(1_000, 1_500),
        description="Wait while the node has no CNI yet (backOffOnTransientErrorPeriod).",
    )
    sync_tick: Duration = Field(
        1_000, description="The pod worker's queue is drained once in this time (syncLoop)."
    )
    teardown_time: Distribution = Field(
        constant(300),
        description="From the last container's end to the CNI DEL (containerd StopPodSandbox).",
    )
    aws_node_restart: Distribution = Field(
        constant(10_000),
        description="From a failed start of aws-node to the next (CrashLoopBackOff's first step); "
        "it doubles with each failed start that follows.",
    )
    aws_node_restart_max: Duration | None = Field(
        None,
        description="Up to where the wait between failed starts doubles: 5m if not given "
        "(MaxContainerBackOff). The same as aws_node_restart: it stays as it is.",
    )
    drain_timeout: Duration = Field(
        300_000,
        description="A drained node is terminated at the latest after this (assumed).",
    )

    @model_validator(mode="after")
    def _time_passes_between_tries(self) -> Self:
        for retry in ("add_retry", "not_initialised_retry"):
            if self.sync_tick == 0 and getattr(self, retry).is_always_zero:
                raise ValueError(f"{retry} and sync_tick are both 0: a pod would ask for ever")
        return self
