"""A model that is broken on purpose is caught: the checks can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from faults.trial import tried
from sim.aws.buckets import TokenBucket
from sim.aws.client import Ec2Client
from sim.aws.ec2 import OK, Answer, Ec2, Instance
from sim.aws.subnets import Subnet
from sim.clock import Order
from sim.ipamd import pool_manager, reconcile
from sim.ipamd.context import IpamContext
from sim.ipamd.data_store import DataStore
from sim.ipamd.enis import Cidr
from sim.ipamd.pool_manager import PERIOD_MS
from sim.kube import aws_node
from sim.kube.aws_node import AwsNode
from sim.kube.kubelet import Kubelets
from sim.kube.resource_controller import ResourceController

Patch = pytest.MonkeyPatch
Data = dict[str, Any]

AT_ONCE: Data = {"metadata_delay": "0s", "latency": {"AttachNetworkInterface": "500ms"}}
LOST: Data = {"answer_lost": True, "from": "0s", "to": "2m"}


def scenario(**changes: Any) -> Data:
    """One m5.large with twelve pods, some of which go after five minutes."""
    replicas = [{"at": "0s", "replicas": 12}, {"at": "5m", "replicas": 2}]
    group = {"name": "g", "instance_type": "m5.large", "nodes": 1, "launch_delay": "1s"}
    data = {
        "duration": "20m",
        "cluster": {
            "subnets": [{"name": "a", "cidr": "10.0.0.0/25"}],
            "node_groups": [group | changes.pop("group", {})],
        },
        "workload": [{"kind": "deployment", "name": "web", "replicas": replicas}],
        "aws": AT_ONCE,
    }
    return data | changes


def lost(*actions: str) -> Data:
    """EC2 does these, and says nothing, for the first two minutes."""
    return AT_ONCE | {"faults": [LOST | {"actions": list(actions), "code": "Broken"}]}


def attaches_twice(patch: Patch) -> None:
    """EC2 attaches what is attached."""
    attach = Ec2.attach_network_interface

    def again(self: Ec2, eni: int, instance: Instance) -> Answer:
        interface = self.interfaces[eni]
        if interface.instance is not None:
            instance.interfaces.append(interface)
            return Answer(OK, 1)
        return attach(self, eni, instance)

    patch.setattr(Ec2, "attach_network_interface", again)


def forgets_termination(patch: Patch) -> None:
    """ENIs stay behind when their node ends."""
    patch.setattr(Ec2, "set_delete_on_termination", lambda _self, _eni: Answer(OK, 1))


def finds_no_enis(patch: Patch) -> None:
    """A reconcile passes over ENIs that it does not know."""

    def pass_over(*_: object) -> Iterator[Any]:
        return
        yield

    patch.setattr(reconcile, "_add_eni", pass_over)


def gives_back_what_is_used(patch: Patch) -> None:
    """A decrease takes any CIDR."""
    patch.setattr(DataStore, "find_freeable_cidrs", lambda _self, eni: list(eni.cidrs))


def never_gives_back(patch: Patch) -> None:
    """The pool is never too high."""
    for module in ("pool_manager", "daemon"):
        patch.setattr(f"sim.ipamd.{module}.is_datastore_pool_too_high", lambda *_: False)


def never_takes(patch: Patch) -> None:
    """The pool is never too low, once it is there."""
    patch.setattr(pool_manager, "is_datastore_pool_too_low", lambda *_: False)


def gives_twice(patch: Patch) -> None:
    """EC2 gives an address that it has given, now and then."""
    take = Subnet.take_address

    def again(self: Subnet, owner: int) -> int | None:
        given = take(self, owner)
        if given is None or given % 5:
            return given
        self.give_back(given)
        return given

    patch.setattr(Subnet, "take_address", again)


def assigns_twice(patch: Patch) -> None:
    """A pod that asks for an address takes two."""
    assign = DataStore.assign_pod_ipv4_address

    def two(self: DataStore, now: int) -> Cidr | None:
        assign(self, now)
        return assign(self, now)

    patch.setattr(DataStore, "assign_pod_ipv4_address", two)


def overflows(patch: Patch) -> None:
    """A bucket's refill knows no bound."""

    def fill(self: TokenBucket, _second: int) -> None:
        self.tokens += 9

    patch.setattr(TokenBucket, "_fill", fill)


