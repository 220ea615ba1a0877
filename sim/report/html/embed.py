"""Bokeh's part of a page: the library, and the charts as data.

The library is Bokeh's own ``bokeh.min.js`` alone, without its widgets, tables, WebGL and MathJax:
that keeps a page small, and none of what is left fetches anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sim.scenario.errors import InputError, Problem

if TYPE_CHECKING:
    from bokeh.models import LayoutDOM

NO_BOKEH = Problem(
    "a report in HTML needs Bokeh, which is not installed",
    remedy="pip install 'ipamd-sim[html]'",
)

_HIDDEN = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""JSON in these letters only means the same, and cannot end the element that it stands in."""


def check() -> None:
    """Refuses what cannot be done here; to be asked before a long run.

    Raises:
        InputError: Bokeh is not installed.
    """
    if find_spec("bokeh") is None:
        raise InputError([NO_BOKEH])


def library() -> str:
    """The JavaScript that draws."""
    from bokeh.resources import Resources

    bokeh: str = Resources(mode="inline", components=["bokeh"], minified=True).js_raw[0]
    return bokeh


def chart_data(charts: Iterable[tuple[str, LayoutDOM]]) -> str:
    """Charts as JSON for ``Bokeh.embed.embed_items``, fit to stand in a script element.

    Equal charts give equal texts: the numbers that Bokeh counts its objects with, on and on in one
    process, are replaced by those of their order.

    Args:
        charts: the id of the element that a chart is drawn in, and the chart.
    """
    from bokeh.document import Document

    document, roots = Document(title=""), {}
    with document.models.freeze():  # the document is looked through once, not for each
        for element, chart in charts:
            document.add_root(chart)
            roots[chart.id] = element
    data = {"docs": {"charts": document.to_json(deferred=False)}}
    document.clear()  # the charts may be part of another page
    numbers: dict[str, str] = {}
    renumbered = _renumbered(data, numbers)
    places = {numbers[root]: element for root, element in roots.items()}
    renumbered["items"] = [{"docid": "charts", "roots": places, "root_ids": list(places)}]
    return as_json(renumbered)


def _renumbered(data: Any, numbers: dict[str, str]) -> Any:
    """The data with the ids of objects counted from 1; a chart's own data have no such key."""
    if isinstance(data, list):
        return [_renumbered(one, numbers) for one in data]
    if not isinstance(data, dict):
        return data
    result = {key: _renumbered(one, numbers) for key, one in data.items() if key != "id"}
    if "id" in data:
        result["id"] = numbers.setdefault(data["id"], f"p{len(numbers) + 1}")
    return result


def as_json(data: Any) -> str:
    """Plain data as JSON that may stand in a script element."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).translate(_HIDDEN)
