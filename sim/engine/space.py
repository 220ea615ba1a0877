"""The subnets of a world, their reservations, and the records of their addresses."""

from __future__ import annotations

from collections.abc import Callable

from sim.aws.recorded_subnet import RecordedSubnet
from sim.aws.subnets import OTHERS, Placement, Subnet
from sim.clock import Clock, Order
from sim.randomness import Streams
from sim.results.records import NEVER, Recorder
from sim.scenario.cluster import Subnet as SubnetModel
from sim.scenario.models import ScenarioModel


def subnet_of(one: SubnetModel, model: ScenarioModel, streams: Streams) -> Subnet:
    """A subnet of which others hold what they hold all the time, and nobody else anything."""
    ranges: dict[str, list[tuple[int, int]]] = {"prefix": [], "explicit": []}
    for reservation in one.reservations:
        if not reservation.at:
            first = int(reservation.cidr.network_address)
            ranges[reservation.type].append((first, reservation.cidr.num_addresses))
    kind = RecordedSubnet if model.cluster.record_addresses else Subnet
    subnet = kind(
        name=one.name,
        zone=one.zone,
        first=int(one.cidr.network_address),
        size=one.cidr.num_addresses,
        stream=streams.stream("subnet", one.name, "placement"),
        placement=Placement(model.aws.address_placement, model.aws.prefix_placement),
        prefix_ranges=ranges["prefix"],
        explicit_ranges=ranges["explicit"],
        tags=one.tags,
        cluster=model.cluster.name,
        spill_over=model.aws.prefix_spill_over,
    )
    _take_others(one, subnet)
    return subnet


def _take_others(one: SubnetModel, subnet: Subnet) -> None:
    for held in one.others.addresses:
        subnet.take_range(held.first, held.size, OTHERS)
    lowest = one.others.placement == "low-first"
    take = subnet.take_lowest_address if lowest else subnet.take_address
    for _ in range(one.others.count):
        take(OTHERS)


def change_tags(one: SubnetModel, subnet: Subnet, clock: Clock) -> None:
    """Puts the changes of a subnet's tags on the clock."""
    for change in one.tag_changes:
        clock.call(change.at, Order.ANSWER, subnet.set_tags, change.tags)


def record_addresses(number: int, subnet: Subnet, clock: Clock, recorder: Recorder) -> None:
    """Records who has which addresses, if the subnet is one that knows."""
    append = recorder.addresses.append

    def write(owner: int, first: int, size: int, use: int) -> None:
        append((clock.now, number, max(owner, NEVER), first, size, use))

    if isinstance(subnet, RecordedSubnet):
        subnet.write_to(write)


def make_reservations(
    one: SubnetModel, subnet: Subnet, clock: Clock, on_change: Callable[[], object]
) -> None:
    """Puts the reservations that are made during the run on the clock."""

    def reserve(where: tuple[int, int, bool]) -> None:
        subnet.reserve(*where)
        on_change()

    for later in (reservation for reservation in one.reservations if reservation.at):
        first, size = int(later.cidr.network_address), later.cidr.num_addresses
        clock.call(later.at, Order.OTHERS, reserve, (first, size, later.type == "prefix"))