def keeps_what_is_given_back(patch: Patch) -> None:
    """EC2 says that it has taken an address back, and has not."""
    patch.setattr(
        Ec2, "unassign_private_ip_addresses", lambda _self, _eni, cidrs, _: Answer(OK, len(cidrs))
    )


def takes_what_is_used(patch: Patch) -> None:
    """Minutes after a restart EC2 takes all addresses of an ENI from it."""
    patch.setattr(Ec2Client, "unassign_private_ip_addresses", takes_all)


def takes_all(self: Ec2Client, eni: int, _: list[int], is_prefix: bool) -> Any:
    """A request for what it is asked for, and for the rest."""
    ec2 = self.region.ec2
    everything = list(ec2.interfaces[eni].cidrs(is_prefix))
    effect = partial(ec2.unassign_private_ip_addresses, eni, everything, is_prefix)
    return self.call("UnassignPrivateIpAddresses", len(everything), effect, eni=eni)


def stays_attached(patch: Patch) -> None:
    """An instance that ends keeps its ENIs."""
    patch.setattr(Ec2, "terminate", lambda _self, instance: setattr(instance, "terminated", True))


def never_asks_again(patch: Patch) -> None:
    """A kubelet tries once to give a pod an address."""
    patch.setattr(Kubelets, "_retry", lambda *_: None)


def asks_at_once(patch: Patch) -> None:
    """A kubelet tries again in no time."""
    patch.setattr(
        Kubelets, "_retry", lambda self, pod, _: self.clock.call(0, Order.POD_ADD, self._add, pod)
    )
    patch.setattr("faults.trial.MOST_EVENTS", 5_000)


def makes_another_trunk(patch: Patch) -> None:
    """The resource controller looks for no trunk that is there."""
    patch.setattr(
        ResourceController,
        "_find_trunk",
        lambda self, node, client, _: self._make_trunk(node, client),
    )


def gives_up_on_trunks(patch: Patch) -> None:
    """The resource controller tries once to make a trunk."""
    patch.setattr(ResourceController, "_try_again", lambda *_: None)


def never_starts(patch: Patch) -> None:
    """A process that finds its data store's checkpoint exits."""
    init = aws_node.node_init

    def once(context: IpamContext) -> Any:
        done = yield from init(context)
        return done and context.clock.now < 60_000

    patch.setattr(aws_node, "node_init", once)


def forgets_records(patch: Patch) -> None:
    """What a node gives back is not written down."""
    changed = Ec2._changed

    def one_way(self: Ec2, subnet: int, node: int, by: int) -> None:
        if by > 0:
            changed(self, subnet, node, by)

    patch.setattr(Ec2, "_changed", one_way)


def wakes_late(patch: Patch) -> None:
    """A sleeping daemon's grid is the next but one."""
    grid = pool_manager._on_grid
    patch.setattr(
        pool_manager,
        "_on_grid",
        lambda first, due, period=PERIOD_MS: grid(first, due, period) + PERIOD_MS,
    )


def sleeps_too_long(patch: Patch) -> None:
    """A sleeping daemon takes it that no reconcile finds anything."""
    patch.setattr(pool_manager, "finds_nothing", lambda _c: True)


def forgets_leaks(patch: Patch) -> None:
    """What nobody released while no daemon ran is not remembered."""
    patch.setattr(AwsNode, "not_released", lambda _self, _cidr: None)


