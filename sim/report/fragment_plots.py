"""Plots of a subnet's /28s and of others in the account, for `sim.report.plots`."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.addresses import size
from sim.results.fragments import STATES, fragmentation

from .axes import axes, counts, dressed, legend, time_axis, time_unit
from .format import count, duration, number_of, percent
from .palette import BAD, FRAGMENTS, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.results.result import Result

TICKS = 8
MAP_SIZE = (7.0, 4.2)
BARS = 120
WIDTHS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400)


def draw_fragments(result: Result, ax: Axes | None, subnet: str | None) -> Axes:
    """The map of a subnet's /28s over time, a row each."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    found, unit = fragmentation(result, subnet), time_unit(result.end_ms)
    ax = axes(ax, MAP_SIZE)
    blocks = found.states.shape[1]
    ax.imshow(
        found.states.T,
        aspect="auto",
        cmap=ListedColormap([FRAGMENTS[name].colour for name in STATES]),
        vmin=-0.5,
        vmax=len(STATES) - 0.5,
        extent=(0, result.end_ms / unit.ms, blocks, 0),
        interpolation="nearest",
    )
    rows = np.unique(np.linspace(0, blocks - blocks // TICKS, TICKS).astype(int))
    ax.set_yticks(rows, [str(ipaddress.IPv4Address(found.first + 16 * int(row))) for row in rows])
    seen = [STATES[place] for place in np.unique(found.states)]
    patches: Any = [
        Patch(color=FRAGMENTS[name].colour, label=FRAGMENTS[name].label) for name in seen
    ]
    below = time_axis(ax, result)
    ax.legend(
        handles=patches, fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1, 1)
    )
    title = fragments_title(result, found.subnet)
    return dressed(ax, title, below, "/28s by address")


def fragments_title(result: Result, subnet: str) -> str:
    """What came out: when the fewest prefixes were to be had, and what was free then."""
    rows, number = result.subnets, result.names.subnets.index(subnet)
    rows = rows.only(np.flatnonzero(rows["subnet"] == number))
    rows = rows.only(np.flatnonzero(np.diff(rows.times, append=rows.times[-1:] + 1)))
    least = int(rows["free_28s"].argmin())
    whole, free = int(rows["free_28s"][least]), int(rows["free"][least])
    had = number_of(whole, "whole /28") if whole else "no whole /28"
    share = percent(free / size(result.scenario.model.cluster.subnets[number]))
    return (
        f"{subnet}: {had} left at {duration(int(rows.times[least]) / 1000)}, with "
        f"{count(free)} addresses free ({share})"
    )


def draw_others(result: Result, ax: Axes | None) -> Axes:
    """Requests of others in the account over time, by tenant, and how many were throttled."""
    table, unit = result.tenants, time_unit(result.end_ms)
    ax = axes(ax)
    longest = WIDTHS_S[-1]
    seconds = next((w for w in WIDTHS_S if result.end_ms <= w * 1000 * BARS), longest)
    width = seconds * 1000
    places, bars = table["time_ms"] // width, -(-result.end_ms // width)
    starts = np.arange(bars) * width / unit.ms
    below = np.zeros(bars)
    style: Any = {"width": width / unit.ms, "align": "edge", "linewidth": 0}
    for number, name in enumerate(result.names.tenants):
        rows = table["tenant"] == number
        made = table["requests"][rows] - table["throttled"][rows]
        heights = np.bincount(places[rows], weights=made, minlength=bars)
        colour = SERIES[number % len(SERIES)]
        ax.bar(starts, heights, bottom=below, color=colour, label=f"{name}, answered", **style)
        below += heights
    throttled = np.bincount(places, weights=table["throttled"], minlength=bars)
    ax.bar(starts, throttled, bottom=below, color=BAD, label="throttled", **style)
    label = time_axis(ax, result)
    counts(ax)
    legend(ax)
    account = result.summary.get("account", {"throttled_share": 0.0, "requests": 0})
    of = f"{seconds} s" if seconds < 60 else duration(seconds)
    title = (
        f"EC2 throttled {percent(account['throttled_share'])} of "
        f"{number_of(account['requests'], 'request')} of others in the account"
    )
    return dressed(ax, title, label, f"requests of others in {of}")
