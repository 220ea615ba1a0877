"""Decisions in small numbers; the arithmetic stands beside each row.

Written from aws/amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go and datastore/data_store.go,
functions of the same names.
"""

from __future__ import annotations

from typing import Any

import pytest

from sim.ipamd.decisions import (
    OtherEnis,
    Stats,
    TargetState,
    cidrs_to_ask_for,
    cidrs_to_give_back,
    compute_extra_prefixes_over_warm_target,
    datastore_target_state,
    div_ceil,
    get_eni_resources_to_allocate,
    get_prefixes_needed,
    has_room_for_eni,
    has_room_for_trunk,
    is_datastore_pool_too_high,
    is_datastore_pool_too_low,
    is_required,
    should_remove_extra_enis,
)
from sim.ipamd.settings import Settings

SLOTS = 9  # as on m5.large


def settings(**changes: Any) -> Settings:
    """Default settings of an m5.large: 3 ENIs of 9 addresses."""
    defaults = {
        "warm_eni_target": 1,
        "warm_prefix_target": 1,
        "warm_ip_target": 0,
        "minimum_ip_target": 0,
        "prefix_delegation": False,
        "max_enis": 3,
        "slots": SLOTS,
        "max_pods": 29,
    }
    return Settings(**(defaults | changes))


def ips(warm: int = 0, minimum: int = 0, **changes: Any) -> Settings:
    """Settings with IP targets."""
    return settings(warm_ip_target=warm, minimum_ip_target=minimum, **changes)


def prefixes(target: int = 1, **changes: Any) -> Settings:
    """Settings of prefix mode, with room for many pods."""
    more = {"prefix_delegation": True, "warm_prefix_target": target, "max_pods": 1000}
    return settings(**(more | changes))


def pool(total: int, assigned: int, cooling: int = 0) -> Stats:
    """A pool of single addresses."""
    return Stats(total, 0, assigned, cooling, 0)


def prefix_pool(held: int, assigned: int, free: int) -> Stats:
    """A pool of /28s, of which ``free`` have no pod."""
    return Stats(16 * held, held, assigned, 0, free)


@pytest.mark.parametrize(
    ("x", "y", "rounded_up"), [(0, 16, 0), (1, 16, 1), (16, 16, 1), (17, 16, 2), (5, 1, 5)]
)
def test_div_ceil(x: int, y: int, rounded_up: int) -> None:
    """DivCeil: division rounded up."""
    assert div_ceil(x, y) == rounded_up


def test_cooling_addresses_count_as_available() -> None:
    """AvailableAddresses: total less assigned, cooling ones included."""
    assert pool(9, 4, cooling=3).available == 5


@pytest.mark.parametrize(
    ("warm", "minimum", "total", "assigned", "state"),
    [
        (0, 0, 9, 4, (0, 0, False)),  # no targets
        (2, 0, 5, 4, (1, 0, True)),  # 2 - 1 available
        (2, 0, 6, 4, (0, 0, True)),  # 2 available
        (2, 0, 9, 4, (0, 3, True)),  # 5 - 2
        (0, 10, 6, 4, (4, 0, True)),  # 10 - 6
        (5, 10, 8, 4, (2, 0, True)),  # short: max(5 - 4, 10 - 8)
        (5, 10, 8, 7, (4, 0, True)),  # short: max(5 - 1, 10 - 8)
        (2, 10, 12, 4, (0, 2, True)),  # over: min(8 - 2, 12 - 10)
        (2, 10, 9, 4, (1, 0, True)),  # over: min(5 - 2, 9 - 10) < 0
        (0, 3, 5, 1, (0, 2, True)),  # warm 0: min(4 - 0, 5 - 3)
    ],
)
def test_datastore_target_state(
    warm: int, minimum: int, total: int, assigned: int, state: tuple[int, int, bool]
) -> None:
    """Short: max(warm - available, minimum - total). Over: min(available - warm, total - min)."""
    found = datastore_target_state(ips(warm, minimum), pool(total, assigned))
    assert found == TargetState(*state)


