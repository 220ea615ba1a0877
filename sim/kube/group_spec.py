"""What a node group's nodes are like, and when there are how many."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.ipamd.settings import Settings
from sim.randomness import Sampler

from .daemon_settings import Template


@dataclass(frozen=True, slots=True)
class RecyclingSpec:
    """When (ms) all nodes are replaced, and how; see `sim.scenario.node_life.Recycling`."""

    at: int
    at_once: int
    surge: int
    linger_ms: int


@dataclass(frozen=True, slots=True)
class SpotSpec:
    """How long nodes live until EC2 takes them back, and how long before the end it says so."""

    life: Sampler
    notice_ms: int


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A node group, resolved: instance limits, allocatable room and the daemon's settings."""

    number: int
    name: str
    subnets: list[int]
    max_enis_of_type: int
    settings: Settings
    max_pods: int
    allocatable_cpu: int  # millicores
    allocatable_memory: int  # MiB
    launch_delay: Sampler
    launch_retry_ms: int | None
    steps: list[tuple[int, int]]  # (ms, nodes)
    cordons: list[int]  # ms
    recyclings: list[RecyclingSpec] = field(default_factory=list)
    spot: SpotSpec | None = None
    max_branch_enis: int = 0
    launch_enis: tuple[tuple[str, bool], ...] = ()  # besides the primary: (kind, is it managed)
    templates: list[Template] = field(default_factory=list)  # of aws-node, by its changes so far
