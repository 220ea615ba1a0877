"""Who holds a subnet's addresses, when it was tightest, why, and what freed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from sim.report.format import number_of, percent
from sim.results.ec2 import INSUFFICIENT
from sim.results.records import NEVER
from sim.results.result import Result
from sim.results.steps import Ints

from .calls import GROWTH
from .names import subnet_number, tightest_subnet
from .space import Space
from .states import Flags, snapshot
from .story import Line, Story, listed, seconds

MOST_NAMED = 5
OTHERS = "others"
STATES = {
    "assigned": "of pods",
    "cooldown": "cooling",
    "warm": "warm",
    "partial": "in prefixes that pods share",
    "eni_primary": "primary to an ENI",
    "in_transition": "in transition",
    "other": "of others than the nodes",
    "free": "free",
}


def explain_subnet(result: Result, name: str | None = None) -> Story:
    """Who holds a subnet's addresses, and why it was as tight as it was.

    Args:
        result: a run.
        name: the subnet; None: the one that came closest to running out.

    Raises:
        InputError: there is no such subnet.
    """
    number = tightest_subnet(result) if name is None else subnet_number(result, name)
    model = result.scenario.model.cluster.subnets[number]
    space = Space(result, number)
    figures = result.summary["addresses"]["subnets"][model.name]
    tightest = round(1000 * figures["smallest_free_at_s"])
    lines = sorted(_lines(result, number, space, tightest), key=lambda line: line.at_ms)
    about = f"{model.cidr}, zone {model.zone}, {space.size:,} addresses for use"
    return Story(
        "subnet", model.name, about, _answer(result, number, space, tightest), tuple(lines)
    )


def _answer(result: Result, number: int, space: Space, tightest: int) -> str:
    free, blocks = space.at(tightest)
    share = percent(free / space.size) if space.size else "0 %"
    held = space.held_by(tightest)
    nodes = {node: count for node, count in held.items() if node != NEVER}
    told = (
        f"It was tightest at {seconds(tightest)}, with {number_of(free, 'address', 'addresses')} "
        f"free ({share}) and {number_of(blocks, 'whole aligned /28')}."
    )
    if not nodes:
        return f"{told} No node held any of it."
    states = snapshot(result, tightest).subnets[number].states
    used = states["assigned"]
    by_group = listed([f"group {name} {count:,}" for name, count in _by_group(result, nodes)])
    return (
        f"{told} Then {number_of(len(nodes), 'node')} held {sum(nodes.values()):,} ({by_group}), "
        f"of which pods used {used:,}."
    )


def _by_group(result: Result, held: dict[int, int]) -> Iterable[tuple[str, int]]:
    counts: Counter[str] = Counter()
    group_of = dict(zip(result.nodes["node"].tolist(), result.nodes["group"].tolist(), strict=True))
    for node, count in held.items():
        counts[result.names.groups[group_of[node]]] += count
    return counts.most_common()


# ------------------------------------------------------------------------ lines


def _lines(result: Result, number: int, space: Space, tightest: int) -> Iterator[Line]:
    taken = int(space.held[0])
    free, blocks = int(space.free[0]), int(space.free_28s[0])
    others = f", {number_of(taken, 'address', 'addresses')} taken by others" if taken else ""
    yield Line(0, f"before the first node: {free:,} free, {number_of(blocks, 'whole /28')}{others}")
    yield from _milestones(space)
    yield from _refusals(result, number)
    text = f"tightest: {_free(space, tightest)}"
    details = [
        *_states(result, number, tightest),
        *_named(result, "grew by then", space.moves(0, tightest), 1),
    ]
    yield Line(tightest, text, tuple(details), is_bad=not space.at(tightest)[0])
    yield from _relief(result, space, tightest)
    end = result.end_ms
    yield Line(end, f"end: {_free(space, end)}", tuple(_states(result, number, end - 1)))


def _free(space: Space, ms: int) -> str:
    free, blocks = space.at(ms)
    return f"{free:,} free, {number_of(blocks, 'whole /28')} left"


def _milestones(space: Space) -> Iterator[Line]:
    if (ms := space.first_without_28()) != NEVER and space.free_28s[0]:
        yield Line(
            ms, f"no whole aligned /28 left: {space.at(ms)[0]:,} addresses still free", is_bad=True
        )
    if (ms := space.first_without_address()) != NEVER:
        yield Line(ms, "no address left", is_bad=True)


def _states(result: Result, number: int, ms: int) -> Iterator[str]:
    states = snapshot(result, ms).subnets[number].states
    parts = [f"{count:,} {STATES[state]}" for state, count in states.items() if count]
    yield f"addresses: {listed(parts)}"


def _named(result: Result, what: str, moves: dict[int, int], sign: int) -> Iterator[str]:
    """The holders that changed most in one direction."""
    moved = {node: by for node, by in moves.items() if by * sign > 0}
    if not moved:
        return
    names = [
        f"{result.names.nodes[node] if node != NEVER else OTHERS} {by:+,}"
        for node, by in list(moved.items())[:MOST_NAMED]
    ]
    if (more := len(moved) - MOST_NAMED) > 0:
        rest = sum(list(moved.values())[MOST_NAMED:])
        names.append(f"{number_of(more, 'other')} {rest:+,}")
    yield f"{what}: {listed(names)}"


def _relief(result: Result, space: Space, tightest: int) -> Iterator[Line]:
    """What freed the subnet after it was tightest."""
    later = space.times > tightest
    more = later & (space.free > space.at(tightest)[0])
    if not more.any():
        return
    first = int(np.flatnonzero(more)[0])
    node, ms = int(space.nodes[first]), int(space.times[first])
    yield Line(ms, f"first relief: {_freed_by(result, node, ms)}; {_free(space, ms)}")
    best_ms = int(space.times[np.flatnonzero(later)[int(space.free[later].argmax())]])
    if best_ms > ms:
        details = _named(result, "gave back", space.moves(tightest, best_ms), -1)
        text = f"most free since it was tightest: {_free(space, best_ms)}"
        yield Line(best_ms, text, tuple(details))


def _freed_by(result: Result, node: int, ms: int) -> str:
    """Whose addresses came back at an instant, and by which action."""
    if node == NEVER:
        return "others left"
    name = result.names.nodes[node]
    nodes, calls = result.nodes, result.ec2_calls
    if int(nodes["terminated_ms"][nodes["node"] == node][0]) == ms:
        return f"{name} was terminated"
    answered = (calls["node"] == node) & (calls["answer_ms"] == ms)
    actions = sorted({result.names.actions[one] for one in calls["action"][answered].tolist()})
    return f"{name} gave some back" + (f" ({listed(actions)})" if actions else "")


def _refusals(result: Result, number: int) -> Iterator[Line]:
    """Launches, and growth of nodes that were launched here, that found no room."""
    failed = result.launch_failures
    times = failed["time_ms"][failed["subnet"] == number]
    if len(times):
        launches = number_of(len(times), "node launch", "node launches")
        text = f"{launches} failed: no address for the node"
        yield Line(int(times[0]), text, until_ms=int(times[-1]), is_bad=True)
    nodes, calls = result.nodes, result.ec2_calls
    here = np.isin(calls["node"], nodes["node"][nodes["subnet"] == number])
    refused = here & _among(calls.texts("code"), calls["code"], INSUFFICIENT)
    refused &= _among(calls.texts("action"), calls["action"], GROWTH)
    if refused.any():
        asked = calls.only(np.flatnonzero(refused))
        first, last = int(asked["request_ms"][0]), int(asked["request_ms"][-1])
        asking = number_of(len(np.unique(asked["node"])), "node")
        text = (
            f"{number_of(len(asked), 'request')} of {asking} launched here found no room, the last "
            f"at {seconds(last)}"
        )
        yield Line(first, text, until_ms=last, is_bad=True)


def _among(texts: Iterable[str] | None, column: Ints, wanted: Iterable[str]) -> Flags:
    known = [place for place, text in enumerate(texts or ()) if text in set(wanted)]
    return np.isin(column, known)
