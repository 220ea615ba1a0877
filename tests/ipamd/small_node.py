"""One daemon on one small node, with constant latencies and failures on demand.

Unless told otherwise every request takes 100 ms and the metadata show changes at once. Random
numbers are 0: waits have no jitter, and maps are met from their first slot on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim.aws.client import NO_ENI, NO_TIMEOUT_MS, Call, Ec2Client, Region
from sim.aws.ec2 import Answer, Ec2, NetworkInterface
from sim.aws.metadata import InstanceMetadata
from sim.aws.subnets import CNI_TAG, Placement, Subnet
from sim.clock import Clock
from sim.ipamd.changes import CHANGES
from sim.ipamd.context import IpamContext, Steps
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr, Eni
from sim.ipamd.settings import Settings
from sim.scenario.aws import DEFAULT_LATENCY

SLOTS, MAX_ENIS = 3, 3
DENIED = "UnauthorizedOperation"
"""An error that is neither retried nor known to the daemon."""


def settings(**changes: Any) -> Settings:
    """A node of 3 ENIs with 3 addresses each, WARM_ENI_TARGET 1, no subnet discovery."""
    defaults = {
        "warm_eni_target": 1,
        "warm_prefix_target": 1,
        "warm_ip_target": 0,
        "minimum_ip_target": 0,
        "prefix_delegation": False,
        "max_enis": MAX_ENIS,
        "slots": SLOTS,
        "max_pods": 100,
        "subnet_discovery": False,
    }
    return Settings(**(defaults | changes))


class Sent(NamedTuple):
    """A request as it was recorded."""

    ms: int
    action: str
    asked: int
    code: str


@dataclass
class FaultyClient(Ec2Client):
    """A client whose actions fail with the codes on their lists, one a request; "" succeeds."""

    faults: dict[str, list[str]] = field(default_factory=dict)

    def call(
        self,
        action: str,
        asked: int,
        effect: Callable[[], Answer],
        timeout_ms: int = NO_TIMEOUT_MS,
        eni: int = NO_ENI,
    ) -> Call:
        """As `Ec2Client.call`."""

        def faulty() -> Answer:
            codes = self.faults.get(action, [])
            code = codes.pop(0) if codes else ""
            return Answer(code) if code else effect()

        return super().call(action, asked, faulty, timeout_ms, eni)


class SmallNode:
    """A node in a /24, beside a /26 that is tagged in if ``other_tag`` says so.

    Args:
        metadata_delay: gives each change's delay in ms.
        uniform: gives the numbers for jitter, back-off and the order of maps.
        home_tag, other_tag: the subnets' kubernetes.io/role/cni.
        home_size: addresses of the node's subnet.
        **changes: of `settings`.
    """

    HOME, OTHER = 0, 1

    def __init__(
        self,
        metadata_delay: Callable[[], int] = lambda: 0,
        uniform: Callable[[], float] = lambda: 0.0,
        home_tag: str = "",
        other_tag: str = "",
        home_size: int = 256,
        **changes: Any,
    ) -> None:
        self.clock = Clock()
        self.sent: list[Sent] = []
        self.changes: list[tuple[int, ...]] = []
        low = Placement("low-first", "low-first")
        stream = random.Random(1)
        self.home = Subnet("home", "a", 0, home_size, stream, low, tags={CNI_TAG: home_tag})
        self.other = Subnet("other", "a", 4096, 64, stream, low, tags={CNI_TAG: other_tag})
        self.ec2 = Ec2([self.home, self.other], lambda: self.clock.now, lambda *_: None)
        self.region = Region(
            env=self.clock,
            ec2=self.ec2,
            buckets={},
            latency={action: lambda _u: 100 for action in DEFAULT_LATENCY},
            throttled_latency=lambda _u: 100,
            attempts=3,
            record=self._record,
        )
        self.metadata = InstanceMetadata(metadata_delay)
        instance = self.ec2.launch(0, self.HOME, (MAX_ENIS, SLOTS), self.metadata)
        assert instance is not None
        self.instance = instance
        self.settings = settings(**changes)
        self.store = DataStore(self.settings, uniform, self._pool_changed)
        self.is_cordoned = False
        self.client = FaultyClient(self.region, instance, uniform)
        self.c = IpamContext(
            clock=self.clock,
            settings=self.settings,
            data_store=self.store,
            ec2=self.client,
            subnet=self.HOME,
            zone="a",
            random=uniform,
            is_node_non_schedulable=lambda: self.is_cordoned,
        )

    def _record(self, *row: Any) -> None:
        requested, _, action, asked, _, _, code, _, _ = row
        self.sent.append(Sent(requested, action, asked, code))

    def _pool_changed(self, row: tuple[int, int, int]) -> None:
        now, subnet, number = row
        self.changes.append((now, subnet, *list(CHANGES)[number]))

    # ---------------------------------------------------------------- what to do

    def fails(self, **codes: list[str]) -> None:
        """The next requests of these actions fail with these codes."""
        self.client.faults.update(codes)

    def run(self, steps: Steps) -> Any:
        """Lets the daemon do something, and returns what it returns."""
        return self.clock.run(until=self.clock.process(steps))

    def run_until(self, ms: int) -> None:
        """Lets everything before this instant happen."""
        self.clock.run(until=ms)
        self.clock.step()  # SimPy leaves its own event that stopped the run on the clock

    def set_up(self, cidrs: int = 0) -> Eni:
        """Puts the primary ENI into the data store, with so many CIDRs of the mode in force."""
        primary = self.instance.primary
        eni = self.store.add_eni(primary.id, self.HOME, True, self.clock.now)
        self.give(eni, cidrs)
        return eni

    def attach(self, cidrs: int = 0, is_known: bool = True) -> Eni | NetworkInterface:
        """One more ENI on the instance; in the data store, too, if it is known."""
        is_prefix = self.settings.prefix_delegation
        interface = self.ec2.interfaces[
            self.ec2.create_network_interface(0, self.HOME, cidrs, is_prefix).value
        ]
        assert self.ec2.attach_network_interface(interface.id, self.instance).ok
        if not is_known:
            return interface
        eni = self.store.add_eni(interface.id, self.HOME, False, self.clock.now)
        self.store.add_cidrs(eni, interface.cidrs(is_prefix), is_prefix, self.clock.now)
        return eni

    def give(self, eni: Eni, cidrs: int) -> None:
        """Assigns CIDRs of the mode in force in EC2, and puts them into the data store."""
        is_prefix = self.settings.prefix_delegation
        answer = self.ec2.assign_private_ip_addresses(eni.id, cidrs, is_prefix)
        self.store.add_cidrs(eni, answer.value, is_prefix, self.clock.now)

    def pods(self, count: int) -> list[Cidr]:
        """So many pods take an address each."""
        taken = [self.store.assign_pod_ipv4_address(self.clock.now) for _ in range(count)]
        found = [cidr for cidr in taken if cidr is not None]
        assert len(found) == count
        return found

    def pods_leave(self, pods: list[Cidr]) -> None:
        """These pods release their addresses now."""
        for cidr in pods:
            self.store.unassign_pod_ip_address(cidr, self.clock.now)

    # --------------------------------------------------------------- what is seen

    def requests(self) -> list[tuple[int, str]]:
        """(ms, action) of all requests."""
        return [(sent.ms, sent.action) for sent in self.sent]

    def actions(self) -> list[str]:
        """The actions of all requests."""
        return [sent.action for sent in self.sent]

    def pool(self) -> tuple[int, int, int]:
        """(ENIs, addresses, addresses of pods) of the data store."""
        return len(self.store.enis), self.store.total_ips, self.store.assigned_ips
