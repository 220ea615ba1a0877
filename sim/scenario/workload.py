"""What a user writes under ``workload``: where pods come from and how long they live."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from .base import Strict
from .cluster import Name, Requests, in_order, steps_from, steps_of
from .distributions import Distribution, constant
from .errors import shown
from .units import Duration

_PART = r"(?:[*?]|[0-9]{1,2}|[A-Za-z]{3})(?:-(?:[0-9]{1,2}|[A-Za-z]{3}))?(?:/[0-9]{1,2})?"
_CRON_FIELD = rf"{_PART}(?:,{_PART})*"
_SCHEDULE = re.compile(rf"@[a-z]{{4,8}}|{_CRON_FIELD}(?:\s+{_CRON_FIELD}){{4}}")
"""What Kubernetes' cron library reads, without the extensions that others have."""


class Pods(Strict):
    """What all workloads say about their pods."""

    UNSAID: ClassVar = frozenset({"security_groups"})

    name: Name = Field(description="Its name in this file and in results.")
    requests: Requests = Field(Requests(), description="What each pod requests.")
    termination_time: Distribution = Field(
        constant(2_000),
        description="From a delete request to the end of the last container, at most the grace "
        "period in a real cluster (assumed; 0s to 30s).",
    )
    security_groups: bool = Field(
        False,
        description="A SecurityGroupPolicy selects its pods: each is to have a branch ENI, and "
        "takes nothing from ipamd's pool. Needs ENABLE_POD_ENI.",
    )
    node_groups: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="Only nodes of these groups (a nodeSelector); all if not given."
    )


class ReplicaStep(Strict):
    """From this time on the Deployment wants this many replicas."""

    at: Duration = Field(description="When, from the start of the run.")
    replicas: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="Number of pods.")


_PERCENT = r"[0-9]{1,4}%"
_Pods = Annotated[int, Field(ge=0, le=1_000_000)]
_Percent = Annotated[str, Field(title="percentage", pattern=f"^{_PERCENT}$")]


def _percent_or_number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_PERCENT, value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    raise ValueError(f"{shown(value)} is neither a number of pods nor a percentage such as 25%")


PercentOrNumber = Annotated[
    int | str,
    BeforeValidator(_percent_or_number, json_schema_input_type=_Pods | _Percent),
]


class RollingUpdate(Strict):
    """A rolling update that starts at this time and replaces every pod."""

    at: Duration = Field(description="When, from the start of the run.")
    maxSurge: PercentOrNumber = Field(  # noqa: N815 (the Kubernetes API's spelling)
        "25%", description="Pods above the wanted number, rounded up. Source: Kubernetes API."
    )
    maxUnavailable: PercentOrNumber = Field(  # noqa: N815 (as above)
        "25%", description="Pods below the wanted number, rounded down. Source: Kubernetes API."
    )

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if {str(self.maxSurge).rstrip("%"), str(self.maxUnavailable).rstrip("%")} == {"0"}:
            raise ValueError("maxSurge and maxUnavailable are both 0: the update cannot move")
        return self


class Deployment(Pods):
    """Pods that are kept at a number; one that ends is replaced."""

    kind: Literal["deployment"] = Field(description="Which kind of workload this is.")
    replicas: steps_of(ReplicaStep, "replicas") = Field(  # type: ignore[valid-type]  # see there
        description="Number of pods, or steps [{at: 0s, replicas: 10}, {at: 2h, replicas: 50}]."
    )
    updates: Annotated[list[RollingUpdate], AfterValidator(in_order)] = Field(
        default_factory=list, description="Rolling updates, in the order of their times."
    )
    lifetime: Distribution | None = Field(
        None, description="A pod is deleted and replaced this long after it runs; never if unset."
    )


class BatchPods(Pods):
    """What Jobs and CronJobs say about their pods."""

    lifetime: Distribution = Field(description="Run time of a pod, from running to its end.")
    completions: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        1, description="Pods that have to finish. Source: Kubernetes API."
    )
    parallelism: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        1, description="Pods that run at once. Source: Kubernetes API."
    )
    activeDeadlineSeconds: Annotated[int, Field(ge=1, le=10**9)] | None = Field(  # noqa: N815 (as above)
        None,
        description="The Job is stopped this many seconds after its start; its unfinished pods "
        "count as missed deadlines.",
    )


