"""What a user writes under ``aws``: the account's buckets, latencies and what drinks along."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from .account import Impairment, QuotaChange, Tenant
from .actions import Action, AnyAction
from .base import Strict
from .distributions import Distribution, constant, lognormal
from .resource_controller import ResourceController
from .units import Duration


class Bucket(Strict):
    """A token bucket: full at the start, whole tokens added at each whole second."""

    max: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        description="Tokens it holds when full: the largest burst of requests."
    )
    refill_per_s: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        description="Tokens added each second: the rate of requests it sustains."
    )


class Fault(Strict):
    """A window of time in which EC2 answers requests with an error."""

    UNSAID: ClassVar = frozenset({"answer_lost"})

    actions: Annotated[list[Action], Field(min_length=1)] | None = Field(
        None, description="The actions it is about; all of them if not given."
    )
    from_: Duration = Field(0, alias="from", description="The first request it is about.")
    to: Annotated[Duration, Field(gt=0)] | None = Field(
        None, description="Requests from then on are carried out again; to the end if not given."
    )
    code: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.]*$", max_length=100)] = Field(
        "InternalError", description="EC2's error code, such as UnauthorizedOperation."
    )
    http_status: Annotated[int, Field(ge=400, le=599)] = Field(
        500,
        description="Of the answer; the SDK retries 500, 502, 503 and 504, and codes of "
        "throttling. Source: aws-sdk-go-v2 aws/retry, standard.go.",
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="Share of the requests in the window that fail, at random."
    )
    answer_lost: bool = Field(
        False,
        description="EC2 does what it was asked for all the same: it is only its answer that does "
        "not come. By default it does nothing.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to is not None and self.to <= self.from_:
            raise ValueError("to is not after from")
        return self


class SizedBucket(NamedTuple):
    """A bucket as EC2 has it: its size, and tokens a second."""

    size: int
    refill_per_s: int

    def times(self, factor: float) -> SizedBucket:
        """The bucket of a quota that is so many times this one's."""
        return SizedBucket(max(1, round(self.size * factor)), round(self.refill_per_s * factor))


LAUNCHED_INSTANCES = 1_000, 2
"""The bucket of instances of RunInstances: its size, and its refill a second."""

OTHERS = "others"
"""The name of the tenant that ``other_requests`` is short for."""

THROTTLING_PAGE = "EC2 developer guide, ec2-api-throttling"

DEFAULT_BUCKETS: dict[AnyAction, Bucket] = {
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
    "AssignIpv6Addresses": Bucket(max=100, refill_per_s=5),
}

OTHERS_BUCKETS: dict[AnyAction, Bucket] = {
    "DescribeSecurityGroups": Bucket(max=100, refill_per_s=20),
    "AssociateTrunkInterface": Bucket(max=50, refill_per_s=5),
    "CreateNetworkInterfacePermission": Bucket(max=50, refill_per_s=5),
    "DisassociateTrunkInterface": Bucket(max=50, refill_per_s=5),
}
"""Buckets of actions that ipamd does not call, there if a tenant calls them."""

CATEGORY_BUCKETS = {
    "Describe": Bucket(max=100, refill_per_s=20),
    "": Bucket(max=50, refill_per_s=5),
}
"""One bucket for all actions whose names begin so, the first that fits."""

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
    "AssignIpv6Addresses": lognormal(500, 1500),
}


