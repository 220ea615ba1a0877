"""What cannot be had better in one respect without being worse in another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def pareto_front(points: Mapping[T, tuple[float, ...]]) -> list[T]:
    """Those that no other is at least as good as in all respects; of equal ones the first.

    Args:
        points: what is to be small, in each respect.

    Returns:
        Them by rising values, the first respect first.
    """
    front: list[T] = []
    for one in sorted(points, key=points.__getitem__):  # whoever dominates comes before
        if not any(_is_as_good(points[other], points[one]) for other in front):
            front.append(one)
    return front


def _is_as_good(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True))


def thinned(items: Sequence[T], n: int) -> list[T]:
    """Up to ``n`` of the items, evenly through their order, both ends among them."""
    if len(items) <= n:
        return list(items)
    return [items[round(place * (len(items) - 1) / (n - 1))] for place in range(n)]
