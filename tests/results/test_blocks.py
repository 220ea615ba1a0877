"""However a run is cut into blocks, its records and its summary are the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import Made, scenario

from sim.results.blocks import cut_at
from sim.results.causes import UNKNOWN, Late, LatePods
from sim.results.measured import Run, Stretches
from sim.results.steps import Window
from sim.results.summary import Tally

END, STEP = 40_000, 4_000
NODES, SUBNETS = 4, 2
PREFIXES = {"ENABLE_PREFIX_DELEGATION": True}
REFUSALS = ("RequestLimitExceeded", "InsufficientFreeAddressesInSubnet")
FAILURES = ("OK", "InternalError")
ACTIONS = ("AssignPrivateIpAddresses", "CreateTags")


def tallied(made: Made, instants: list[int]) -> tuple[dict[str, Any], Late]:
    """The summary of a run in blocks up to these instants, and how many pods waited long, why."""
    start = Window.after(made.scenario.model.warm_up, END).start
    stretches, late = Stretches(made.names), LatePods(Run(made.scenario.model, made.names, start))
    tally = Tally(made.scenario, made.names, END)
    for block in cut_at(made.tables(), instants):
        tally.add(block)
        late.add(stretches.of(block))
    return tally.summary(), late.figures()


def a_run(draw: Callable[[int, int], int], events: int, codes: Sequence[str] = REFUSALS) -> Made:
    """A run of made-up records in which many things happen at the same ms, and pods wait long."""
    groups = [{"name": "g"}, {"name": "h", "ipamd": {"WARM_IP_TARGET": 3, "MAX_ENI": 2}}]
    subnets = [{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.1.0/24"}]
    warm_up = f"{draw(0, 12)}s"
    more: dict[str, Any] = {"duration": "40s", "warm_up": warm_up, "aws": {"faults": [{}]}}
    made = Made(scenario(groups, subnets, ipamd=PREFIXES, **more))

    def time() -> int:
        return STEP * draw(0, END // STEP)

    for number in range(NODES):
        started = STEP * draw(0, 1)
        ready = started + STEP * draw(0, 2) if draw(0, 3) else -1
        gone = max(ready, started) + STEP * draw(0, 8) if draw(0, 1) else -1
        times = {"started_ms": started, "ready_ms": ready}
        made.node("gh"[number % 2], terminated_ms=gone if gone <= END else -1, **times)
    for _ in range(events):
        node, subnet = draw(0, NODES - 1), draw(0, SUBNETS - 1)
        counts = {name: draw(0, 9) for name in ("enis", "prefixes", "assigned")}
        counts |= {"cooldown": max(0, draw(-20, 22)), "warm": max(0, draw(-4, 3))}
        made.pool(time(), node, subnet, **counts)
        made.space(time(), node - 1, draw(0, 90), draw(0, 9), subnet=subnet, free_28s=draw(0, 2))
        asked, tokens = time(), draw(-1, 9)
        more = {"node": node, "tokens": tokens, "answer_ms": asked + STEP * draw(0, 3)}
        made.call(asked, ACTIONS[draw(0, 1)], ("OK", "OK", "OK", "OK", *codes)[draw(0, 5)], **more)
        made.failed_launch(time(), subnet)
        a_pod(made, draw, time(), node)
    return made


def a_pod(made: Made, draw: Callable[[int, int], int], created: int, node: int) -> None:
    """A pod that comes more or less far."""
    columns: dict[str, Any] = {"workload": ("w", "daemonset/agent")[draw(0, 1)]}
    far, now = draw(0, 5), created
    for place, name in enumerate(("bound_ms", "first_add_ms", "address_ms", "running_ms")):
        now += STEP * draw(0, 4)
        if place < far and now <= END:
            columns |= {"node": node, name: now, "adds": 1}
        else:
            break
    if draw(0, 2) == 0 and now <= END:
        columns["ended_ms"] = now
        if "address_ms" in columns:
            columns |= {"outcome": "deleted", "released_ms": min(now + STEP * draw(0, 1), END)}
    if "address_ms" not in columns:
        columns["reason"] = "no free address" if "first_add_ms" in columns else "starting"
    made.pod(created, host_network=int(draw(0, 9) == 0), deadline_missed=draw(0, 1), **columns)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 12), st.data())
def test_any_cut_gives_the_same_summary(random: Any, events: int, data: st.DataObject) -> None:
    """To the last digit, wherever the blocks part, at the very end too."""
    made = a_run(random.randint, events)
    instants = data.draw(st.lists(st.integers(0, 20).map(lambda n: STEP // 2 * n), max_size=8))
    parted = tallied(made, [*sorted(instants), END])
    assert json.dumps(parted) == json.dumps(tallied(made, [END]))


def test_cuts_at_every_instant() -> None:
    """Long runs of made-up records in blocks of a millisecond or so."""
    causes: set[int] = set()
    for seed in (*range(12), 23):
        draw = np.random.default_rng(seed).integers
        made = a_run(
            lambda low, high, draw=draw: int(draw(low, high + 1)),
            4 + 3 * min(seed, 11),
            REFUSALS if seed < 12 else FAILURES,
        )
        whole = tallied(made, [END])
        causes.update(place for place, count in enumerate(whole[1].by_cause) if count)
        for step in (STEP // 2, STEP, 3 * STEP):
            assert tallied(made, [*range(0, END, step), END]) == whole
    of_branch_enis = UNKNOWN - 1  # no pod here has one
    assert causes >= set(range(UNKNOWN + 1)) - {of_branch_enis}
