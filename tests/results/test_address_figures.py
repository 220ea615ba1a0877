"""Addresses over time: by hand, and against a loop over every millisecond."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import Made, scenario

from sim.results.addresses import SPACE, STATES

PREFIXES = {"ENABLE_PREFIX_DELEGATION": True}
HOUR = 3_600_000


def mean_peak_end(figures: dict[str, Any], name: str) -> tuple[float, int, int]:
    return figures[name]["mean"], figures[name]["peak"], figures[name]["end"]


def one_node() -> Made:
    """From 10 s on 1 primary, from 20 s on with 9 addresses, of which pods take 4 at 60 s."""
    made = Made()
    node = made.node(requested_ms=10_000, started_ms=10_000, ready_ms=20_000)
    made.space(0, -1, held=50, free=201, free_28s=3)
    made.space(10_000, node, held=1, free=200, free_28s=3)
    made.space(20_000, node, held=10, free=191, free_28s=2)
    made.pool(21_000, node, enis=1, warm=9)
    made.pool(60_000, node, enis=1, assigned=4, warm=5)
    made.pool(90_000, node, enis=1, assigned=1, cooldown=3, warm=5)
    return made


def test_states_by_hand() -> None:
    """Each state of one node's addresses over 100 s."""
    figures = one_node().summary()["addresses"]["cluster"]
    assert mean_peak_end(figures, "assigned") == ((4 * 30 + 1 * 10) / 100, 4, 1)
    assert mean_peak_end(figures, "cooldown") == (3 * 10 / 100, 3, 3)
    assert mean_peak_end(figures, "warm") == ((9 * 39 + 5 * 40) / 100, 9, 5)
    assert mean_peak_end(figures, "partial") == (0, 0, 0)
    assert mean_peak_end(figures, "eni_primary") == (79 / 100, 1, 1)
    # 1 primary for 10 s, then for 1 s all 10 are in EC2 and not yet in the data store
    assert mean_peak_end(figures, "in_transition") == ((1 * 10 + 10 * 1) / 100, 10, 0)
    assert mean_peak_end(figures, "held") == ((1 * 10 + 10 * 80) / 100, 10, 10)
    assert mean_peak_end(figures, "waste") == (8.1 - 1.3, 10, 9)
    assert mean_peak_end(figures, "other") == (50, 50, 50)
    assert mean_peak_end(figures, "free") == ((201 * 10 + 200 * 10 + 191 * 80) / 100, 201, 191)
    assert mean_peak_end(figures, "free_aligned_28s") == ((3 * 20 + 2 * 80) / 100, 3, 2)


def test_waste_in_ip_hours() -> None:
    """1 for 10 s, 10 for 40 s, 6 for 30 s, 9 for 10 s: 680 IP s."""
    assert one_node().summary()["addresses"]["cluster"]["waste_ip_hours"] == 680 / 3600


def test_the_warm_up_is_left_out() -> None:
    """With 50 s of warm-up 4 addresses are assigned for 30 of 50 s, 1 for 10 s."""
    made = one_node()
    made.scenario = scenario(warm_up="50s")
    figures = made.summary()["addresses"]["cluster"]
    assert mean_peak_end(figures, "assigned") == ((4 * 30 + 1 * 10) / 50, 4, 1)
    assert mean_peak_end(figures, "in_transition") == (0, 0, 0)


def test_subnet_and_group_of_one_node_are_as_the_cluster() -> None:
    """One node in one subnet: all three have the same figures; a group has no free addresses."""
    figures = one_node().summary()["addresses"]
    cluster = figures["cluster"]
    assert {name: figures["subnets"]["a"][name] for name in cluster} == cluster
    assert set(figures["node_groups"]["g"]) == {*STATES, "waste_ip_hours"}
    assert all(figures["node_groups"]["g"][name] == cluster[name] for name in STATES)


def test_headroom() -> None:
    """191 of 251 free from 20 s on, one node with 10 addresses: 19 more would fit."""
    subnet = one_node().summary()["addresses"]["subnets"]["a"]
    assert (subnet["size"], subnet["smallest_free"], subnet["smallest_free_at_s"]) == (251, 191, 20)
    assert subnet["ran_out_at_s"] is None
    assert subnet["more_nodes_fit"] == 19


def test_a_subnet_that_ran_out() -> None:
    """Two nodes hold 200 and 51 of 251 at 30 s; later one address comes back."""
    made = Made()
    first, second = made.node(), made.node()
    made.space(10_000, first, held=200, free=51)
    made.space(30_000, second, held=51, free=0)
    made.space(40_000, second, held=50, free=1)
    subnet = made.summary()["addresses"]["subnets"]["a"]
    assert subnet["ran_out_at_s"] == subnet["smallest_free_at_s"] == 30
    assert (subnet["smallest_free"], subnet["more_nodes_fit"]) == (0, 0)


