"""What differs in one recording, in words, by the measure of ``ipamd-sim conformance``.

In timelines and stories daemons run their loops as they stand, every pass of them: so a changed
rule is in force in all of the passes, and not only in those that are found worth waking up for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sim.conformance import recorded
from sim.conformance.check import FAR_SHARE
from sim.conformance.decisions import decide
from sim.conformance.ensemble import Comparison, compare, measure, recorded_metrics
from sim.conformance.placement import compare_placement, place
from sim.conformance.replay import ENOUGH, SEEDS, replay
from sim.conformance.story import Difference, first_difference, replayed

FEWEST_RUNS, SHARE_OF_RUNS = 5, 5
PLACEMENTS = 100


def difference(kind: str, name: str) -> str | None:
    """What differs first, or most, between the daemon and the model; None if nothing does."""
    return _MEASURES[kind](cases(kind)[name])


@cache
def cases(kind: str) -> Mapping[str, Any]:
    """The shipped recordings of a kind by name."""
    if kind == "decisions":
        return {row["id"]: row for row in recorded.decisions()}
    name = "world_stories" if kind == "world" else kind
    found: Mapping[str, Any] = getattr(recorded, name)()
    return found


def _of_decisions(row: Mapping[str, str]) -> str | None:
    for name, value in decide(row).items():
        if row[name] != value:
            return f"{name}: daemon {row[name] or 'none'}, model {value or 'none'}"
    return None


def _of_story(story: Mapping[str, Any]) -> str | None:
    """None if the first seed reproduces it, or 12 of 20; asks no more than it must."""
    case = story["case"]
    first, differing = None, 0
    for tried, seed in enumerate(SEEDS, start=1):
        run = replayed(replay(case, seed, every_pass=True), case)
        found = first_difference(story, run)
        first = first or found
        differing += found is not None
        if differing == 0 or tried - differing == ENOUGH:
            return None
        if differing > len(SEEDS) - ENOUGH:
            break
    assert first is not None
    return _in_words(first)


def _in_words(found: Difference) -> str:
    daemon, model = (_row_in_words(found.what, row) for row in (found.daemon, found.model))
    return f"{found.ms:,} ms: daemon {daemon}, model {model}"


def _row_in_words(what: str, row: tuple[Any, ...] | None) -> str:
    if row is None:
        return "nothing more"
    return _WORDS[what](*row)


def _call(ms: int, _node: str, action: str, asked: int, _granted: int, *end: Any) -> str:
    attempt, code = end
    tried = f" (attempt {attempt})" if attempt > 1 else ""
    failed = "" if code == "OK" else f" ({code})"
    return f"{action} of {asked}{tried}{failed} at {ms:,}"


def _pool(ms: int, _node: str, *counts: int) -> str:
    return "{} ENIs, {} IPs, {} assigned, {} /28s at {:,}".format(*counts, ms)


def _pod(pod: str, _node: str, _add: int, assigned: int, asks: int, _delete: int) -> str:
    return f"{pod} with an address at {assigned:,} after {asks} asks"


_WORDS: dict[str, Callable[..., str]] = {
    "ready": lambda ms, _node: f"ready at {ms:,}",
    "calls": _call,
    "pool": _pool,
    "cooldown": lambda ms, _node, cooling: f"{cooling} cooling at {ms:,}",
    "pods": _pod,
}


def _of_ensemble(ensemble: Mapping[str, Any]) -> str | None:
    """The metric farthest out of those by more than 2 % of the daemon's mean."""
    case = ensemble["case"]
    daemon = [recorded_metrics(replica) for replica in ensemble["replicas"]]
    runs = max(FEWEST_RUNS, len(daemon) // SHARE_OF_RUNS)
    model = [measure(replay(case, seed), case) for seed in range(1, runs + 1)]
    far = [
        one
        for one in compare(daemon, model)
        if not one.inside
        and abs(one.model_mean - one.daemon_mean) > FAR_SHARE * abs(one.daemon_mean)
    ]
    return _apart(max(far, key=lambda one: one.distance)) if far else None


def _apart(one: Comparison) -> str:
    means = f"{one.metric}: daemon {one.daemon_mean:.5g}, model {one.model_mean:.5g}"
    return f"{means}, {one.distance:.0f} standard errors" if one.error else f"{means} in every run"


def _of_placement(one: Mapping[str, Any]) -> str | None:
    runs = [place(one, seed) for seed in range(1, PLACEMENTS + 1)]
    outside = [found for found in compare_placement(one, runs) if not found.inside]
    return _apart(outside[0]) if outside else None


_MEASURES: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "decisions": _of_decisions,
    "timelines": _of_story,
    "stories": _of_story,
    "world": _of_story,
    "ensembles": _of_ensemble,
    "world_ensembles": _of_ensemble,
    "placement": _of_placement,
}