@pytest.mark.parametrize(
    ("warm", "minimum", "held", "assigned", "free", "short", "over"),
    [
        (1, 0, 1, 16, 0, 1, 0),  # short 1 - 0 addresses: 1 prefix
        (20, 0, 1, 0, 1, 1, 0),  # short 20 - 16 = 4: 1 prefix
        (40, 0, 0, 0, 0, 3, 0),  # short 40: 3 prefixes
        (1, 0, 3, 5, 2, 0, 2),  # over: min(2 free, 3 - ceil(6 / 16))
        (16, 0, 3, 1, 2, 0, 1),  # over: min(2 free, 3 - ceil(17 / 16)) = 1
        (1, 0, 3, 5, 0, 0, 0),  # nothing is free
        (1, 33, 4, 5, 3, 0, 1),  # over: min(3, 4 - 1, 4 - ceil(33 / 16))
        (0, 64, 3, 5, 2, 1, 0),  # short 64 - 48 = 16; over: 3 - 4 < 0
    ],
)
def test_datastore_target_state_in_prefixes(
    warm: int, minimum: int, held: int, assigned: int, free: int, short: int, over: int
) -> None:
    """In prefix mode both come in /28s, and only those without a pod can be over."""
    targets = prefixes(warm_ip_target=warm, minimum_ip_target=minimum)
    found = datastore_target_state(targets, prefix_pool(held, assigned, free))
    assert found == TargetState(short, over, True)


TOO_LOW = [
    (settings(), pool(9, 0), False),  # 9 available = 9 x 1
    (settings(), pool(9, 1), True),  # 8 < 9
    (settings(warm_eni_target=2), pool(18, 1), True),  # 17 < 18
    (settings(warm_eni_target=0), pool(9, 8), False),  # 1 available
    (settings(warm_eni_target=0), pool(9, 9), True),  # 0 available
    (settings(max_pods=9), pool(9, 9), False),  # max pods reached, though none is free
    (settings(max_pods=10), pool(9, 9), True),
    (ips(2), pool(9, 7), False),  # 2 available
    (ips(2), pool(9, 8), True),  # 1 < 2
    (ips(2, max_pods=9), pool(9, 9), False),
    (ips(0, 10), pool(10, 10), False),  # warm 0: never past the minimum
    (ips(0, 10), pool(9, 0), True),
    (prefixes(1), prefix_pool(1, 0, 1), False),  # 16 available = 16 x 1
    (prefixes(1), prefix_pool(1, 1, 0), True),  # 15 < 16
    (prefixes(1), prefix_pool(2, 16, 0), False),  # 16 available, in shared prefixes
    (prefixes(0), prefix_pool(1, 16, 0), True),  # 0 available
    (prefixes(0), prefix_pool(1, 15, 0), False),
]


@pytest.mark.parametrize(("targets", "stats", "too_low"), TOO_LOW)
def test_is_datastore_pool_too_low(targets: Settings, stats: Stats, too_low: bool) -> None:
    """Below the targets, or with target 0 nothing available; never from max pods on."""
    assert is_datastore_pool_too_low(targets, stats) is too_low


TOO_HIGH = [  # and how much is given back
    (settings(), pool(27, 0), 0),  # WARM_ENI_TARGET gives no addresses back
    (ips(2), pool(9, 7), 0),
    (ips(2), pool(9, 4), 3),  # 5 - 2
    (ips(0, 5), pool(9, 4), 4),  # min(5 - 0, 9 - 5)
    (prefixes(1), prefix_pool(3, 5, 1), 0),
    (prefixes(1), prefix_pool(3, 5, 2), 1),  # 2 free - 1
    (prefixes(0), prefix_pool(1, 0, 1), 1),  # with target 0 any free one is over
    (prefixes(1, warm_ip_target=2), prefix_pool(3, 5, 2), 2),  # min(2, 3 - ceil(7 / 16))
]


