"""In words what a variant buys, and for what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.scenario.variants import SETTINGS
from sim.study.comparison import Comparison, Setting
from sim.study.statistics import Estimate

from .figures import number
from .format import count, duration

HELD, CALLS, WAIT = "held_mean", "ec2_calls", "pod_ip_wait_p99"

MISHAPS = {
    "unserved_pods": ("pod", "pods", "never got an address", "Every pod got an address"),
    "failed_launches": ("node launch", "node launches", "failed", "No node launch failed"),
}
"""Of what should not happen: one, several, what happened to them, and that it did not."""

SMALLEST_RATIO = 0.02
"""Beyond this, and its inverse, both numbers say more."""


def purchases(comparison: Comparison) -> Iterator[str]:
    """A few sentences a variant: addresses, EC2 requests and waits against the current setting.

    They say how certain that is, and what went wrong.
    """
    for variant in comparison.variants:
        yield f"{variant.name} ({_changed(variant)}) {_bought(comparison, variant)}"


def _changed(variant: Setting) -> str:
    return " ".join(one.removeprefix(SETTINGS) for one in variant.written())


def _bought(comparison: Comparison, variant: Setting) -> str:
    if variant.keys == comparison.current.keys:
        return "is the current setting, and has its figures."
    if not any(run.figures for run in variant.runs):
        return "could not be run."
    parts = (_addresses(comparison, variant), _calls(comparison, variant))
    first = f"{' '.join(parts)}; {_wait(comparison, variant)}."
    return " ".join((first, *_mishaps(comparison, variant)))


def _addresses(comparison: Comparison, variant: Setting) -> str:
    difference = comparison.difference(HELD, variant.name)
    if difference is None:
        return "holds addresses that cannot be compared"
    within = interval(difference, count)
    if difference.is_zero:
        return "holds as many addresses"
    if difference.is_known and difference.could_be_zero:
        return f"may hold as many addresses ({within})"
    less = "fewer" if difference.mean < 0 else "more"
    share = _share(comparison, difference)
    return f"holds {count(abs(difference.mean))} {less} addresses ({share}{within})"


def _share(comparison: Comparison, difference: Estimate) -> str:
    base = comparison.current.row.figures[HELD]
    return f"{100 * difference.mean / base.mean:+,.0f} %, " if base and base.mean else ""


def _calls(comparison: Comparison, variant: Setting) -> str:
    """How many times the requests, with ``for`` if that is the price of fewer addresses."""
    difference = comparison.difference(CALLS, variant.name)
    here, there = (one.row.figures[CALLS] for one in (comparison.current, variant))
    if difference is None or here is None or there is None:
        return "with EC2 calls that cannot be compared"
    if difference.is_known and difference.could_be_zero:
        return f"with {'' if difference.is_zero else 'perhaps '}as many EC2 calls"
    held = comparison.difference(HELD, variant.name)
    word = "for" if held and held.mean * difference.mean < 0 < difference.mean else "with"
    ratio = there.mean / here.mean if here.mean else 0.0
    if not SMALLEST_RATIO <= ratio <= 1 / SMALLEST_RATIO:
        return f"{word} {number(there.mean)} EC2 calls instead of {number(here.mean)}"
    return f"{word} {ratio:.2g} times the EC2 calls"


def _wait(comparison: Comparison, variant: Setting) -> str:
    difference = comparison.difference(WAIT, variant.name)
    if difference is None:
        return "there was no wait to compare"
    if comparison.is_open(WAIT, variant.name):
        return "p99 of the wait cannot be compared, as some waits never ended"
    within = interval(difference, duration)
    if difference.is_zero:
        return "p99 of the wait is the same"
    if difference.is_known and difference.could_be_zero:
        return f"p99 of the wait may be the same ({within})"
    bound = "at least " if WAIT in variant.row.at_least else ""
    how = "longer" if difference.mean > 0 else "shorter"
    by = duration(abs(difference.mean))
    return f"p99 of the wait is {bound}{by} {how} ({within})"


def _mishaps(comparison: Comparison, variant: Setting) -> Iterator[str]:
    """What should not happen at all, said of both settings if it did in either."""
    for metric, (one, several, what, none) in MISHAPS.items():
        here, there = (row.row.figures[metric] for row in (comparison.current, variant))
        if here is None or there is None or not (here.mean or there.mean):
            continue
        who = f"{number(there.mean)} {one if there.mean == 1 else several}"
        said = f"On average {who} {what}" if there.mean else none
        yield f"{said} (currently {number(here.mean) if here.mean else 'none'})."


def interval(difference: Estimate, words: Callable[[float], str]) -> str:
    """The interval of a difference, without sign where both ends have the same.

    Args:
        difference: of two settings.
        words: what prints a number that is not negative.
    """
    if not difference.is_known:
        return "one replication: no interval"
    low, high = difference.low, difference.high
    if low < 0 < high:
        return f"95 % interval -{words(-low)} to +{words(high)}"
    low, high = sorted((abs(low), abs(high)))
    return f"95 % interval {words(low)} to {words(high)}"
