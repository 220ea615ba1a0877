"""The whole scenario, and what may stand at its top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from .aws import Aws
from .base import Strict
from .change import Change
from .cluster import Cluster, in_order
from .cni_versions import MODELLED, Version, version
from .expect import Expect
from .ipamd import Ipamd
from .kube import Kube
from .origin import Origin
from .prices import Prices
from .units import Duration
from .workload import Workload

SCHEMA_VERSION = 1

ABOUT_ANSWERS = frozenset({"expect", "variants", "prices", "origin"})
"""Keys at the top that are about a scenario's questions or its origin, and change no run."""


def _known_version(value: Any) -> Any:
    if isinstance(value, int) and value > SCHEMA_VERSION:
        raise ValueError(
            f"this file has version {value}, and this ipamd-sim reads {SCHEMA_VERSION}: "
            "a newer ipamd-sim is needed"
        )
    return value


def _known_cni(value: str) -> str:
    if value:
        version(value)
    return value


class ScenarioModel(Strict):
    """A scenario file of ipamd-sim."""

    UNSAID: ClassVar = ABOUT_ANSWERS | {"change", "cni_version"}

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
        0,
        description="Records from before this are kept, but left out of metrics, except pods that "
        "still wait for an address then.",
    )
    cluster: Cluster = Field(description="Subnets and node groups.")
    ipamd: Ipamd = Field(Ipamd(), description="Environment variables of aws-node.")
    aws: Aws = Field(Aws(), description="EC2's limits and latencies.")
    kube: Kube = Field(Kube(), description="Scheduler, kubelet and container times.")
    workload: Annotated[list[Workload], Field(min_length=1)] = Field(
        description="Where pods come from: a list of workloads, told apart by their kind."
    )
    change: Annotated[list[Change], AfterValidator(in_order)] = Field(
        default_factory=list,
        description="Rollouts of aws-node while pods run: new settings, or a plain restart.",
    )
    cni_version: Annotated[str, AfterValidator(_known_cni)] = Field(
        "",
        description="The VPC CNI's version, such as 1.18.6; v1.23.1 if not given. What is known to "
        "change the answers between versions is in docs/cni-versions.md; one without data is "
        "refused.",
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
    origin: Origin | None = Field(
        None, description="Where the scenario came from, if it was made of a cluster's own files."
    )

    def pods_take_vpc_addresses(self, settings: Ipamd) -> bool:
        """Whether pods of a group with these settings get IPv4 addresses of the subnets."""
        return self.cluster.overlay is None and not settings.ENABLE_IPv6

    @property
    def cni(self) -> Version:
        """The VPC CNI's version."""
        return version(self.cni_version or MODELLED)

    def group_settings(self) -> Iterator[tuple[str, Ipamd]]:
        """(node group, its ipamd settings) in the file's order."""
        for group in self.cluster.node_groups:
            yield group.name, self.ipamd.merged(group.ipamd)

    def settings_over_time(self, group: str) -> Iterator[tuple[int, Ipamd]]:
        """(from this ms on, its ipamd settings) of a node group, with each change of aws-node."""
        settings = dict(self.group_settings())[group]
        yield 0, settings
        for change in self.change:
            if change.node_groups is None or group in change.node_groups:
                settings = settings.merged(change.ipamd)
                yield change.at, settings
