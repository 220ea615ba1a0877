"""Windows of time in which EC2 answers some of the requests with an error of its own.

What it was asked for it does not do, unless it is the answer that gets lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .ec2 import Answer


class Fault(NamedTuple):
    """What a share of the requests made in [from_ms, to_ms) is answered.

    They have no effect; with ``is_answer_lost`` they have all of it.
    """

    from_ms: int
    to_ms: int
    answer: Answer
    share: float
    is_answer_lost: bool = False


class Faults:
    """The faults of a run.

    Args:
        by_action: the faults of each action; the first that holds counts.
        random: a stream of its own, uniform on [0, 1); asked only for shares below 1.
    """

    def __init__(
        self, by_action: Mapping[str, Sequence[Fault]], random: Callable[[], float]
    ) -> None:
        self._by_action = by_action
        self._random = random

    def met(self, action: str, now: int) -> Fault | None:
        """The fault that a request made ``now`` meets, None if all is well."""
        for fault in self._by_action.get(action, ()):
            is_now = fault.from_ms <= now < fault.to_ms
            if is_now and (fault.share >= 1 or self._random() < fault.share):
                return fault
        return None