TRUNKS: Data = {
    "ipamd": {"ENABLE_POD_ENI": True},
    "group": {"instance_type": "c5.xlarge"},
    "aws": lost("AttachNetworkInterface") | {"resource_controller": {"retry": "20s"}},
}
REFUSED: Data = {"actions": ["AttachNetworkInterface"], "to": "2m"}
STAYS: Data = {"kind": "deployment", "name": "web", "replicas": 12}
NARROW: Data = {"buckets": {"AssignPrivateIpAddresses": {"max": 3, "refill_per_s": 1}}}
LEAN: Data = {"ipamd": {"WARM_IP_TARGET": 1}}


BROKEN: dict[str, tuple[Callable[[Patch], None], Data, str]] = {
    "attached twice": (
        attaches_twice,
        scenario(
            group={"instance_type": "m5.xlarge"},
            workload=[STAYS | {"replicas": 20}],
            aws=AT_ONCE
            | {"faults": [LOST | {"actions": ["AttachNetworkInterface"], "http_status": 500}]},
        ),
        "twice on a node",
    ),
    "left behind": (
        forgets_termination,
        scenario(group={"nodes": [{"at": "0s", "nodes": 1}, {"at": "7m", "nodes": 0}]}),
        "is lost",
    ),
    "ENI not found": (
        finds_no_enis,
        scenario(aws=lost("AttachNetworkInterface")),
        "is only in EC2",
    ),
    "in use given back": (
        gives_back_what_is_used,
        scenario(ipamd={"WARM_IP_TARGET": 1}),
        "was dropped",
    ),
    "never given back": (
        never_gives_back,
        scenario(ipamd={"WARM_IP_TARGET": 1}),
        "the pool is too high",
    ),
    "never taken": (never_takes, scenario(**LEAN), "the pool is too low"),
    "given twice": (gives_twice, scenario(), " instead of "),
    "two for a pod": (assigns_twice, scenario(), "assigned, "),
    "bucket without bounds": (overflows, scenario(aws=AT_ONCE | NARROW), " tokens"),
    "not taken back": (keeps_what_is_given_back, scenario(**LEAN), "the data store knows"),
    "taken from a pod": (
        takes_what_is_used,
        scenario(change=[{"at": "2m"}], **LEAN),
        "of a pod was released",
    ),
    "attached to nothing": (
        stays_attached,
        scenario(group={"nodes": [{"at": "0s", "nodes": 1}, {"at": "7m", "nodes": 0}]}),
        "of a node that is gone",
    ),
    "asked once": (
        never_asks_again,
        scenario(workload=[STAYS]),
        "a pod waits beside a free address",
    ),
    "asked in no time": (asks_at_once, scenario(), "no end comes in sight"),
    "trunk not found": (makes_another_trunk, scenario(**TRUNKS), "has two trunks"),
    "one try for a trunk": (
        gives_up_on_trunks,
        scenario(**TRUNKS | {"aws": TRUNKS["aws"] | {"faults": [REFUSED]}}),
        "no trunk comes",
    ),
    "no start after the first": (
        never_starts,
        scenario(change=[{"at": "2m"}]),
        "no daemon starts",
    ),
    "not recorded": (forgets_records, scenario(**LEAN), "recorded"),
    "late": (wakes_late, scenario(**LEAN), "sleeping daemons differ"),
    "leaks forgotten": (
        forgets_leaks,
        scenario(
            aws={"latency": {"AssignPrivateIpAddresses": "20s"}},
            change=[{"at": "290s", "restart_time": "3s", "ipamd": {"WARM_IP_TARGET": 9}}],
            **LEAN,
        ),
        "assigned, ",
    ),
    "asleep": (
        sleeps_too_long,
        scenario(aws=lost("AttachNetworkInterface")),
        "is only in EC2",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str, monkeypatch: Patch) -> None:
    """Each of these scenarios is all right, and is not once the model is broken."""
    break_it, data, message = BROKEN[name]
    assert not tried(data, sleeping=True).found
    break_it(monkeypatch)
    assert message in tried(data, sleeping=True).found