class Job(BatchPods):
    """One Job: pods that run to completion."""

    kind: Literal["job"] = Field(description="Which kind of workload this is.")
    at: Duration = Field(0, description="When it is created, from the start of the run.")


@lru_cache
def _wrong_schedule(text: str) -> str:
    """What is wrong with a cron expression; empty if nothing is."""
    from croniter import CroniterBadDateError, croniter  # most scenarios have no CronJob

    if not _SCHEDULE.fullmatch(text.strip()) or not croniter.is_valid(text):
        return f"{shown(text)} is no cron schedule such as */5 * * * *"
    try:
        croniter(text, 0).get_next()
    except CroniterBadDateError:
        return f"{shown(text)} names a date that never comes"
    return ""


class CronJob(BatchPods):
    """A Job at each time of a schedule. Time 0 is a Monday, 00:00."""

    kind: Literal["cronjob"] = Field(description="Which kind of workload this is.")
    schedule: str = Field(description="Cron expression of five fields, or @hourly and the like.")
    concurrencyPolicy: Literal["Allow", "Forbid", "Replace"] = Field(  # noqa: N815 (as above)
        "Allow",
        description="When a Job still runs at the next time: Allow starts another; Forbid waits, "
        "and makes up for all times missed by one Job right after it; Replace stops it and starts "
        "the next. Source: Kubernetes API.",
    )

    @field_validator("schedule")
    @classmethod
    def _readable(cls, value: str) -> str:
        if wrong := _wrong_schedule(value):
            raise ValueError(wrong)
        return value


class RateStep(Strict):
    """From this time on pods arrive at this rate."""

    at: Duration = Field(description="When, from the start of the run.")
    arrivals_per_minute: Annotated[float, Field(ge=0, le=1_000_000)] = Field(
        description="Pods a minute, on average."
    )


class Poisson(Pods):
    """Pods that arrive independently of each other."""

    kind: Literal["poisson"] = Field(description="Which kind of workload this is.")
    arrivals_per_minute: Annotated[
        list[RateStep],
        Field(min_length=1),
        BeforeValidator(
            lambda value: steps_from(value, "arrivals_per_minute"),
            json_schema_input_type=Annotated[float, Field(ge=0)] | list[RateStep],
        ),
        AfterValidator(in_order),
    ] = Field(description="Rate, or steps [{at: 0s, arrivals_per_minute: 20}, ...].")
    lifetime: Distribution = Field(description="How long a pod lives; see lifetime_from.")
    lifetime_from: Literal["running", "created"] = Field(
        "running",
        description="running: work that takes its time once it runs; created: the pod is "
        "deleted at that age, running or not.",
    )


class Columns(Strict):
    """Names of a trace's columns."""

    start: str = Field("start", description="When a pod is created.")
    end: str = Field("end", description="When it is deleted; an empty cell: it stays.")
    cpu: str | None = Field(
        "cpu", description="Its cpu request; null: take the workload's requests."
    )
    memory: str | None = Field(
        "memory", description="Its memory request; null: take the workload's requests."
    )
    node: str | None = Field(
        None, description="The node it is pinned to, an empty cell for none; null: no column."
    )


class Units(Strict):
    """Units of plain numbers in a trace; texts such as 90s, 500m or 2Gi carry their own."""

    time: Literal["ms", "s", "m", "h", "d"] = Field("s", description="Of start and end.")
    cpu: Literal["cores", "millicores"] = Field("cores", description="Of cpu.")
    memory: Literal["bytes", "KiB", "MiB", "GiB"] = Field("bytes", description="Of memory.")


class Window(Strict):
    """Part of a trace: pods alive in [from, to), in the trace's own time."""

    from_: Duration = Field(0, alias="from", description="Start of the part.")
    to: Duration = Field(description="End of the part.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to <= self.from_:
            raise ValueError("to is not after from")
        return self


class Trace(Pods):
    """Pods replayed from a CSV file: created at their start, deleted at their end.

    An empty end means that the pod stays. Pods that were already running when the window opens
    are created when it opens.
    """

    kind: Literal["trace"] = Field(description="Which kind of workload this is.")
    file: str = Field(description="CSV file, relative to the scenario's folder; .gz is read too.")
    format: Literal["columns", "openb"] = Field(
        "columns",
        description="columns: as mapped below; openb: Alibaba's openb pod list as published "
        "(scheduled_time, deletion_time, cpu_milli, memory_mib).",
    )
    columns: Columns = Field(Columns(), description="The names of its columns.")
    units: Units = Field(Units(), description="The units of its plain numbers.")
    window: Window | None = Field(None, description="The part to replay; all if not given.")
    at: Duration = Field(0, description="Where the trace's time 0, or its window, is laid.")
    time_scale: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="Stretches the trace's times; 0.5: twice as fast."
    )