@pytest.mark.parametrize(("targets", "stats", "over"), TOO_HIGH)
def test_is_datastore_pool_too_high(targets: Settings, stats: Stats, over: int) -> None:
    """Over the IP targets, else over WARM_PREFIX_TARGET in prefix mode, else never."""
    assert is_datastore_pool_too_high(targets, stats) is (over > 0)


@pytest.mark.parametrize(("targets", "stats", "over"), TOO_HIGH)
def test_cidrs_to_give_back(targets: Settings, stats: Stats, over: int) -> None:
    """A decrease gives back all that is over (tryUnassignCidrsFromAll)."""
    assert cidrs_to_give_back(targets, stats) == over


@pytest.mark.parametrize(
    ("targets", "free", "extra"),
    [(prefixes(1), 3, 2), (prefixes(4), 3, 0), (prefixes(0), 3, 3), (settings(), 3, 0)],
)
def test_compute_extra_prefixes_over_warm_target(targets: Settings, free: int, extra: int) -> None:
    """Free prefixes over WARM_PREFIX_TARGET, which counts in prefix mode only, 0 included."""
    assert compute_extra_prefixes_over_warm_target(targets, prefix_pool(5, 9, free)) == extra


@pytest.mark.parametrize(
    ("targets", "stats", "freeable", "worth_a_look"),
    [
        (ips(1), pool(9, 9), False, True),  # always with IP targets
        (settings(), pool(18, 0), False, True),  # 18 >= (1 + 1) x 9
        (settings(), pool(18, 1), True, False),  # 17 < 18; a freeable ENI does not matter
        (settings(warm_eni_target=0), pool(18, 9), False, True),  # 9 >= 1 x 9
        (prefixes(1), prefix_pool(18, 0, 18), False, True),  # 288 >= (1 + 1) x 9 x 16
        (prefixes(1), prefix_pool(17, 0, 17), False, False),  # 272 < 288
        (prefixes(1), prefix_pool(17, 0, 17), True, True),  # CheckFreeableENIexists
    ],
)
def test_should_remove_extra_enis(
    targets: Settings, stats: Stats, freeable: bool, worth_a_look: bool
) -> None:
    """One whole ENI over the target; the unit is an ENI's addresses in prefix mode, too."""
    assert should_remove_extra_enis(targets, stats, freeable) is worth_a_look


@pytest.mark.parametrize(
    ("targets", "stats", "needed"),
    [
        (prefixes(1), prefix_pool(1, 1, 0), 1),  # 1 - 0
        (prefixes(3), prefix_pool(2, 5, 1), 2),  # 3 - 1
        (prefixes(0), prefix_pool(1, 16, 0), 1),  # at least one
        (prefixes(9, warm_ip_target=40), prefix_pool(1, 0, 1), 2),  # ceil((40 - 16) / 16)
        (prefixes(9, warm_ip_target=4), prefix_pool(1, 0, 1), 1),  # at least one
    ],
)
def test_get_prefixes_needed(targets: Settings, stats: Stats, needed: int) -> None:
    """What is short of IP targets, else of WARM_PREFIX_TARGET, but at least one."""
    assert get_prefixes_needed(targets, stats) == needed


ASKED = [  # on an ENI that exists, and at the creation of one
    (settings(), pool(9, 1), 9, 9),
    (ips(4), pool(9, 8), 3, 3),  # 4 - 1
    (ips(20), pool(9, 8), 19, 9),  # 20 - 1, an ENI holds 9
    (ips(1), pool(9, 8), 0, 0),  # nothing is short
    (prefixes(1), prefix_pool(1, 1, 0), 1, 1),
    (prefixes(30), prefix_pool(1, 1, 0), 30, 9),
]


