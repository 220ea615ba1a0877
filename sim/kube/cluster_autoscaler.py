"""The Cluster Autoscaler, simplified: looks at pending pods and at empty nodes.

Source: kubernetes/autoscaler cluster-autoscaler core/static_autoscaler.go, loop/trigger.go,
estimator, expander/waste, FAQ.md; cloudprovider/aws/auto_scaling_groups.go (what cannot be launched
is taken off the group). Left out: removal of nodes whose pods would fit elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sim.clock import Order

from .autoscaling import Fleet, Scaled
from .nodes import Node
from .packing import Bin, first_fit, pack
from .pods import Pod

LOOP_MS = 1_000
"""From what sets off a loop to its decisions (assumed)."""

MOST_REMOVED = 10
"""--max-scale-down-parallelism: nodes removed in one loop."""

BACK_OFF_MS, MOST_BACK_OFF_MS, BACK_OFF_RESET_MS = 300_000, 1_800_000, 10_800_000
"""--initial-node-group-backoff-duration, --max-..., --node-group-backoff-reset-timeout."""


@dataclass(frozen=True, slots=True)
class AutoscalerTimes:
    """Its settings; times in ms."""

    scan_interval: int
    scale_down_unneeded: int
    scale_down_delay_after_add: int
    is_least_waste: bool
    frequent_loops: bool


@dataclass(slots=True)
class BackOff:
    """Of a group that could not launch a node (utils/backoff/exponential_backoff.go)."""

    length_ms: int = 0
    until_ms: int = -1
    failed_ms: int = -BACK_OFF_RESET_MS

    def has_failed(self, now: int) -> None:
        """The group is left alone for a while; once more while it is does not count."""
        if now - self.failed_ms >= BACK_OFF_RESET_MS:
            self.length_ms = 0
        if now >= self.until_ms:
            self.length_ms = min(self.length_ms * 2 or BACK_OFF_MS, MOST_BACK_OFF_MS)
            self.until_ms = now + self.length_ms
        self.failed_ms = now


class ClusterAutoscaler:
    """Scales Auto Scaling groups.

    Args:
        fleet: its groups, and the pods that wait.
        times: its settings.
        random: uniform on [0, 1), where several groups do as well.
    """

    def __init__(self, fleet: Fleet, times: AutoscalerTimes, random: Callable[[], float]) -> None:
        self._fleet = fleet
        self._clock = fleet.clock
        self._times = times
        self._random = random
        self._scan_ms = 0  # of the next scan
        self._scans = 0  # only the last one counts
        self._added_ms = -times.scale_down_delay_after_add
        self._unneeded_since: dict[int, int] = {}  # by the numbers of nodes
        self._back_offs = {one.offer.group: BackOff() for one in fleet.groups}

    def start(self) -> None:
        """Begins to scan."""
        self._scan_in(self._times.scan_interval)

    def pod_is_pending(self, _pod: Pod) -> None:
        """A pod fits nowhere: the next loop begins, unless one is about to (loop/trigger.go)."""
        if self._times.frequent_loops and self._scan_ms > self._clock.now + LOOP_MS:
            self._scan_in(LOOP_MS)

    def _scan_in(self, delay: int) -> None:
        self._scan_ms = self._clock.now + delay
        self._scans += 1
        self._clock.call(delay, Order.ANSWER, self._scan, self._scans)

    def _scan(self, number: int) -> None:
        if number != self._scans:
            return
        is_productive = self._scale_up() or self._scale_down()
        is_soon = is_productive and self._times.frequent_loops
        self._scan_in(LOOP_MS if is_soon else self._times.scan_interval)

    # ------------------------------------------------------------------ scale-up

    def _scale_up(self) -> bool:
        """Lets one group grow for the pods that wait; False if none can."""
        pods = self._fleet.pending()
        options = self._options(pods) if pods else []
        if not options:
            return False
        chosen, bins = self._expand(options)
        for _ in bins:
            chosen.group.add_node(partial(self._could_not_launch, chosen))
        self._added_ms = self._clock.now
        return True

    def _options(self, pods: list[Pod]) -> list[tuple[Scaled, list[Bin]]]:
        """The groups that could grow, each with the nodes it would get."""
        coming, options = self._fleet.coming(), []
        for one in self._fleet.groups:
            if self._back_offs[one.offer.group].until_ms > self._clock.now:
                continue
            order = partial(score_first, one.offer.cpu, one.offer.memory)
            bins = pack(pods, coming, [one.offer], order=order, rank=first_fit)[: one.room]
            if bins:
                options.append((one, bins))
        return options

    def _expand(self, options: list[tuple[Scaled, list[Bin]]]) -> tuple[Scaled, list[Bin]]:
        if self._times.is_least_waste:
            least = min(map(waste, options))
            options = [one for one in options if waste(one) == least]
        return options[int(self._random() * len(options))]

    def _could_not_launch(self, scaled: Scaled, node: Node) -> None:
        """The node is taken off the group, which is left alone for a while."""
        scaled.group.give_up(node)
        self._back_offs[scaled.offer.group].has_failed(self._clock.now)

    # ---------------------------------------------------------------- scale-down

    def _scale_down(self) -> bool:
        """Removes empty nodes that have been so for long enough; False if there are none."""
        now, empty, since = self._clock.now, self._fleet.empty(), self._unneeded_since
        self._unneeded_since = {node.number: since.get(node.number, now) for _, node in empty}
        if now - self._added_ms < self._times.scale_down_delay_after_add:
            return False
        removed = 0
        for scaled, node in empty:
            is_long = now - self._unneeded_since[node.number] >= self._times.scale_down_unneeded
            if is_long and len(scaled.group.nodes) > scaled.least and removed < MOST_REMOVED:
                scaled.group.drain(node)
                removed += 1
        return removed > 0


def score_first(cpu: int, memory: int, pod: Pod) -> tuple[float, int]:
    """Its order of pods: by the shares of a node that they ask for (decreasing_pod_orderer.go)."""
    return -(pod.cpu / max(cpu, 1) + pod.memory / max(memory, 1)), pod.number


def waste(option: tuple[Scaled, list[Bin]]) -> float:
    """The shares of an option's cpu and memory that its pods leave, in all (expander/waste)."""
    scaled, bins = option
    cpu, memory = (size * len(bins) for size in scaled.capacity)
    used = sum(one.cpu for one in bins), sum(one.memory for one in bins)
    return 2 - used[0] / max(cpu, 1) - used[1] / max(memory, 1)
