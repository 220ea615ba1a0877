"""The whole scenario, and what may stand at its top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_serializer

from .aws import Aws
from .base import Strict
from .cluster import Cluster
from .expect import Expect
from .ipamd import Ipamd
from .kube import Kube
from .prices import Prices
from .units import Duration
from .workload import Workload

SCHEMA_VERSION = 1

ABOUT_ANSWERS = ("expect", "variants", "prices")
"""Keys at the top that ask something of runs, and change none; not there if not given."""


def _known_version(value: Any) -> Any:
    if isinstance(value, int) and value > SCHEMA_VERSION:
        raise ValueError(
            f"this file has version {value}, and this ipamd-sim reads {SCHEMA_VERSION}: "
            "a newer ipamd-sim is needed"
        )
    return value


class ScenarioModel(Strict):
    """A scenario file of ipamd-sim."""

    schema_version: Annotated[Literal[1], BeforeValidator(_known_version)] = Field(
        1, description="Version of this file format."
    )
    name: str = Field("", description="Shown in reports; the file's name if not given.")
    description: str = Field("", description="What the scenario is about, for its readers.")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        1, description="Same seed and versions, same bytes of results."
    )
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        None, description="Simulated time; the end of the last trace if not given."
    )
    warm_up: Duration = Field(
        0, description="Records from before this are kept, but left out of metrics."
    )
    cluster: Cluster = Field(description="Subnets and node groups.")
    ipamd: Ipamd = Field(Ipamd(), description="Environment variables of aws-node.")
    aws: Aws = Field(Aws(), description="EC2's limits and latencies.")
    kube: Kube = Field(Kube(), description="Scheduler, kubelet and container times.")
    workload: Annotated[list[Workload], Field(min_length=1)] = Field(
        description="Where pods come from: a list of workloads, told apart by their kind."
    )
    expect: Expect | None = Field(
        None, description="Rules on the figures of a run; if one fails, `run` ends with code 99."
    )
    variants: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        title="mapping of names to values",
        description="Named sets of values that `compare` puts side by side: environment variables "
        "of aws-node, or values by their paths as in --set.",
    )
    prices: Prices | None = Field(
        None, description="What things cost, for the answers of `recommend` in money."
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_asked(self, handler: Any) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        return {key: one for key, one in data.items() if one or key not in ABOUT_ANSWERS}

    def group_settings(self) -> Iterator[tuple[str, Ipamd]]:
        """(node group, its ipamd settings) in the file's order."""
        for group in self.cluster.node_groups:
            yield group.name, self.ipamd.merged(group.ipamd)
