"""What a user writes under ``aws``: the account's buckets, latencies and what drinks along."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from .base import Strict
from .distributions import Distribution, constant, lognormal

Action = Literal[
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "CreateTags",
    "DeleteNetworkInterface",
    "DescribeInstances",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DetachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "UnassignPrivateIpAddresses",
]
"""The EC2 actions ipamd calls, by EC2's names."""


class Bucket(Strict):
    """A token bucket: full at the start, whole tokens added at each whole second."""

    max: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        description="Tokens it holds when full: the largest burst of requests."
    )
    refill_per_s: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        description="Tokens added each second: the rate of requests it sustains."
    )


class SizedBucket(NamedTuple):
    """A bucket as EC2 has it: its size, tokens a second, and what others take from it a second."""

    size: int
    refill_per_s: int
    others_per_s: float


THROTTLING_PAGE = "EC2 developer guide, ec2-api-throttling"

DEFAULT_BUCKETS: dict[Action, Bucket] = {
    "AssignPrivateIpAddresses": Bucket(max=100, refill_per_s=5),
    "AttachNetworkInterface": Bucket(max=50, refill_per_s=5),
    "CreateNetworkInterface": Bucket(max=100, refill_per_s=5),
    "CreateTags": Bucket(max=100, refill_per_s=10),
    "DeleteNetworkInterface": Bucket(max=100, refill_per_s=5),
    "DescribeInstances": Bucket(max=50, refill_per_s=10),
    "DescribeNetworkInterfaces": Bucket(max=50, refill_per_s=10),
    "DescribeSubnets": Bucket(max=100, refill_per_s=20),
    "DetachNetworkInterface": Bucket(max=50, refill_per_s=5),
    "ModifyNetworkInterfaceAttribute": Bucket(max=100, refill_per_s=5),
    "UnassignPrivateIpAddresses": Bucket(max=100, refill_per_s=5),
}

DEFAULT_LATENCY: dict[Action, Distribution] = {
    "AssignPrivateIpAddresses": lognormal(500, 1500),
    "AttachNetworkInterface": lognormal(900, 3000),
    "CreateNetworkInterface": lognormal(400, 1500),
    "CreateTags": lognormal(100, 500),
    "DeleteNetworkInterface": lognormal(300, 1500),
    "DescribeInstances": lognormal(100, 500),
    "DescribeNetworkInterfaces": lognormal(100, 500),
    "DescribeSubnets": lognormal(100, 500),
    "DetachNetworkInterface": lognormal(500, 2000),
    "ModifyNetworkInterfaceAttribute": lognormal(200, 1000),
    "UnassignPrivateIpAddresses": lognormal(400, 1500),
}


class Aws(Strict):
    """EC2 as one account sees it in one Region."""

    quota_multiplier: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="Multiplies size and refill of every bucket, as a raised quota would."
    )
    buckets: dict[Action, Bucket | None] = Field(
        default_factory=dict,
        description="Buckets that differ from the defaults; null: the action is not throttled. "
        f"Source of the defaults: {THROTTLING_PAGE}.",
    )
    latency: dict[Action, Distribution] = Field(
        default_factory=dict,
        description="Latencies that differ from the defaults, which are lognormals by p50 and "
        "p99 taken from logs in public issues (see the model's limits).",
    )
    throttled_latency: Distribution = Field(
        constant(100), description="Time to the answer RequestLimitExceeded (assumed)."
    )
    metadata_delay: Distribution = Field(
        lognormal(800, 8000),
        description="From a change in EC2 to its appearance in the instance metadata (vpc-cni "
        "#1872, amazon-ecs-cni-plugins #66).",
    )
    other_requests: dict[Action, Annotated[float, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict,
        description="Requests a second that others in the account make (Poisson); they drink "
        "from the same bucket.",
    )
    retry_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        3,
        description="Attempts of the SDK per call, the first included (AWS_MAX_ATTEMPTS; the "
        "EC2 client of v1.23.1 keeps the SDK's default of 3).",
    )
    prefix_placement: Literal["random", "low-first"] = Field(
        "random", description="Which free /28 EC2 hands out; undocumented, random assumed."
    )
    address_placement: Literal["random", "low-first"] = Field(
        "random",
        description="Which free address EC2 hands out; undocumented, random observed (cilium "
        "#38499, vpc-cni #2313).",
    )

    def sized_buckets(self) -> dict[str, SizedBucket]:
        """The bucket of each throttled action, the quota counted in."""
        factor, buckets = self.quota_multiplier, DEFAULT_BUCKETS | self.buckets
        return {
            action: SizedBucket(
                max(1, round(one.max * factor)),
                round(one.refill_per_s * factor),
                self.other_requests.get(action, 0.0),
            )
            for action, one in buckets.items()
            if one is not None
        }