def test_a_subnet_that_was_out_when_the_warm_up_ended() -> None:
    """It ran out at 20 s, not when the warm-up ended; that it was out at 5 s is past."""
    made = Made(scenario(warm_up="50s"))
    node = made.node()
    for second, free in ((5, 0), (10, 1), (20, 0), (30, 0), (60, 1), (70, 0)):
        made.space(1000 * second, node, held=251 - free, free=free)
    subnet = made.summary()["addresses"]["subnets"]["a"]
    assert subnet["ran_out_at_s"] == subnet["smallest_free_at_s"] == 20


def test_a_subnet_that_was_out_before_the_warm_up_ended() -> None:
    """What was over by then does not count: it ran out at 70 s."""
    made = Made(scenario(warm_up="50s"))
    node = made.node()
    for second, free in ((20, 0), (40, 1), (70, 0)):
        made.space(1000 * second, node, held=251 - free, free=free)
    assert made.summary()["addresses"]["subnets"]["a"]["ran_out_at_s"] == 70


def test_a_subnet_that_never_had_a_free_28() -> None:
    """The 16 addresses of a /28 were never all free: none was left from the start."""
    subnets = [{"name": "a", "cidr": "10.0.0.0/28"}]
    figures = Made(scenario(subnets=subnets, ipamd=PREFIXES, warm_up="50s")).summary()["addresses"]
    assert figures["subnets"]["a"]["no_28_left_at_s"] == 0


def test_more_nodes_fit_counts_nodes_that_hold_addresses_then() -> None:
    """At the tightest instant 2 nodes hold 31; a third has left. 100 / 15.5 = 6.45."""
    made = Made()
    nodes = [made.node() for _ in range(3)]
    made.space(1_000, nodes[0], held=90, free=161)
    made.space(2_000, nodes[0], held=0, free=251)
    made.space(3_000, nodes[1], held=11, free=111)
    made.space(4_000, nodes[2], held=20, free=100)
    assert made.summary()["addresses"]["subnets"]["a"]["more_nodes_fit"] == 6


def test_a_subnet_nobody_used() -> None:
    """All of it is free all the time, and no node says how many more would fit."""
    figures = Made().summary()["addresses"]["subnets"]["a"]
    assert mean_peak_end(figures, "free") == (251, 251, 251)
    assert mean_peak_end(figures, "free_aligned_28s") == (14, 14, 14)
    assert mean_peak_end(figures, "held") == (0, 0, 0)
    assert figures["more_nodes_fit"] is None


def test_a_terminated_node_holds_nothing() -> None:
    """Zeros in the pool and in the subnet at 50 s end what the node held."""
    made = Made()
    node = made.node(terminated_ms=50_000)
    made.space(0, node, held=10, free=241)
    made.pool(0, node, enis=1, assigned=9)
    made.pool(50_000, node)
    made.space(50_000, node, held=0, free=251)
    figures = made.summary()["addresses"]["cluster"]
    assert mean_peak_end(figures, "held") == (5, 10, 0)
    assert mean_peak_end(figures, "assigned") == (4.5, 9, 0)


def test_the_peak_of_the_sum_is_not_the_sum_of_the_peaks() -> None:
    """One node has 10 pods before the other has 8: the cluster never has more than 10."""
    groups = [{"name": "g"}, {"name": "h"}]
    made = Made(scenario(groups=groups))
    first, second = made.node("g"), made.node("h")
    made.pool(0, first, assigned=10)
    made.pool(40_000, first, assigned=1)
    made.pool(40_000, second, assigned=8)
    figures = made.summary()["addresses"]
    assert figures["cluster"]["assigned"]["peak"] == 10
    assert [figures["node_groups"][name]["assigned"]["peak"] for name in "gh"] == [10, 8]


