"""What a user writes under ``aws.resource_controller``: the controller of branch ENIs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Strict
from .units import Duration


class ResourceController(Strict):
    """The VPC resource controller, which EKS runs for each cluster beside its API server."""

    reaction: Duration = Field(
        500,
        description="From a patch of CNINode, or a pod bound to its node, to the controller's "
        "work on it (assumed).",
    )
    retry: Annotated[Duration, Field(gt=0)] = Field(
        300_000,
        description="A trunk ENI that could not be attached is tried again with the next event of "
        "the node: the kubelet's nodeStatusReportFrequency. Source: amazon-vpc-resource-"
        "controller-k8s pkg/node/manager performAsyncOperation.",
    )
    branch_cooldown: Annotated[Duration, Field(ge=30_000)] = Field(
        60_000,
        description="A branch ENI is kept this long after its pod (branch-eni-cooldown in the "
        "ConfigMap amazon-vpc-cni, at least 30 s); it is deleted by a look each 30 s. Source: "
        "pkg/provider/branch/cooldown.",
    )
    requests_per_s: Annotated[int, Field(ge=1, le=10_000)] = Field(
        12, description="Its own limit on EC2 requests (main.go user-client-qps)."
    )
    burst: Annotated[int, Field(ge=1, le=10_000)] = Field(
        18, description="Requests it may make at once (main.go user-client-burst)."
    )
    makes_requests: bool = Field(
        True,
        description="false: a trunk ENI comes without EC2 requests, and on every instance type, as "
        "in the recordings of the real daemon.",
    )
