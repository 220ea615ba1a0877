"""What all charts have in common: axes of time, quiet lines, figures where the mouse is.

Colours of axes, grids and of what is tagged `INK` are set by the page's script, so that charts
follow the page into the dark and onto paper. Legends are part of the page, not of the drawings:
of what a scenario names only labels of ticks and tooltips are, which Bokeh takes as plain text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sim.report.format import duration

from .page import Key

Drawing = Any
"""A `bokeh.plotting.figure`. Bokeh's own types refuse much of what its documents show."""

INK = "ink"
"""Tag of lines, and the colour in a legend, of what has the colour of the page's text."""

SHADE = "#88888830"
"""Of the part of a run that is not counted."""

GREY = "#7d848c"
"""Of lines and marks that stand out from light and dark pages alike."""

BINS = 400
"""Of a time axis: about what a panel has pixels, of which no peak is lost."""

FONT = "system-ui, sans-serif"
SIZE = "13px"
TIP_LINE = "display:flex;gap:1em;justify-content:space-between;max-width:24em"

_UNITS = ((3 * 86_400_000, "days", 86_400_000), (2 * 3_600_000, "hours", 3_600_000))
_MINUTES = "minutes", 60_000


class TimeAxis(NamedTuple):
    """Time from the start of the run, in the unit that suits its length.

    Attributes:
        end_ms: when the run ended.
        warm_up_ms: how much of it is not counted.
        unit: ``minutes``, ``hours`` or ``days``.
        unit_ms: how long one is.
        changes_ms: when aws-node was changed.
    """

    end_ms: int
    warm_up_ms: int
    unit: str
    unit_ms: int
    changes_ms: tuple[int, ...] = ()

    @classmethod
    def of(cls, end_ms: int, warm_up_ms: int = 0, changes_ms: tuple[int, ...] = ()) -> TimeAxis:
        """The axis of a run."""
        fits = (one[1:] for one in _UNITS if end_ms > one[0])
        unit, unit_ms = next(fits, _MINUTES)
        return cls(end_ms, warm_up_ms, unit, unit_ms, changes_ms)

    def places(self, times_ms: Any) -> Any:
        """Where instants are on it."""
        return times_ms / self.unit_ms

    @property
    def label(self) -> str:
        """What stands at it."""
        return f"{self.unit} from the start"


def warm_up_key(axis: TimeAxis, said: str = "not counted") -> tuple[Key, ...]:
    """What the shade in drawings over time means, if there is one."""
    return (Key(f"warm-up, {said}", SHADE),) if axis.warm_up_ms else ()


def change_key(axis: TimeAxis) -> tuple[Key, ...]:
    """What upright lines in drawings over time mean, if there are any."""
    return (Key("change of aws-node", INK, "line"),) if axis.changes_ms else ()


def whens(times_ms: Sequence[int]) -> list[str]:
    """Instants as tooltips and tables show them."""
    return [duration(time / 1000) for time in times_ms]


