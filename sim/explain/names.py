"""Names of pods, nodes and subnets in a run's records, and the nearest to a wrong one.

A pod is called by its workload and its index there, as kubectl shows a StatefulSet's: ``tasks-17``;
a CronJob's by the number of its Job, too: ``nightly-3-0``; a DaemonSet's by its node's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from sim.kube.controllers import CronJobController
from sim.report.format import number_of
from sim.results.pods import counts
from sim.results.records import NEVER
from sim.results.result import Result
from sim.results.steps import Window
from sim.scenario.errors import InputError, Problem, did_you_mean

_PODS_OF_A_JOB = CronJobController.MAX_PODS_OF_A_JOB


def pod_name(result: Result, row: int) -> str:
    """The name of the pod in a row of the pods' table."""
    pods = result.pods
    workload = result.names.workloads[int(pods["workload"][row])]
    return f"{workload}-{_number(result, workload, int(pods['index'][row]))}"


def _number(result: Result, workload: str, index: int) -> str:
    if workload not in _cron_jobs(result):
        return str(index)
    job, pod = divmod(index, _PODS_OF_A_JOB)
    return f"{job}-{pod}"


def _cron_jobs(result: Result) -> set[str]:
    return {one.name for one in result.scenario.model.workload if one.kind == "cronjob"}


def pod_row(result: Result, name: str) -> int:
    """The row of the pods' table that holds the pod of this name.

    Raises:
        InputError: there is no such pod.
    """
    pods = result.pods
    for workload, index in _readings(result, name):
        is_it = (pods["workload"] == workload) & (pods["index"] == index)
        if is_it.any():
            return int(np.flatnonzero(is_it)[0])
    raise unknown("pod", name, _pod_remedy(result, name))


def _readings(result: Result, name: str) -> Iterator[tuple[int, int]]:
    """(workload, index) that a name may stand for, the longest workload's first."""
    workloads, cron_jobs = result.names.workloads, _cron_jobs(result)
    for workload in sorted(workloads, key=lambda one: -len(one)):
        pattern = r"-(\d{1,12})-(\d{1,12})" if workload in cron_jobs else r"-(\d{1,18})"
        found = re.fullmatch(re.escape(workload) + pattern, name, re.ASCII)
        if found:
            *job, pod = map(int, found.groups())
            yield workloads.index(workload), sum(job) * _PODS_OF_A_JOB + pod


def _pod_remedy(result: Result, name: str) -> str:
    """The pods of the workload that is meant, by its first and its last."""
    workloads, of = result.names.workloads, result.pods["workload"]
    there = [workloads[number] for number in np.unique(of).tolist()]
    if not there:
        return "no pod was created in this run"
    meant = next((one for one in there if name.startswith(f"{one}-")), "")
    if not meant:
        base = re.sub(r"(-\d+)+$", "", name)
        remedy = did_you_mean(base, there) or f"known here: {', '.join(there[:5])}, ..."
        if not remedy.startswith("did you mean"):
            return f"a pod is named by its workload and a number; workloads {remedy}"
        meant = remedy.removeprefix("did you mean ").removesuffix("?")
    rows = np.flatnonzero(of == workloads.index(meant))
    indices = result.pods["index"][rows]
    ends = (rows[indices.argmin()], rows[indices.argmax()])
    first, last = (pod_name(result, int(row)) for row in ends)
    which = first if first == last else f"{first} to {last}"
    return f"{meant} has {number_of(len(rows), 'pod')}, {which}"


def node_number(result: Result, name: str) -> int:
    """The number of the node of this name.

    Raises:
        InputError: there is no such node.
    """
    return _number_of("node", name, result.names.nodes)


def subnet_number(result: Result, name: str) -> int:
    """The number of the subnet of this name.

    Raises:
        InputError: there is no such subnet.
    """
    return _number_of("subnet", name, result.names.subnets)


def _number_of(kind: str, name: str, known: list[str]) -> int:
    if name not in known:
        raise unknown(kind, name, did_you_mean(name, known) or f"such as {known[0]}")
    return known.index(name)


def unknown(kind: str, name: str, remedy: str) -> InputError:
    """The error about a name that the run does not have."""
    return InputError([Problem(f"this run has no {kind} {name!r}", remedy=remedy)])


# ---------------------------------------------------------------- the worst of each


def worst_pod(result: Result) -> int:
    """The row of the pod that waited longest for its address, of equals the slowest to run.

    Those that the summary counts. A wait that did not end counts with what it had lasted.

    Raises:
        InputError: no pod counts.
    """
    pods, end = result.pods, result.end_ms
    ended = np.where(pods["ended_ms"] == NEVER, end, pods["ended_ms"])

    def lasted(start: str, stop: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        until = np.where(pods[stop] == NEVER, ended, pods[stop])
        return np.where(pods[start] == NEVER, 0, np.maximum(until - pods[start], 0))

    warm_up = result.scenario.model.warm_up
    rows = np.flatnonzero(counts(pods, Window.after(warm_up, end).start))
    if not len(rows):
        message = f"no pod asked for an address{' after the warm-up' if warm_up else ''}"
        raise InputError([Problem(message, remedy="explain a node or a subnet instead")])
    waited, started = lasted("first_add_ms", "address_ms"), lasted("created_ms", "running_ms")
    order = np.lexsort((pods["pod"][rows], -started[rows], -waited[rows]))
    return int(rows[order[0]])


def busiest_node(result: Result) -> int:
    """The node that made the most EC2 requests.

    Raises:
        InputError: the run had no node.
    """
    if not result.names.nodes:
        raise InputError([Problem("this run had no node", remedy="explain a subnet instead")])
    nodes = result.ec2_calls["node"]
    return int(np.bincount(nodes, minlength=len(result.names.nodes)).argmax())


def tightest_subnet(result: Result) -> int:
    """The subnet that came closest to running out, of equals the first."""
    subnets = result.summary["addresses"]["subnets"]
    name = min(subnets, key=lambda one: int(subnets[one]["smallest_free"]))
    return result.names.subnets.index(name)