PATTERNS: dict[str, dict[str, Any]] = {
    "quick-scale": {"hold": None, "cycles": None},
    "sawtooth": {"step": 10, "hold": None, "cycles": None},
    "random-scale-fixed-steps": {"step": 10},
    "random-scale-random-steps": {"step": 10},
    "proportionate-scaling": {"share": "25%", "hold": None, "cycles": None},
    "random-scaling": {"parts": 10, "hold": None, "cycles": None},
    "one-burst": {"step": 1, "hold": None, "iterations": 20},
    "several-bursts": {"step": 1, "hold": None, "iterations": 20, "bursts": 3},
    "random-up-random-down": {"step": 10, "hold": None, "cycles": None},
}
"""The optional keys that each pattern takes, and their defaults; null: see its description."""

_OPTIONAL = ("step", "share", "parts", "hold", "cycles", "iterations", "bursts")


def _a_second(milliseconds: int) -> int:
    if milliseconds < 1_000:
        raise ValueError("steps less than 1s apart are none: give 1s or more")
    return milliseconds


def _share(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]?%|100%", value):
        return value
    raise ValueError(f"{shown(value)} is no share from 1% to 100%")


Share = Annotated[
    str, BeforeValidator(_share), Field(title="percentage", pattern="^([1-9][0-9]?|100)%$")
]


class Pattern(Pods):
    """Pods that are kept at a number which follows a pattern; one that ends is replaced."""

    kind: Literal["pattern"] = Field(description="Which kind of workload this is.")
    pattern: Literal[
        "quick-scale",
        "sawtooth",
        "random-scale-fixed-steps",
        "random-scale-random-steps",
        "proportionate-scaling",
        "random-scaling",
        "one-burst",
        "several-bursts",
        "random-up-random-down",
    ] = Field(description="Which one. Source: vpc-cni #2568, the names of a warm-pool test suite.")
    min: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0, description="Fewest pods; as many there are before it begins."
    )
    max: Annotated[int, Field(ge=1, le=1_000_000)] = Field(description="Most pods.")
    at: Duration = Field(0, description="When its first step comes, from the start of the run.")
    every: Annotated[Duration, AfterValidator(_a_second)] = Field(
        60_000, description="From one step to the next, 1s or more."
    )
    hold: Annotated[Duration, AfterValidator(_a_second)] | None = Field(
        None, description="How long it stays at max, and at min; as long as `every` if not given."
    )
    step: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="Pods of a step, of a random one at most; 10 if not given, 1 between bursts.",
    )
    share: Share | None = Field(
        None, description="Pods of a step as a share of max, rounded down; 25% if not given."
    )
    parts: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="A step is max divided by a random whole number up to this; 10 if not given.",
    )
    cycles: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="How often it goes up and down; till the end of the run if not given."
    )
    iterations: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Over how many steps bursts are strewn; 20 if not given."
    )
    bursts: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="How many bursts; 3 if not given."
    )
    lifetime: Distribution | None = Field(
        None, description="A pod is deleted and replaced this long after it runs; never if unset."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, data: Any) -> Any:
        takes = PATTERNS.get(str(data.get("pattern"))) if isinstance(data, dict) else None
        if takes is None:
            return data
        return data | {key: one for key, one in takes.items() if data.get(key) is None}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max <= self.min:
            raise ValueError(f"max {self.max} is not above min {self.min}")
        if self.bursts is not None and self.bursts > (self.iterations or 0):
            raise ValueError(f"{self.bursts} bursts in {self.iterations} iterations: give fewer")
        takes = PATTERNS[self.pattern]
        if strange := [key for key in _OPTIONAL if key not in takes and getattr(self, key)]:
            raise ValueError(f"{self.pattern} has no {strange[0]}: it takes {', '.join(takes)}")
        return self

    @property
    def reaches_max(self) -> bool:
        """Whether it comes to its most pods whatever the luck."""
        return "hold" in PATTERNS[self.pattern]


Workload = Annotated[
    Deployment | Job | CronJob | Poisson | Trace | Pattern, Field(discriminator="kind")
]
