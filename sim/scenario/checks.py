"""What needs more than one field of a scenario, or more than the scenario, to be found wrong."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from .aws import OTHERS, Aws
from .changing import change_errors
from .cluster import NodeGroup, Subnet
from .custom_networking import eni_config_errors
from .errors import InputError, Path, Problem, did_you_mean, dotted
from .ipamd import Ipamd
from .messages import Complaint
from .models import ScenarioModel
from .node_checks import node_errors
from .pod_enis import pod_eni_errors
from .pod_network import network_errors
from .workload import Trace

if TYPE_CHECKING:
    from ..workload.traces import TracePods

AWS_RESERVED = 5
FIRST_RESERVED = 4
"""How many of them are a subnet's first."""

GROUPS: Path = ("cluster", "node_groups")
SUBNETS: Path = ("cluster", "subnets")


def errors(model: ScenarioModel) -> Iterator[Complaint]:
    """What is wrong with a scenario whose every field is right by itself."""
    yield from _duplicates(SUBNETS, [subnet.name for subnet in model.cluster.subnets])
    yield from _duplicates(GROUPS, [group.name for group in model.cluster.node_groups])
    yield from _duplicates(("workload",), [workload.name for workload in model.workload])
    yield from _overlaps(SUBNETS, [subnet.cidr for subnet in model.cluster.subnets])
    for index, subnet in enumerate(model.cluster.subnets):
        yield from _subnet_errors((*SUBNETS, index), subnet)
    subnets = dict.fromkeys(subnet.name for subnet in model.cluster.subnets)
    settings = dict(enumerate(settings for _, settings in model.group_settings()))
    for index, group in enumerate(model.cluster.node_groups):
        path = (*GROUPS, index)
        yield from _duplicates((*path, "daemonsets"), [one.name for one in group.daemonsets])
        yield from _unknown((*path, "subnets"), group.subnets or [], subnets, "subnet")
        yield from _type_errors(path, group, settings[index])
    yield from _tenant_errors(model.aws)
    yield from network_errors(model)
    yield from node_errors(model)
    yield from eni_config_errors(model)
    yield from change_errors(model)
    yield from pod_eni_errors(model)
    groups = dict.fromkeys(group.name for group in model.cluster.node_groups)
    for index, workload in enumerate(model.workload):
        path = ("workload", index, "node_groups")
        yield from _unknown(path, workload.node_groups or [], groups, "node group")


def time_errors(model: ScenarioModel, duration: int | None) -> Iterator[Complaint]:
    """What is wrong with a scenario's duration, if it is given or known from its traces."""
    has_trace = any(isinstance(workload, Trace) for workload in model.workload)
    if duration is None and not has_trace:
        yield Complaint(("duration",), "is missing", "give one, such as 6h: no trace has an end")
    if duration is not None and duration <= 0:
        yield Complaint(("duration",), "is missing", "the traces end at 0s: give one, such as 6h")
    if duration is not None and 0 < duration <= model.warm_up:
        yield Complaint(("warm_up",), "is not below the duration", "nothing would be measured")


def leads_out(file: str) -> bool:
    """Whether a name leads out of the folder that it is relative to."""
    return pathlib.Path(file).is_absolute() or ".." in pathlib.Path(file).parts


def read_traces(
    model: ScenarioModel, folder: pathlib.Path, is_written: Callable[[Path], bool]
) -> tuple[dict[str, TracePods], list[Complaint], list[Problem]]:
    """The pods of traces by workload, what is wrong with the files' names, and with their rows.

    Args:
        model: the scenario.
        folder: what names of files are relative to. What is written in a scenario does not lead
            out of it, since who runs a scenario of others need not know what it names.
        is_written: whether what stands at a path is written in a file.
    """
    from ..workload.traces import read_trace

    traces: dict[str, TracePods] = {}
    complaints, problems = [], []
    for index, workload in enumerate(model.workload):
        if not isinstance(workload, Trace):
            continue
        place: Path = ("workload", index, "file")
        if leads_out(workload.file) and is_written(place):
            message = f"{workload.file} leads out of the scenario's folder"
            remedy = f"move the trace there, or give --set workload.{workload.name}.file=FILE"
            complaints.append(Complaint(place, message, remedy))
            continue
        if not (folder / workload.file).is_file():
            remedy = f"traces are looked for relative to {folder.resolve()}"
            complaints.append(Complaint(place, f"there is no file {workload.file}", remedy))
            continue
        try:
            traces[workload.name] = read_trace(workload, folder)
        except InputError as error:
            problems += error.problems
    return traces, complaints, problems


def last_end(model: ScenarioModel, traces: Mapping[str, TracePods]) -> int | None:
    """When the last of the traces ends, in ms; None without one."""
    from ..workload.arrivals import trace_end_ms

    specs = (workload for workload in model.workload if isinstance(workload, Trace))
    return max((trace_end_ms(one, traces[one.name]) for one in specs), default=None)


def _duplicates(path: Path, names: Sequence[str]) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            message = f"{dotted((*path, first[name]))} has the name {name} already"
            yield Complaint((*path, index, "name"), message, "give each its own name")
        first.setdefault(name, index)