def test_a_node_with_addresses_in_two_subnets() -> None:
    """Each subnet has what lies in it, the group has both."""
    subnets = [{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.1.0/25"}]
    made = Made(scenario(subnets=subnets))
    node = made.node()
    made.space(0, node, held=10, free=241, subnet=0)
    made.space(0, node, held=20, free=103, subnet=1)
    figures = made.summary()["addresses"]
    held = [figures["subnets"][name]["held"]["mean"] for name in "ab"]
    assert held == [10, 20]
    assert figures["node_groups"]["g"]["held"]["mean"] == 30
    assert figures["cluster"]["free"]["mean"] == 241 + 103


# --------------------------------------------------------------------- stranded


def stranded(ipamd: dict[str, Any], *rows: dict[str, int]) -> tuple[float, int, int]:
    """The cluster's stranded addresses, for rows of one node's pool 50 s apart."""
    made = Made(scenario(ipamd=PREFIXES | ipamd))
    node = made.node()
    for place, row in enumerate(rows):
        made.pool(50_000 * place, node, **row)
    return mean_peak_end(made.summary()["addresses"]["cluster"], "stranded")


def test_stranded_with_a_prefix_target() -> None:
    """17 pods need 2 prefixes and 1 to keep free: 2 of 5 are stranded; then all are needed."""
    rows = {"prefixes": 5, "assigned": 17}, {"prefixes": 5, "assigned": 49}
    assert stranded({}, *rows) == (16.0, 32, 0)


def test_stranded_with_ip_targets() -> None:
    """3 pods and 14 warm addresses need 2 prefixes; a minimum of 40 needs 3."""
    row = {"prefixes": 5, "assigned": 3}
    assert stranded({"WARM_IP_TARGET": 14}, row)[0] == 16 * 3
    assert stranded({"WARM_IP_TARGET": 14, "MINIMUM_IP_TARGET": 40}, row)[0] == 16 * 2


def test_fewer_prefixes_than_needed_strand_nothing() -> None:
    """A node that is still growing has nothing to let go."""
    assert stranded({}, {"prefixes": 1, "assigned": 16}) == (0, 0, 0)


def test_stranded_over_two_subnets() -> None:
    """Of 3 + 4 prefixes 5 are needed: all 3 of the first subnet and 2 of the second."""
    subnets = [{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.1.0/24"}]
    made = Made(scenario(subnets=subnets, ipamd=PREFIXES))
    node = made.node()
    made.pool(0, node, subnet=0, prefixes=3, assigned=30)
    made.pool(0, node, subnet=1, prefixes=4, assigned=34)
    figures = made.summary()["addresses"]
    assert [figures["subnets"][name]["stranded"]["end"] for name in "ab"] == [0, 32]
    assert figures["cluster"]["stranded"]["end"] == 32


def test_only_groups_that_hold_prefixes_have_stranded_addresses() -> None:
    """A group whose type cannot, or that does not want to, has no such figure."""
    groups = [
        {"name": "g"},
        {"name": "xen", "instance_type": "t2.medium"},
        {"name": "off", "ipamd": {"ENABLE_PREFIX_DELEGATION": False}},
    ]
    figures = Made(scenario(groups=groups, ipamd=PREFIXES)).summary()["addresses"]
    have = {name for name, group in figures["node_groups"].items() if "stranded" in group}
    assert have == {"g"}
    assert "stranded" in figures["cluster"]


def test_when_no_prefix_was_left() -> None:
    """Free addresses, but no free /28 from 7 s on."""
    made = Made(scenario(ipamd=PREFIXES))
    made.space(7_000, made.node(), held=17, free=234, free_28s=0)
    subnet = made.summary()["addresses"]["subnets"]["a"]
    assert (subnet["no_28_left_at_s"], subnet["ran_out_at_s"]) == (7, None)


def test_without_prefixes_nothing_is_said_about_them() -> None:
    """Neither stranded addresses nor the end of free /28s are figures of secondary IPs."""
    figures = one_node().summary()["addresses"]
    assert "stranded" not in figures["cluster"]
    assert "no_28_left_at_s" not in figures["subnets"]["a"]


# -------------------------------------------------------------- against a loop

NODES, SUBNETS, END, WARM_UP = 3, 2, 40, 11
COUNTS = ("enis", "prefixes", "assigned", "cooldown", "warm", "partial")
PLACES = st.tuples(st.integers(0, END), st.integers(0, NODES - 1), st.integers(0, SUBNETS - 1))
POOL_ROWS = st.lists(st.tuples(PLACES, st.tuples(*[st.integers(0, 40)] * 6)), max_size=15)
SPACE_ROWS = st.lists(st.tuples(PLACES, st.tuples(*[st.integers(0, 90)] * 3)), max_size=15)
Rows = list[tuple[tuple[int, int, int], tuple[int, ...]]]


def made_of(pool: Rows, space: Rows) -> Made:
    """Nodes 0 and 2 in group g, 1 in h; the last node of the rows for subnets stands for others."""
    groups = [{"name": "g"}, {"name": "h", "ipamd": {"WARM_IP_TARGET": 3}}]
    subnets = [{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.1.0/24"}]
    made = Made(scenario(groups, subnets, ipamd=PREFIXES, duration="40ms", warm_up="11ms"))
    for group in "ghg":
        made.node(group)
    for (time, node, subnet), counts in pool:
        made.pool(time, node, subnet, **dict(zip(COUNTS, counts, strict=True)))
    for (time, node, subnet), (held, free, free_28s) in space:
        ours = node if node < NODES - 1 else -1
        made.space(time, ours, held, free, free_28s=free_28s, subnet=subnet)
    return made


def needed(node: int, assigned: int) -> int:
    """Prefixes that a node's pods and targets need: W = 3 in group h, else one kept free."""
    return -(-(assigned + 3) // 16) if node == 1 else -(-assigned // 16) + 1


class Look:
    """Everything at one instant, found by going through all rows so far."""

    def __init__(self, made: Made, now: int) -> None:
        tables = made.tables()
        self.pool: dict[tuple[int, int], dict[str, int]] = {}
        self.held: dict[tuple[int, int], int] = {}
        self.free = {0: (251, 14), 1: (251, 14)}
        for row in tables["pool"].matrix.tolist():
            if row[0] <= now:
                self.pool[row[1], row[2]] = dict(zip(tables["pool"].columns, row, strict=True))
        for time, subnet, node, held, *free in tables["subnets"].matrix.tolist():
            if time <= now:
                self.held[node, subnet] = held
                self.free[subnet] = tuple(free)

    def sums(self, nodes: Callable[[int], bool], subnets: list[int]) -> dict[str, int]:
        """All counts of some nodes in some subnets."""
        pools = [p for (n, s), p in self.pool.items() if nodes(n) and s in subnets]
        result = {name: sum(pool[name] for pool in pools) for name in STATES[:4]}
        result["eni_primary"] = sum(pool["enis"] for pool in pools)
        held = [(n, h) for (n, s), h in self.held.items() if s in subnets]
        result["held"] = sum(h for n, h in held if n >= 0 and nodes(n))
        result["in_transition"] = result["held"] - sum(result[name] for name in STATES[:5])
        result["waste"] = result["held"] - result["assigned"]
        result["other"] = sum(h for n, h in held if n == -1)
        result["free"], result["free_aligned_28s"] = (
            sum(self.free[subnet][place] for subnet in subnets) for place in (0, 1)
        )
        result["stranded"] = sum(
            self.stranded(node)[subnet]
            for node in range(NODES)
            if nodes(node)
            for subnet in subnets
        )
        return result

    def stranded(self, node: int) -> list[int]:
        """A node's stranded addresses by subnet."""
        pools = [self.pool.get((node, subnet), dict.fromkeys(COUNTS, 0)) for subnet in (0, 1)]
        need = needed(node, sum(pool["assigned"] for pool in pools))
        first = min(pools[0]["prefixes"], need)
        second = min(pools[1]["prefixes"], need - first)
        return [16 * (pools[0]["prefixes"] - first), 16 * (pools[1]["prefixes"] - second)]


def check(figures: dict[str, Any], looks: list[dict[str, int]], names: tuple[str, ...]) -> None:
    for name in names:
        values = [look[name] for look in looks]
        assert mean_peak_end(figures, name) == (
            sum(values) / len(values),
            max(values),
            values[-1],
        ), name
    assert figures["waste_ip_hours"] == sum(look["waste"] for look in looks) / HOUR


def start_of(value: int, values: list[int]) -> float | None:
    """Start of the first stretch of a value that reaches into the window, in seconds."""
    if value not in values[WARM_UP:]:
        return None
    start = values.index(value, WARM_UP)
    while start and values[start - 1] == value:
        start -= 1
    return start / 1000


@settings(max_examples=60, deadline=None)
@given(POOL_ROWS, SPACE_ROWS)
def test_all_sums_against_a_loop(pool: Rows, space: Rows) -> None:
    """Cluster, subnets and groups, looked at in every single millisecond of the window."""
    made = made_of(pool, space)
    figures = made.summary(END)["addresses"]
    looks = [Look(made, now) for now in range(WARM_UP, END)]
    every = (*STATES, *SPACE, "stranded")
    check(figures["cluster"], [look.sums(lambda _: True, [0, 1]) for look in looks], every)
    for number, name in enumerate("ab"):
        sums = [look.sums(lambda _: True, [number]) for look in looks]
        check(figures["subnets"][name], sums, every)
        free = [Look(made, now).free[number] for now in range(END)]
        singles, blocks = ([of_both[place] for of_both in free] for place in (0, 1))
        one = figures["subnets"][name]
        assert one["smallest_free_at_s"] == start_of(min(singles[WARM_UP:]), singles)
        assert one["ran_out_at_s"] == start_of(0, singles)
        assert one["no_28_left_at_s"] == start_of(0, blocks)
    for name, nodes in (("g", (0, 2)), ("h", (1,))):
        sums = [look.sums(lambda node, nodes=nodes: node in nodes, [0, 1]) for look in looks]
        check(figures["node_groups"][name], sums, (*STATES, "stranded"))
