"""When the kubelet asked for a pod's address: each CNI ADD, the refused ones too.

Records hold the first ADD, the one that brought the address, and how many there were. The waits
between them are keyed random numbers: they follow from the scenario's seed, the workload and the
pod's index there, and are drawn again here. What is recorded must come out, or nothing is said.
"""

from __future__ import annotations

from sim.engine.purposes import Purpose
from sim.randomness import Streams, keyed_sampler
from sim.results.records import NEVER
from sim.results.result import Result
from sim.scenario.distributions import uniform


def adds_of(result: Result, row: int) -> list[int] | None:
    """Instants of a pod's CNI ADDs, in order; None if the records do not bear them out.

    Args:
        result: the run.
        row: the pod's row of the pods' table.
    """
    pods = result.pods
    pod = {column: int(pods[column][row]) for column in pods.columns}
    if not pod["adds"] or pod["first_add_ms"] == NEVER:
        return []
    drawn = _drawn(result, pod)
    *adds, following = drawn
    if pod["address_ms"] != NEVER:
        return adds if adds[-1] == pod["address_ms"] else None
    gone = result.end_ms if pod["ended_ms"] == NEVER else pod["ended_ms"]
    return adds if adds[-1] <= gone <= following else None


def _drawn(result: Result, pod: dict[str, int]) -> list[int]:
    """The ADDs as drawn, and the one that would have followed."""
    kube = result.scenario.model.kube
    retry = keyed_sampler(kube.add_retry, Purpose.ADD_RETRY)
    not_ready = keyed_sampler(kube.not_initialised_retry, Purpose.NOT_INITIALISED_RETRY)
    tick = keyed_sampler(uniform(0, kube.sync_tick), Purpose.SYNC_TICK)
    workload = result.names.workloads[pod["workload"]]
    key = Streams(result.scenario.model.seed).key("workload", workload)
    nodes = result.nodes
    ready = int(nodes["ready_ms"][nodes["node"] == pod["node"]][0])
    found = [pod["first_add_ms"]]
    for number in range(1, pod["adds"] + 1):
        is_ready = NEVER < ready <= found[-1]
        wait = (retry if is_ready else not_ready)(key, pod["index"], number)
        found.append(found[-1] + wait + tick(key, pod["index"], number))
    return found