def _unknown(
    path: Path, names: Sequence[str], known: Mapping[str, None], what: str
) -> Iterator[Complaint]:
    for index, name in enumerate(names):
        if name not in known:
            remedy = did_you_mean(name, list(known))
            yield Complaint((*path, index), f"there is no {what} {name}", remedy)


def _overlaps(path: Path, networks: list[IPv4Network]) -> Iterator[Complaint]:
    order = sorted(range(len(networks)), key=lambda i: (networks[i], i))
    widest: int | None = None
    for index in order:  # of two networks that overlap, one holds the other and sorts before it
        if widest is not None and networks[index].overlaps(networks[widest]):
            early, late = sorted((index, widest))
            message = f"{networks[late]} overlaps {networks[early]} of {dotted((*path, early))}"
            yield Complaint((*path, late, "cidr"), message)
        else:
            widest = index


def _subnet_errors(path: Path, subnet: Subnet) -> Iterator[Complaint]:
    reservations = [one.cidr for one in subnet.reservations]
    yield from _overlaps((*path, "reservations"), reservations)
    outside = False
    for index, one in enumerate(reservations):
        if not one.subnet_of(subnet.cidr):
            outside = True
            place = (*path, "reservations", index, "cidr")
            message = f"{one} lies outside of the subnet, {subnet.cidr}"
            yield Complaint(place, message, given=(*path, "cidr"))
    misplaced = list(_others_errors((*path, "others", "addresses"), subnet))
    yield from misplaced
    if not (outside or misplaced) and subnet.others.count > (room := room_for_singles(subnet)):
        message = f"{subnet.others.count} addresses of others in a subnet that has {room} for them"
        yield Complaint((*path, "others", "count"), message, given=(*path, "cidr"))


def _others_errors(path: Path, subnet: Subnet) -> Iterator[Complaint]:
    first, last = int(subnet.cidr[0]), int(subnet.cidr[-1])
    for index, one in enumerate(subnet.others.addresses):
        if one.first < first or one.last > last:
            message = f"{one} lies outside of the subnet, {subnet.cidr}"
            yield Complaint((*path, index), message, given=(*path[:-2], "cidr"))
        elif one.first < first + FIRST_RESERVED or one.last == last:
            message = f"{one} has one of the five addresses that AWS keeps of {subnet.cidr}"
            yield Complaint((*path, index), message, "leave it out", given=(*path[:-2], "cidr"))


def room_for_singles(subnet: Subnet) -> int:
    """Single addresses, as `single_addresses`, that are not among those that others list."""
    reservations = [(int(one[0]), int(one[-1])) for one in _first_reservations(subnet)]
    held = 0
    for one in subnet.others.addresses:
        inside = (min(one.last, last) - max(one.first, first) + 1 for first, last in reservations)
        held += one.size - sum(max(0, count) for count in inside)
    return single_addresses(subnet) - held


def single_addresses(subnet: Subnet) -> int:
    """Addresses that EC2 may hand out one by one at the start: not AWS's own, not reserved."""
    first, last = subnet.cidr[0], subnet.cidr[-1]
    kept = [first, first + 1, first + 2, first + 3, last]
    assert len(kept) == AWS_RESERVED
    reservations = _first_reservations(subnet)
    free_kept = sum(not any(address in cidr for cidr in reservations) for address in kept)
    return subnet.cidr.num_addresses - free_kept - sum(cidr.num_addresses for cidr in reservations)


def _tenant_errors(aws: Aws) -> Iterator[Complaint]:
    names = [one.name for one in aws.tenants]
    yield from _duplicates(("aws", "tenants"), names)
    if OTHERS in names and any(aws.other_requests.values()):
        message = f"other_requests are reported as a tenant named {OTHERS} already"
        place: Path = ("aws", "tenants", names.index(OTHERS), "name")
        yield Complaint(place, message, "give it another name")


def _first_reservations(subnet: Subnet) -> list[IPv4Network]:
    """Those that are there from the start."""
    return [one.cidr for one in subnet.reservations if not one.at]


def _type_errors(path: Path, group: NodeGroup, settings: Ipamd) -> Iterator[Complaint]:
    from ..aws.instance_types import nearest, of_group
    from ..kube.max_pods import max_pods

    try:
        instance_type = of_group(group)
    except KeyError:
        near = nearest(group.instance_type)
        guess = f"did you mean {' or '.join(near)}? if not, " if near else ""
        remedy = f"{guess}give its limits"
        message = f"unknown instance type {group.instance_type}"
        yield Complaint((*path, "instance_type"), message, remedy)
        return
    if instance_type.vcpus is None or instance_type.memory_mib is None:
        message = f"the vCPUs and memory of {group.instance_type} are not known"
        yield Complaint((*path, "instance_type"), message, "give its limits")
        return
    try:
        max_pods(group, settings)
    except ValueError as error:
        yield Complaint((*path, "max_pods"), str(error).removeprefix("max_pods "))
