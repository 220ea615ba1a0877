"""The chart of waits: how they are spread over the pods, and when they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.format import at_least, count, duration, number_of, percent, wait
from sim.report.palette import BAD, SERIES
from sim.results.series import WaitCurve, WaitsOverTime, wait_curve, waits_over_time

from .draw import (
    GREY,
    Drawing,
    TimeAxis,
    axis_range,
    change_key,
    drawing,
    hover,
    over_time,
    source_of,
    warm_up_key,
    whens,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result

METRICS = {
    "ip_wait_s": ("for an address", SERIES[0]),
    "start_latency_s": ("from created to running", SERIES[1]),
}
FIGURES = ("mean", "p50", "p90", "p95", "p99", "max")
CURVE_POINTS = 400
BINS_OVER_TIME = 120
TABLE_BINS = 24
TICKS_S = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000]
SHORTEST_S = 0.1
"""Where the logarithmic axis begins: less counts as at once."""

Figures = dict[str, Any]


def wait_chart(result: Result, axis: TimeAxis) -> Chart | None:
    """How long pods waited, and when; None if no pod was counted."""
    pods = result.summary["pods"]
    if not pods["created"]:
        return None
    curves = {metric: wait_curve(result, metric) for metric in METRICS}
    drawn = "ip_wait_s" if (pods["ip_wait_s"]["max"] or 0) > 0 else "start_latency_s"
    label = METRICS[drawn][0]
    return Chart(
        title=_title(pods),
        reading="The share of pods that waited no longer than so many seconds (the scale is "
        "logarithmic), and the waits over time, by when they began. A wait that never ended "
        "counts as longer than any in the first, and with what it had lasted in the second.",
        panels=(
            Panel("Share of pods by how long they waited", (_curves(curves),)),
            Panel(
                f"Waits {label} over time",
                (_over_time(waits_over_time(result, drawn, BINS_OVER_TIME), axis),),
            ),
        ),
        tables=(
            _percentiles(pods),
            _binned(waits_over_time(result, drawn, TABLE_BINS), label),
        ),
        legend=(
            *(Key(f"wait {label}", colour, "line") for label, colour in METRICS.values()),
            Key("half of the pods", GREY, "dash"),
            Key("99 of 100", SERIES[0], "dot"),
            Key("the longest", BAD, "ring"),
            *warm_up_key(axis, "only waits that outlasted it"),
            *change_key(axis),
        ),
        zooms=False,
    )


def never_served(pods: Figures) -> int:
    """Pods that never got an address, without those that were still starting at the end."""
    return int(pods["unserved"]) - int(pods["unserved_reasons"].get("starting", 0))


def _title(pods: Figures) -> str:
    created, waited, unserved = pods["created"], pods["waited"], never_served(pods)
    never = f"; {count(unserved)} never got one" if unserved else ""
    if not waited:
        said = "Every pod that asked for an address got it at once"
        start = f", and 99 of 100 ran within {wait(pods['start_latency_s'], 'p99')}"
        return said + (never or start)
    p99 = pods["ip_wait_s"]["p99"]
    tail = f", one in 100 for {duration(p99)} or longer" if p99 else ""
    return (
        f"{count(waited)} of {number_of(created, 'pod')} ({percent(waited / created)}) had to wait "
        f"for an address{tail}{never}"
    )


def _curves(curves: dict[str, WaitCurve]) -> Drawing:
    from bokeh.models import NumeralTickFormatter

    longest = max((int(one.values[-1]) for one in curves.values() if len(one.values)), default=0)
    end = max(10.0, longest / 1000 * 1.1)
    one = drawing(260, "share of pods", x_axis_type="log", x_range=axis_range(SHORTEST_S, end))
    one.xaxis.axis_label = "seconds"
    one.xaxis.ticker = TICKS_S
    one.xaxis.formatter = NumeralTickFormatter(format="0,0.[0]")
    one.yaxis.formatter = NumeralTickFormatter(format="0%")
    one.y_range = axis_range(0, 1.03)
    for metric, curve in curves.items():
        _curve(one, curve, end, *METRICS[metric])
    return one


def _curve(one: Drawing, curve: WaitCurve, end: float, label: str, colour: str) -> None:
    values, shares = _thinned(curve)
    seconds = np.maximum(values / 1000, SHORTEST_S)
    x, y = np.append(seconds, end), np.append(shares, shares[-1:])
    source = source_of(
        {
            "x": x.astype(np.float32),
            "share": y.astype(np.float32),
            "seconds": [duration(value / 1000) for value in [*values.tolist(), int(1000 * end)]],
        }
    )
    one.step("x", "share", source=source, mode="after", color=colour, line_width=2.5)
    points = one.line("x", "share", source=source, line_alpha=0)
    hover(one, points, {label: "@seconds or less", "pods": "@share{0.0%}"})


def _at_once(curve: WaitCurve) -> float:
    """The share of the pods that did not wait at all."""
    return float(curve.ended[0] / curve.n) if curve.values[0] == 0 else 0.0


def _thinned(curve: WaitCurve) -> tuple[Any, Any]:
    """(ms, share of the pods that had waited no longer): enough points for the picture."""
    shares = curve.ended / max(curve.n, 1)
    if not len(shares):
        return np.array([0]), np.array([0.0])
    wanted = np.linspace(0, shares[-1], CURVE_POINTS)
    by_share = np.searchsorted(shares, wanted)
    by_length = np.searchsorted(
        curve.values, np.geomspace(100, curve.values[-1] + 100, CURVE_POINTS)
    )
    kept = np.unique(np.minimum(np.concatenate([by_share, by_length]), len(shares) - 1))
    return np.append(0, curve.values[kept]), np.append(_at_once(curve), shares[kept])


def _over_time(waits: WaitsOverTime, axis: TimeAxis) -> Drawing:
    middles = waits.starts + waits.width_ms / 2
    source = source_of(
        {
            "x": axis.places(middles).astype(np.float32),
            **{name: one.astype(np.float32) for name, one in waits.figures_s.items()},
            **{f"{name}_said": _said(waits, name) for name in waits.figures_s},
            "pods": waits.n.astype(np.int32),
            "when": whens(waits.starts.tolist()),
        }
    )
    one = over_time(axis, 260, "seconds")
    one.y_range.start = 0
    one.y_range.range_padding = 0.08
    one.segment("x", "p50", "x", "max", source=source, line_color=GREY, line_alpha=0.5)
    one.scatter("x", "max", source=source, size=6, line_color=BAD, fill_color=None, line_width=1.5)
    one.scatter("x", "p99", source=source, size=6, color=SERIES[0])
    one.scatter("x", "p50", source=source, marker="dash", size=8, line_width=2, color=GREY)
    longest = one.scatter("x", "max", source=source, size=6, alpha=0)
    said = {"half": "@p50_said", "99 of 100": "@p99_said", "longest": "@max_said"}
    hover(one, longest, {"from": "@when", "pods": "@pods{0,0}", **said})
    return one


def _said(waits: WaitsOverTime, name: str) -> list[str]:
    both = zip(waits.figures_s[name].tolist(), waits.at_least[name].tolist(), strict=True)
    return [at_least(duration(value), is_bound) for value, is_bound in both]


def _percentiles(pods: Figures) -> Table:
    rows = (
        (f"wait {label}", count(pods[metric]["count"]), *(wait(pods[metric], f) for f in FIGURES))
        for metric, (label, _colour) in METRICS.items()
    )
    return Table.of(("", "pods", *FIGURES), rows, caption="Waits of pods; ≥ only a lower bound")


def _binned(waits: WaitsOverTime, label: str) -> Table:
    names = tuple(waits.figures_s)
    columns = (_said(waits, name) for name in names)
    rows = zip(whens(waits.starts.tolist()), map(count, waits.n.tolist()), *columns, strict=True)
    return Table.of(("from", "pods", *names), rows, caption=f"Waits {label}, by when they began")
