"""The chart of EC2 requests: each action's rate against its bucket, and what is left in that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.format import count, duration, number_of, percent
from sim.report.palette import BAD
from sim.results.ec2 import OK, THROTTLED
from sim.results.series import Requests, TokenSeries, request_series, token_series

from .draw import (
    BINS,
    GREY,
    INK,
    Drawing,
    TimeAxis,
    change_key,
    from_zero,
    hover,
    level,
    over_time,
    source_of,
    warm_up_key,
    whens,
)
from .page import Chart, Key, Panel, Table

if TYPE_CHECKING:
    from sim.results.result import Result

LEAST_PANELS, MOST_PANELS = 2, 6
LOW = 0.5
MADE = "#0072B2"

Figures = dict[str, Any]


def request_chart(result: Result, axis: TimeAxis) -> Chart | None:
    """The requests of the actions that came nearest to being throttled; None if there were none."""
    series = request_series(result)
    if not series:
        return None
    buckets = {action: token_series(result, action, bins=BINS) for action in series}
    shown = _tightest(buckets)
    width_s = max(1, -(-axis.end_ms // 1000 // BINS))
    what = "requests in each second" if width_s == 1 else "the busiest second of each stretch of "
    stretch = "" if width_s == 1 else duration(width_s)
    more = f" {len(shown)} of {len(series)} actions are drawn." if len(shown) < len(series) else ""
    return Chart(
        title=_title(result.summary["ec2"], series, buckets),
        reading=f"Above, requests per second of each action: {what}{stretch}. Below, the tokens "
        f"left in its bucket, which all nodes share: a request without one is throttled.{more}",
        panels=tuple(
            _panel(action, series[action], buckets[action], width_s, axis) for action in shown
        ),
        tables=(_table(result.summary["ec2"], buckets),),
        legend=(
            Key("answered", MADE),
            Key("throttled", BAD),
            Key("refill a second", INK, "dashed"),
            Key("tokens left", GREY, "line"),
            *warm_up_key(axis),
            *change_key(axis),
        ),
    )


def _tightest(buckets: dict[str, TokenSeries | None]) -> list[str]:
    """The actions that are drawn: those whose buckets were half empty at some time, or a few."""
    by_room = sorted(buckets, key=lambda action: _room(buckets[action]))
    low = sum(_room(one) < LOW for one in buckets.values())
    return by_room[: min(max(low, LEAST_PANELS), MOST_PANELS)]


def _room(bucket: TokenSeries | None) -> float:
    """The least that was left in a bucket, as a share; actions without one come last."""
    return float(bucket.tokens.min()) / bucket.bucket.size if bucket else 2.0


def _title(
    ec2: Figures, series: dict[str, Requests], buckets: dict[str, TokenSeries | None]
) -> str:
    """How many requests that count were throttled, or else how near to that it came."""
    if ec2["throttled"]:
        return _throttled(ec2)
    known = {
        action: (figures["lowest_tokens"], bucket.bucket.size)
        for action, figures in ec2["buckets"].items()
        if (bucket := buckets.get(action)) and figures["lowest_tokens"] is not None
    }
    before = any(one.throttled.any() for one in series.values())
    said = "Only in the warm-up EC2 throttled" if before else "EC2 throttled no request"
    if not known:
        return said
    tightest = min(known, key=lambda action: known[action][0] / known[action][1])
    lowest, size = known[tightest]
    after = " after it" if before else ""
    return f"{said}: {tightest}, the tightest, kept {count(lowest)} of {size:,} tokens{after}"


def _throttled(ec2: Figures) -> str:
    by_action = {action: codes.get(THROTTLED, 0) for action, codes in ec2["requests"].items()}
    most = max(by_action, key=lambda action: by_action[action])
    others = "all" if by_action[most] == ec2["throttled"] else "most"
    return (
        f"{count(ec2['throttled'])} of {number_of(ec2['total'], 'EC2 request')} "
        f"({percent(ec2['throttled_share'])}) were throttled, {others} of them {most}"
    )


def _panel(
    action: str, requests: Requests, bucket: TokenSeries | None, width_s: int, axis: TimeAxis
) -> Panel:
    peak = f"{action}: at most {count(int(requests.made.max()))} a second"
    rate = _rates(requests.binned(width_s, axis.end_ms), bucket, width_s, axis)
    if bucket is None:
        return Panel(f"{peak}, never throttled", (rate,))
    size, refill = bucket.bucket.size, bucket.bucket.refill_per_s
    caption = f"{peak}, refill {count(refill)} a second, bucket of {count(size)}"
    return Panel(caption, (rate, _tokens(bucket, axis, rate)))


def _rates(binned: Requests, bucket: TokenSeries | None, width_s: int, axis: TimeAxis) -> Drawing:
    rows = np.flatnonzero(binned.made)
    starts = binned.seconds[rows] * 1000
    source = source_of(
        {
            "left": axis.places(starts).astype(np.float32),
            "right": axis.places(starts + 1000 * width_s).astype(np.float32),
            "answered": (binned.made - binned.throttled)[rows].astype(np.int32),
            "made": binned.made[rows].astype(np.int32),
            "throttled": binned.throttled[rows].astype(np.int32),
            "failed": binned.failed[rows].astype(np.int32),
            "when": whens(starts.tolist()),
        }
    )
    one = over_time(axis, 150, "requests / s")
    one.xaxis.axis_label, one.xaxis.visible = None, bucket is None
    one.quad("left", "right", "answered", 0, source=source, color=MADE, line_width=1)
    one.quad("left", "right", "made", "answered", source=source, color=BAD, line_width=1)
    every = one.quad("left", "right", "made", 0, source=source, fill_alpha=0, line_alpha=0)
    if bucket is not None:
        level(one, bucket.bucket.refill_per_s)
    from_zero(one, max(int(binned.made.max()), bucket.bucket.refill_per_s if bucket else 0))
    tooltips = {"from": "@when", "requests / s": "@made{0,0}"}
    hover(one, every, {**tooltips, "throttled": "@throttled{0,0}", "failed": "@failed{0,0}"})
    return one


def _tokens(bucket: TokenSeries, axis: TimeAxis, above: Drawing) -> Drawing:
    source = source_of(
        {
            "x": axis.places(bucket.times).astype(np.float32),
            "tokens": bucket.tokens.astype(np.int32),
            "when": whens(bucket.times.tolist()),
        }
    )
    one = over_time(axis, 120, "tokens", x_range=above.x_range)
    line = one.line("x", "tokens", source=source, line_width=1.5, color=GREY)
    from_zero(one, bucket.bucket.size)
    hover(one, line, {"at": "@when", "tokens left": "@tokens{0,0}"})
    return one


def _table(ec2: Figures, buckets: dict[str, TokenSeries | None]) -> Table:
    head = (
        "action",
        "requests",
        "throttled",
        "failed",
        "peak / s",
        "refill / s",
        "bucket",
        "least",
    )
    rows = []
    for action, codes in ec2["requests"].items():
        total, throttled = sum(codes.values()), codes.get(THROTTLED, 0)
        figures, bucket = ec2["buckets"][action], buckets.get(action)
        cells = (
            action,
            count(total),
            count(throttled),
            count(total - throttled - codes.get(OK, 0)),
            count(figures["busiest_second"]),
            count(bucket.bucket.refill_per_s if bucket else None),
            count(bucket.bucket.size if bucket else None),
            count(figures["lowest_tokens"]),
        )
        rows.append(cells)
    note = "peak: most in one second; failed: another error; least: fewest tokens left"
    return Table.of(head, rows, caption=f"EC2 requests after the warm-up; {note}")