class Aws(Strict):
    """EC2 as one account sees it in one Region."""

    UNSAID: ClassVar = frozenset(
        {
            *("faults", "impairments", "prefix_spill_over", "quota_changes"),
            *("resource_controller", "shared_buckets", "tenants", "limit_launches"),
        }
    )

    quota_multiplier: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="Multiplies size and refill of every bucket, as a raised quota would."
    )
    shared_buckets: bool = Field(
        False,
        description="One bucket for all Describe actions, of 100 tokens and 20 a second, as EC2 "
        "had it before each action had its own (EC2 API reference, API request throttling), and "
        "one of 50 tokens and 5 a second for all others (of today's mutating actions; assumed). "
        "An action that is given in buckets keeps its own.",
    )
    buckets: dict[AnyAction, Bucket | None] = Field(
        default_factory=dict,
        description="Buckets that differ from the defaults; null: the action is not throttled. "
        f"Source of the defaults: {THROTTLING_PAGE}.",
    )
    latency: dict[AnyAction, Distribution] = Field(
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
        "from the same bucket. Short for a tenant named others.",
    )
    tenants: list[Tenant] = Field(
        default_factory=list,
        description="Who else in the account calls EC2: their requests drink from the same buckets "
        "as the nodes', and what is throttled of them is reported.",
    )
    quota_changes: list[QuotaChange] = Field(
        default_factory=list, description="Quotas that change during the run."
    )
    impairments: list[Impairment] = Field(
        default_factory=list, description="Times in which EC2 is impaired."
    )
    faults: list[Fault] = Field(
        default_factory=list,
        description="Windows in which requests fail, whatever the buckets hold: EC2 impaired, or a "
        "permission that is missing.",
    )
    resource_controller: ResourceController | None = Field(
        None,
        description="How AWS's controller of trunk and branch ENIs works, where ENABLE_POD_ENI is "
        "on; its EC2 requests drink from the same buckets.",
    )
    retry_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        3,
        description="Attempts of the SDK per call, the first included (AWS_MAX_ATTEMPTS; the "
        "EC2 client of v1.23.1 keeps the SDK's default of 3; before v1.19.4 11 if not given).",
    )
    prefix_spill_over: bool = Field(
        False,
        description="Whether EC2 takes a /28 from the rest of a subnet once none is left in its "
        "prefix reservations. Documented is that prefixes come from the reservations if there are "
        "any (EC2 user guide, ec2-prefix-eni), so that a request fails then; some plan with the "
        "spill-over (pytorch/ci-infra #544).",
    )
    limit_launches: bool = Field(
        False,
        description="Nodes are launched as EC2's limits on RunInstances allow: 5 requests and 2 a "
        "second, 1,000 instances and 2 a second, times quota_multiplier but at least one a "
        "second. Source: "
        f"{THROTTLING_PAGE}.",
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
        """The bucket of each throttled action at the start, the quota counted in.

        With ``shared_buckets`` the actions of a category have one bucket in common.
        """
        called: dict[AnyAction, None] = {a: None for one in self.tenants for a in one.actions()}
        known: dict[AnyAction, Bucket | None] = {
            **DEFAULT_BUCKETS,
            **{action: OTHERS_BUCKETS[action] for action in called if action in OTHERS_BUCKETS},
        }
        if self.shared_buckets:
            known = {action: CATEGORY_BUCKETS[category_of(action)] for action in known}
        known.update(self.buckets)
        return {
            action: SizedBucket(one.max, one.refill_per_s).times(self.quota_multiplier)
            for action, one in known.items()
            if one is not None
        }

    def quotas(self, action: str) -> list[tuple[int, SizedBucket]]:
        """(from which ms on, the bucket) of a throttled action, in order of time."""
        first = self.sized_buckets()[action]
        changes = sorted(self.quota_changes, key=lambda change: change.at)
        ours = [one for one in changes if one.actions is None or action in one.actions]
        return [(0, first), *((one.at, first.times(one.multiplier)) for one in ours)]

    def all_tenants(self) -> list[Tenant]:
        """The tenants, and before them what ``other_requests`` is short for."""
        if not any(self.other_requests.values()):
            return self.tenants
        rates = {action: rate for action, rate in self.other_requests.items() if rate}
        return [Tenant(name=OTHERS, requests_per_s=rates), *self.tenants]  # type: ignore[arg-type]

    def all_faults(self) -> list[Fault]:
        """The faults, and after them the errors of impairments."""
        errors = (
            Fault.model_construct(
                actions=one.actions, from_=one.from_, to=one.to, share=one.error_share
            )
            for one in self.impairments
            if one.error_share
        )
        return [*self.faults, *errors]


def category_of(action: str) -> str:
    """The category of EC2's older throttling that an action is in: Describe, or all others."""
    return next(start for start in CATEGORY_BUCKETS if action.startswith(start))