def short(text: str, most: int = 18) -> str:
    """A text that fits beside an axis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def source_of(columns: Mapping[str, Any]) -> Any:
    """Columns as Bokeh takes them."""
    from bokeh.models import ColumnDataSource

    return ColumnDataSource(data=dict(columns))


def axis_range(start: float, end: float) -> Any:
    """What an axis shows."""
    from bokeh.models import Range1d

    return Range1d(start=start, end=end)


def drawing(height: int, y_label: str = "", **settings: Any) -> Drawing:
    """An empty drawing: as wide as its place, without a toolbar."""
    from bokeh.models import NumeralTickFormatter
    from bokeh.plotting import figure

    one: Any = figure(
        height=height,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        y_axis_label=y_label,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        min_border_left=64,
        min_border_right=14,
        min_border_top=8,
        **settings,
    )
    one.axis.major_label_text_font = one.axis.axis_label_text_font = FONT
    one.axis.major_label_text_font_size = one.axis.axis_label_text_font_size = SIZE
    one.axis.axis_label_text_font_style = "normal"
    one.axis.minor_tick_line_color = None
    one.yaxis.formatter = NumeralTickFormatter(format="0,0.[00]")
    one.axis.major_tick_in, one.axis.major_tick_out = 0, 4
    one.xgrid.grid_line_color = None
    one.yaxis.ticker.desired_num_ticks = max(2, height // 45)
    one.xaxis.ticker.desired_num_ticks = 6
    return one


def over_time(axis: TimeAxis, height: int, y_label: str, **settings: Any) -> Drawing:
    """A drawing over the time of a run; what is not counted has a shade."""
    from bokeh.models import AdaptiveTicker
    from bokeh.models.annotations import BoxAnnotation

    settings.setdefault("x_range", axis_range(0, axis.places(axis.end_ms)))
    one = drawing(height, y_label, **settings)
    one.xaxis.axis_label = axis.label
    base, mantissas = (10, [1, 2, 5]) if axis.unit == "days" else (60, [1, 2, 5, 10, 15, 20, 30])
    if axis.unit == "hours":
        base, mantissas = 24, [1, 2, 3, 4, 6, 12]
    one.xaxis.ticker = AdaptiveTicker(
        base=base, mantissas=mantissas, desired_num_ticks=6, num_minor_ticks=0
    )
    if axis.warm_up_ms:
        shade = BoxAnnotation(
            left=0, right=axis.places(axis.warm_up_ms), fill_color=SHADE, fill_alpha=1,
            line_color=None, level="underlay",
        )  # fmt: skip
        one.add_layout(shade)
    for ms in axis.changes_ms:
        _upright(one, axis.places(ms))
    zooming(one)
    return one


def zooming(one: Drawing, dimensions: Literal["width", "both"] = "width") -> None:
    """Drag to zoom, double-click to see all."""
    from bokeh.models import BoxZoomTool, ResetTool

    zoom = BoxZoomTool(dimensions=dimensions)
    one.add_tools(zoom, ResetTool())
    one.toolbar.active_drag = zoom


def from_zero(one: Drawing, top: float) -> None:
    """Sets the y-axis from nothing to a little above a value."""
    one.y_range = axis_range(0, 1.06 * top if top else 1)


def hover(one: Drawing, renderer: Any, tooltips: Mapping[str, str], mode: str = "vline") -> None:
    """Shows figures where the mouse is.

    Args:
        one: the drawing.
        renderer: whose points are looked at.
        tooltips: by label, the columns, such as ``@held``.
        mode: ``vline`` for the nearest to the left or above; ``mouse`` for what is under it.
    """
    from bokeh.models import HoverTool

    settings: dict[str, Any] = {
        "mode": mode,
        "line_policy": "prev" if mode == "vline" else "nearest",
        "point_policy": "follow_mouse" if mode == "vline" else "snap_to_data",
        "attachment": "horizontal",
    }
    one.add_tools(HoverTool(renderers=[renderer], tooltips=_tip(tooltips), **settings))


def _tip(tooltips: Mapping[str, str]) -> str:
    """A line a figure, with more contrast than Bokeh's own; Bokeh escapes what columns hold."""
    lines = (
        f'<div style="{TIP_LINE}"><span style="color:#57606a">{label}</span><b>{column}</b></div>'
        for label, column in tooltips.items()
    )
    return f'<div style="font:{SIZE}/1.4 {FONT};color:#1b1f24">{"".join(lines)}</div>'


def _upright(one: Drawing, x: float) -> None:
    """A line from bottom to top, of the colour of the text."""
    from bokeh.models.annotations import Span

    span = Span(location=x, dimension="height", line_width=1.5, line_color=GREY)
    span.tags = [INK]
    one.add_layout(span)


def level(one: Drawing, y: float, colour: str | None = None, dash: str = "dashed") -> None:
    """A line across at a height; of the colour of the text if none is given."""
    from bokeh.models.annotations import Span

    span = Span(location=y, dimension="width", line_dash=dash, line_width=1.5)
    span.line_color = colour or GREY
    span.tags = [] if colour else [INK]
    one.add_layout(span)
