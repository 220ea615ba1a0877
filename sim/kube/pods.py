"""A pod on its way from creation to release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sim.ipamd.enis import Cidr
from sim.results.records import NEVER

if TYPE_CHECKING:
    from .nodes import Node


class Owner(Protocol):
    """A controller that looks after its pods."""

    def pod_is_running(self, pod: Pod) -> None:
        """The pod's containers run now."""

    def pod_has_ended(self, pod: Pod) -> None:
        """The pod's work has ended, or it is being deleted."""


class Template:
    """What the pods of one workload share."""

    __slots__ = (
        "cpu",
        "groups",
        "host_network",
        "is_daemon",
        "key",
        "memory",
        "name",
        "security_groups",
        "workload",
    )

    def __init__(  # noqa: PLR0913 (a pod template is all of these)
        self,
        workload: int,
        name: str,
        key: int,
        cpu: int = 0,
        memory: int = 0,
        groups: frozenset[int] | None = None,
        host_network: bool = False,
        is_daemon: bool = False,
        security_groups: bool = False,
    ) -> None:
        self.workload = workload
        self.name = name
        self.key = key  # of its random numbers
        self.cpu = cpu  # millicores
        self.memory = memory  # MiB
        self.groups = groups  # node groups it may run in, None: all
        self.host_network = host_network
        self.security_groups = security_groups  # of its own: on a branch ENI
        self.is_daemon = is_daemon  # of a DaemonSet: stays while its node is drained


class Pod:
    """One pod; times in ms, NEVER until they come.

    ``index`` counts within its workload and, with the template's key, makes its random numbers:
    they stay the same whatever happens to other pods.
    """

    __slots__ = (
        "address_ms",
        "adds",
        "bound_ms",
        "cidr",
        "cpu",
        "created_ms",
        "deadline_missed",
        "ended_ms",
        "finished",
        "first_add_ms",
        "index",
        "last_add_ms",
        "lifetime_ms",
        "memory",
        "node",
        "number",
        "owner",
        "released_ms",
        "running_ms",
        "template",
        "termination_ms",
    )

    def __init__(self, number: int, index: int, template: Template, created_ms: int) -> None:
        self.number = number
        self.index = index
        self.template = template
        self.cpu = template.cpu
        self.memory = template.memory
        self.created_ms = created_ms
        self.lifetime_ms = NEVER  # of its work, from running on
        self.termination_ms = 0
        self.owner: Owner | None = None
        self.node: Node | None = None
        self.cidr: Cidr | None = None
        self.adds = 0
        self.finished = False
        self.deadline_missed = False
        self.bound_ms = self.first_add_ms = self.last_add_ms = self.address_ms = NEVER
        self.running_ms = self.ended_ms = self.released_ms = NEVER
