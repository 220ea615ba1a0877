"""The room on each node, and the nodes in order of their score for a pod.

Source: kubernetes pkg/scheduler/framework/plugins/noderesources (least_allocated.go,
most_allocated.go): per resource an integer from 0 to 100, the node's score their integer mean; a
pod without a request counts as 100m and 200 MiB there.

For a shape of pods all nodes are rated at once, in NumPy; from then on only those nodes whose room
has changed since, so that a further pod of that shape costs the same on 50 nodes and on 5,000.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .pods import Pod

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

DEFAULT_CPU = 100  # millicores
DEFAULT_MEMORY = 200  # MiB
CLOSED = -1  # group of a node that takes no pods
BEST = 101  # rating: 1 + score
RECENT = 64  # changes; to rate so many nodes one by one takes as long as all at once

Groups = frozenset[int] | None
Shape = tuple[int, int, Groups]


def shape_of(pod: Pod) -> Shape:
    """What decides where a pod fits and what it scores: millicores, MiB, node groups."""
    return pod.cpu, pod.memory, pod.template.groups


class Rooms:
    """The room on each node, by row in order of registration.

    A row is free millicores, MiB and slots; millicores and MiB free to the score; allocatable
    millicores and MiB, at least 1; the node's group.
    """

    _WIDTH = 8

    def __init__(self, most_allocated: bool) -> None:
        self._most_allocated = most_allocated
        self._rows: list[list[int]] = []
        self._changed: dict[int, list[int]] = {}  # rows of which nothing below knows yet
        self._table: IntArray | None = None  # the rows as columns
        self._stale: dict[int, list[int]] = {}  # rows that the table lags behind
        self._recent: deque[int] = deque(maxlen=RECENT)  # rows that changed, the last ones
        self._changes = 0
        self._rankings: dict[Shape, Ranking] = {}  # of the shapes that were asked for last

    # ------------------------------------------------------------------ changes

    def add(self, cpu: int, memory: int, slots: int) -> int:
        """A new node with this allocatable room, closed; returns its row."""
        row, capacity = len(self._rows), (max(cpu, 1), max(memory, 1))
        self._rows.append([cpu, memory, slots, *capacity, *capacity, CLOSED])
        self._changed[row] = self._rows[row]
        self._rankings.clear()
        return row

    def set_group(self, row: int, group: int) -> None:
        """Opens a node for the pods that may run in this group, or closes it."""
        self._changed[row] = room = self._rows[row]
        room[-1] = group

    def move(self, pod: Pod, row: int, sign: int) -> None:
        """Takes (-1) or gives (+1) a pod's room."""
        self._changed[row] = room = self._rows[row]
        cpu, memory = sign * pod.cpu, sign * pod.memory
        room[0] += cpu
        room[1] += memory
        room[2] += sign
        room[3] += cpu or sign * DEFAULT_CPU
        room[4] += memory or sign * DEFAULT_MEMORY

    # ---------------------------------------------------------------- questions

    def is_open(self, row: int) -> bool:
        """Whether pods may come."""
        return self._rows[row][-1] != CLOSED

    def free(self, row: int) -> list[int]:
        """Free millicores, MiB and slots; below 0 where pods came past the scheduler."""
        return self._rows[row][:3]

    def ranking(self, shape: Shape) -> Ranking:
        """All nodes by their score for a pod of this shape, as things are now."""
        self._note_changes()
        ranking = self._rankings.pop(shape, None)
        if ranking is None or self._changes - ranking.changes > RECENT:
            ranking = Ranking(self._rate_all(shape))
        else:
            for place in range(ranking.changes - self._changes, 0):
                row = self._recent[place]
                ranking.put(row, self._rate(shape, self._rows[row]))
        ranking.changes = self._changes
        self._rankings[shape] = ranking
        if len(self._rankings) > RECENT:
            del self._rankings[next(iter(self._rankings))]
        return ranking

    def _note_changes(self) -> None:
        self._changes += len(self._changed)
        self._recent.extend(self._changed)
        self._stale.update(self._changed)
        self._changed.clear()

    # ------------------------------------------------------------------ ratings

    def _rate(self, shape: Shape, room: list[int]) -> int:
        """1 + the score of a node with this room; 0 where the pod does not fit."""
        cpu, memory, groups = shape
        free_cpu, free_memory, slots, scored_cpu, scored_memory, all_cpu, all_memory, group = room
        if slots <= 0 or group == CLOSED or (groups is not None and group not in groups):
            return 0
        if (cpu and cpu > free_cpu) or (memory and memory > free_memory):
            return 0
        free_cpu = max(scored_cpu - (cpu or DEFAULT_CPU), 0)
        free_memory = max(scored_memory - (memory or DEFAULT_MEMORY), 0)
        if self._most_allocated:
            free_cpu, free_memory = all_cpu - free_cpu, all_memory - free_memory
        return 1 + (free_cpu * 100 // all_cpu + free_memory * 100 // all_memory) // 2

    def _rate_all(self, shape: Shape) -> IntArray:
        """The same for all nodes."""
        import numpy as np

        cpu, memory, groups = shape
        free_cpu, free_memory, slots, scored_cpu, scored_memory, all_cpu, all_memory, group = (
            self._columns()
        )
        fits = slots > 0
        fits &= group != CLOSED if groups is None else np.isin(group, list(groups))
        if cpu:
            fits &= free_cpu >= cpu
        if memory:
            fits &= free_memory >= memory
        free_cpu = np.maximum(scored_cpu - (cpu or DEFAULT_CPU), 0)
        free_memory = np.maximum(scored_memory - (memory or DEFAULT_MEMORY), 0)
        if self._most_allocated:
            free_cpu, free_memory = all_cpu - free_cpu, all_memory - free_memory
        scores = (free_cpu * 100 // all_cpu + free_memory * 100 // all_memory) // 2
        ratings: IntArray = fits * (1 + scores)
        return ratings

    def _columns(self) -> IntArray:
        import numpy as np

        count = len(self._rows)
        if self._table is None or count > self._table.shape[1]:
            twice = np.array(2 * self._rows, dtype=np.int64)  # as many again may come
            self._table = twice.reshape(-1, self._WIDTH).T.copy()
            self._stale.clear()
        for row, room in self._stale.items():
            self._table[:, row] = room
        self._stale.clear()
        return self._table[:, :count]


class Ranking:
    """The nodes by their rating for one shape of pods.

    Args:
        ratings: of each row, from 0: unfit, to BEST.
    """

    __slots__ = ("_best", "_counts", "_ratings", "changes")

    def __init__(self, ratings: IntArray) -> None:
        import numpy as np

        self.changes = 0  # how many changes of rooms it knows
        self._counts: list[int] = np.bincount(ratings, minlength=BEST + 1).tolist()
        self._ratings = bytearray(ratings.astype(np.uint8))
        self._best = int(ratings.max(initial=0))

    def put(self, row: int, rating: int) -> None:
        """A node has another rating."""
        self._counts[self._ratings[row]] -= 1
        self._counts[rating] += 1
        self._ratings[row] = rating
        self._best = max(self._best, rating)

    def ties(self) -> int:
        """How many nodes share the best rating; 0 where the pod fits nowhere."""
        while self._best and not self._counts[self._best]:
            self._best -= 1
        return self._counts[self._best] if self._best else 0

    def row(self, tie: int) -> int:
        """Row of one of these nodes, counted from 0 in order of rows: found by halving."""
        low, high = 0, len(self._ratings)
        while high - low > 1:
            middle = (low + high) // 2
            below = self._ratings.count(self._best, low, middle)
            if tie < below:
                high = middle
            else:
                low, tie = middle, tie - below
        return low
