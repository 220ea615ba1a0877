"""What else is in the account: others' load, raised quotas, times in which EC2 is impaired."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from .actions import Action, AnyAction
from .base import Strict
from .cluster import Name
from .units import Duration

Rate = Annotated[float, Field(ge=0, le=10_000)]
Factor = Annotated[float, Field(gt=0, le=1000)]


class Burst(Strict):
    """Requests that many clients make in step, again and again."""

    action: AnyAction = Field(description="EC2's name of the action.")
    requests: Annotated[int, Field(ge=1, le=100_000)] = Field(
        description="How many at once: one of each client, such as a daemon on each of 300 nodes."
    )
    every: Annotated[Duration, Field(gt=0)] = Field(
        description="From one burst to the next, such as 30s."
    )
    at: Duration = Field(0, description="The first burst, from the start of the run.")
    until: Annotated[Duration, Field(gt=0)] | None = Field(
        None, description="No burst from then on; to the end of the run if not given."
    )
    spread: Duration = Field(
        0,
        description="Each request comes at random within this after the burst's beginning; 0: all "
        "in one millisecond.",
    )


class Tenant(Strict):
    """Something else in the account that calls EC2, such as another cluster."""

    name: Name = Field(description="Its name in this file and in results.")
    requests_per_s: dict[AnyAction, Rate] = Field(
        default_factory=dict, description="Calls a second by action (Poisson)."
    )
    bursts: list[Burst] = Field(default_factory=list, description="Calls in step.")
    attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        1,
        description="Attempts per call, the first included: 1 gives up at once, 3 is what the "
        "AWS SDKs do, with their back-off in between.",
    )

    def actions(self) -> dict[AnyAction, None]:
        """The actions it calls, in the order in which they are given."""
        return dict.fromkeys((*self.requests_per_s, *(burst.action for burst in self.bursts)))


class QuotaChange(Strict):
    """A quota that AWS changes, as on a request to its support."""

    at: Duration = Field(description="When, from the start of the run.")
    multiplier: Factor = Field(
        description="From then on size and refill of the buckets are this many times what they "
        "were at the start. A bucket that grows fills up by its refill."
    )
    actions: Annotated[list[AnyAction], Field(min_length=1)] | None = Field(
        None, description="Whose buckets; all of them if not given."
    )


class Impairment(Strict):
    """A window of time in which EC2 is slow, fails now and then, or shows changes late."""

    from_: Duration = Field(0, alias="from", description="When it begins.")
    to: Annotated[Duration, Field(gt=0)] = Field(description="When all is well again.")
    actions: Annotated[list[Action], Field(min_length=1)] | None = Field(
        None, description="The actions it is about; all of them if not given."
    )
    latency_factor: Factor = Field(
        1.0, description="Multiplies the latency of requests made in the window."
    )
    error_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0,
        description="Share of the requests made in the window that are answered with "
        "InternalError (HTTP 500), at random; the SDK tries them again.",
    )
    metadata_delay_factor: Factor = Field(
        1.0,
        description="Multiplies the delay after which changes that are made in the window appear "
        "in the instance metadata.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to <= self.from_:
            raise ValueError("to is not after from")
        return self