@pytest.mark.parametrize(("targets", "stats", "asked", "_"), ASKED)
def test_cidrs_to_ask_for(targets: Settings, stats: Stats, asked: int, _: int) -> None:
    """All an ENI holds, or what is short (tryAssignIPs, tryAssignPrefixes)."""
    assert cidrs_to_ask_for(targets, stats) == asked


@pytest.mark.parametrize(("targets", "stats", "_", "created_with"), ASKED)
def test_get_eni_resources_to_allocate(
    targets: Settings, stats: Stats, _: int, created_with: int
) -> None:
    """The same, but not more than an ENI holds."""
    assert get_eni_resources_to_allocate(targets, stats) == created_with


@pytest.mark.parametrize(("enis", "room"), [(1, True), (2, True), (3, False), (4, False)])
def test_has_room_for_eni(enis: int, room: bool) -> None:
    """As long as there are fewer than the lower of the type's limit and MAX_ENI."""
    assert has_room_for_eni(settings(max_enis=3), enis) is room


@pytest.mark.parametrize(
    ("changes", "has_trunk", "most"),
    [
        ({}, False, 4),
        ({"unmanaged_enis": 1}, False, 3),
        ({"pod_eni": True}, False, 3),  # the trunk's place is kept
        ({"pod_eni": True}, True, 4),  # ... and counts once it is there
        ({"pod_eni": True, "trunking_compatible": False}, False, 4),
        ({"pod_eni": True, "unmanaged_enis": 1}, False, 2),
    ],
)
def test_room_that_others_take(changes: dict[str, Any], has_trunk: bool, most: int) -> None:
    """Unmanaged ENIs and a trunk that is wanted take places; a trunk itself takes what is left."""
    targets = settings(max_enis=4, **changes)
    assert has_room_for_eni(targets, most - 1, has_trunk)
    assert not has_room_for_eni(targets, most, has_trunk)
    for_trunk = 4 - changes.get("unmanaged_enis", 0)
    assert has_room_for_trunk(targets, for_trunk - 1)
    assert not has_room_for_trunk(targets, for_trunk)
    kept = changes.get("pod_eni", False) and changes.get("trunking_compatible", True)
    assert targets.enis_for_pods == for_trunk - kept


@pytest.mark.parametrize(
    ("targets", "total", "assigned", "free_cidrs", "required"),
    [
        (settings(), 0, 0, 0, False),  # no target asks for it
        (ips(3), 9, 6, 3, False),  # the others have 3
        (ips(3), 9, 7, 2, True),  # 2 < 3
        (ips(1), 9, 8, 1, False),
        (ips(1), 9, 9, 0, True),  # 0 < 1
        (ips(0, 1), 0, 0, 0, True),
        (ips(0, 9), 9, 9, 0, False),
        (ips(0, 10), 9, 9, 0, True),  # 9 < 10
        (prefixes(1), 16, 1, 0, True),  # 0 free < 1
        (prefixes(1), 32, 1, 1, False),
        (prefixes(0), 16, 16, 0, False),
        (prefixes(0, warm_ip_target=3), 16, 1, 0, True),  # 15 < 3 rounded up to 16
        (prefixes(0, warm_ip_target=3), 32, 16, 1, False),  # 16
        (prefixes(0, minimum_ip_target=17), 16, 0, 1, True),  # 16 < 32
        (prefixes(0, minimum_ip_target=17), 32, 0, 2, False),
        (prefixes(1, warm_ip_target=3), 32, 16, 0, True),  # IP targets met, the prefix one not
    ],
)
def test_is_required(
    targets: Settings, total: int, assigned: int, free_cidrs: int, required: bool
) -> None:
    """isRequiredForWarmIPTarget, ...MinimumIPTarget, ...WarmPrefixTarget: what others lack."""
    assert is_required(targets, OtherEnis(total, assigned, free_cidrs)) is required
