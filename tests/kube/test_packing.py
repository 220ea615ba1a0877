"""How many nodes pods need: first fit, the largest first, on the cheapest kind that holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kube.packing import Bin, Offer, first_fit, pack
from sim.kube.pods import Pod, Template

SMALL = Offer(group=0, cpu=2_000, memory=4_000, slots=4)
LARGE = Offer(group=1, cpu=4_000, memory=8_000, slots=8)


def waiting(*cpus: int, groups: frozenset[int] | None = None, branch: bool = False) -> list[Pod]:
    """Pods that ask for so many millicores each."""
    template = Template(0, "w", 0, groups=groups, security_groups=branch)
    made = [Pod(number, number, template, 0) for number in range(len(cpus))]
    for pod, cpu in zip(made, cpus, strict=True):
        pod.cpu = cpu
    return made


def chosen(bins: list[Bin]) -> list[tuple[int, int]]:
    """(group of the cheapest kind, pods) of each node."""
    return [(one.offers[0].group, len(one.pods)) for one in bins]


@pytest.mark.parametrize(
    ("cpus", "expected"),
    [
        ((), []),
        ((1_000,), [(0, 1)]),
        ((1_000, 1_000), [(0, 2)]),  # 2,000 of 2,000
        ((1_000,) * 3, [(1, 3)]),  # 3,000: a small one does not hold them any more
        ((1_000,) * 5, [(1, 4), (0, 1)]),
        ((3_000, 1_500, 1_000), [(1, 2), (0, 1)]),  # 3,000 + 1,000, then 1,500
        ((100,) * 9, [(1, 8), (0, 1)]),  # eight slots
        ((5_000, 1_000), [(0, 1)]),  # nothing holds the first
    ],
)
def test_pods_are_packed(cpus: tuple[int, ...], expected: list[tuple[int, int]]) -> None:
    """By hand, with two cores and four slots on a small node, twice that on a large one."""
    assert chosen(pack(waiting(*cpus), [], [SMALL, LARGE])) == expected


def test_new_nodes_with_few_pods_come_first() -> None:
    """Karpenter spreads what is small over the nodes that large pods need; first fit does not."""
    small = (100,) * 3
    both = waiting(3_500, 3_500, *small)
    assert [len(one.pods) for one in pack(both, [], [LARGE])] == [3, 2]
    assert [len(one.pods) for one in pack(both, [], [LARGE], rank=first_fit)] == [4, 1]


def test_pods_with_a_branch_eni_need_one() -> None:
    """Three of five fit on a type with three branch ENIs; on one without, none does."""
    trunk = LARGE._replace(branches=3)
    guarded = waiting(*(100,) * 5, branch=True)
    assert chosen(pack(guarded, [], [SMALL, trunk])) == [(1, 3), (1, 2)]
    assert chosen(pack(guarded, [trunk], [SMALL, trunk])) == [(1, 2)]
    assert pack(guarded, [], [SMALL]) == []


def test_nodes_that_are_coming_are_filled_first() -> None:
    """One small node is on its way: of three pods one is left for a new one."""
    assert chosen(pack(waiting(1_000, 1_000, 1_000), [SMALL], [SMALL])) == [(0, 1)]


def test_pods_go_to_their_own_groups_only() -> None:
    """A pod for group 1 gets a large node, however small it is."""
    assert chosen(pack(waiting(100, groups=frozenset({1})), [SMALL], [SMALL, LARGE])) == [(1, 1)]


@given(st.lists(st.integers(0, 4_500), max_size=40), st.integers(0, 3))
def test_no_node_is_overfull_and_no_pod_is_lost(cpus: list[int], coming: int) -> None:
    """Each pod that fits on some kind is on one node, which holds all of its pods."""
    pods = waiting(*cpus)
    bins = pack(pods, [SMALL] * coming, [SMALL, LARGE])
    placed = [pod for one in bins for pod in one.pods]
    assert len(placed) == len({pod.number for pod in placed})
    for one in bins:
        used = sum(pod.cpu for pod in one.pods), sum(pod.memory for pod in one.pods)
        assert all(offer.holds(*used, len(one.pods)) for offer in one.offers)
        assert one.pods
    fitting = [pod for pod in pods if pod.cpu <= LARGE.cpu]
    assert len(placed) >= len(fitting) - coming * SMALL.slots
