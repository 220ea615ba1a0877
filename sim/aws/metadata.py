"""The instance metadata service: what EC2 did, seen some time later.

An ENI, and each change of its addresses, appears a delay after the fact; changes appear in the
order in which they happened. Reading takes no time and no EC2 request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any


@dataclass(slots=True)
class SeenInterface:
    """An ENI as the metadata show it; ``addresses`` (no primary one) and ``prefixes`` in order."""

    eni: int
    subnet: int
    addresses: dict[int, None] = field(default_factory=dict)
    prefixes: dict[int, None] = field(default_factory=dict)

    def cidrs(self, is_prefix: bool) -> dict[int, None]:
        """Its CIDRs of one kind."""
        return self.prefixes if is_prefix else self.addresses

    def copy(self) -> SeenInterface:
        """What is shown now, whatever comes later."""
        return SeenInterface(self.eni, self.subnet, dict(self.addresses), dict(self.prefixes))


class InstanceMetadata:
    """The metadata of one instance.

    Args:
        delay: gives the next change's delay in ms.
    """

    def __init__(self, delay: Callable[[], int]) -> None:
        self._delay = delay
        self._seen: dict[int, SeenInterface] = {}
        self.settled_ms = 0  # when the last change appears
        self._coming: deque[tuple[int, Callable[[], object]]] = deque()
        self.on_change: Callable[[], object] | None = None  # called when EC2 changed something

    def get_attached_enis(self, now: int) -> dict[int, SeenInterface]:
        """ENIs by id, as they show at ``now`` (GetAttachedENIs)."""
        while self._coming and self._coming[0][0] <= now:
            self._coming.popleft()[1]()
        return self._seen

    def attached(self, eni: int, subnet: int, now: int) -> None:
        """The ENI was attached at ``now``; its addresses are told apart."""
        self._later(now, self._seen.setdefault, eni, SeenInterface(eni, subnet))

    def attached_at_launch(self, eni: int, subnet: int) -> None:
        """The primary ENI: there from the first moment."""
        self._seen[eni] = SeenInterface(eni, subnet)

    def detached(self, eni: int, now: int) -> None:
        """The ENI was detached at ``now``."""
        self._later(now, self._seen.pop, eni, None)

    def assigned(self, eni: int, cidrs: list[int], is_prefix: bool, now: int) -> None:
        """The ENI got these CIDRs at ``now``."""
        self._later(now, self._add, eni, cidrs, is_prefix)

    def unassigned(self, eni: int, cidrs: list[int], is_prefix: bool, now: int) -> None:
        """The ENI lost these CIDRs at ``now``."""
        self._later(now, self._remove, eni, cidrs, is_prefix)

    def _later(self, now: int, change: Callable[..., object], *what: Any) -> None:
        self.get_attached_enis(now)  # what shows by now need not be kept
        when = now + self._delay()
        self.settled_ms = max(self.settled_ms, when)
        if when <= now and not self._coming:
            change(*what)
        else:
            self._coming.append((when, partial(change, *what)))
        if self.on_change is not None:
            self.on_change()

    def _add(self, eni: int, cidrs: list[int], is_prefix: bool) -> None:
        seen = self._seen.get(eni)
        if seen:
            seen.cidrs(is_prefix).update(dict.fromkeys(cidrs))

    def _remove(self, eni: int, cidrs: list[int], is_prefix: bool) -> None:
        seen = self._seen.get(eni)
        if seen:
            for cidr in cidrs:
                seen.cidrs(is_prefix).pop(cidr, None)
