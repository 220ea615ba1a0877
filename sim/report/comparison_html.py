"""How a comparison looks in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from sim.results.headline import HEADLINES
from sim.results.html import FADED, element, table
from sim.scenario.variants import OPTIMUM

from .figures import value
from .format import at_least, duration, number_of
from .palette import BAD
from .purchases import purchases

if TYPE_CHECKING:
    from sim.study.comparison import Comparison, Row

METRICS = (
    "held_mean",
    "waste_mean",
    "subnet_free_min",
    "ec2_calls",
    "throttled_share",
    "pod_ip_wait_p50",
    "pod_ip_wait_p99",
    "unserved_pods",
)
SHOULD_BE_NONE = ("unserved_pods", "throttled_share")
NOTE = (
    "Means over all replications; bold: best of its column; "
    "optimum: addresses exactly when and while pods ask for them, unattainable; "
    "≥: only a lower bound, some waits had not ended."
)


def comparison_html(comparison: Comparison) -> str:
    """A comparison as a fragment of HTML, for light and dark pages; every name is escaped."""
    best = {metric: comparison.best(metric) for metric in METRICS}
    head = ("", *(escape(_title(metric)) for metric in METRICS))
    rows = [(_name(row), *_cells(row, best)) for row in comparison.rows()]
    said = "".join(element("li", escape(text)) for text in purchases(comparison))
    parts = (
        _asked(comparison),
        table(head, rows),
        element("div", escape(NOTE), FADED),
        element("ul", said, "margin:.6em 0"),
        *_failed(comparison),
    )
    return element("div", "".join(parts))


def _asked(comparison: Comparison) -> str:
    facts = (
        f"{number_of(len(comparison.variants), 'variant')} and the current setting, "
        f"{number_of(len(comparison.seeds), 'replication')} of {duration(comparison.duration_s)}, "
        f"on the same pods and the same luck; seed {comparison.seeds[0]}"
    )
    name = element("b", escape(comparison.name))
    return element("div", f"{name}: {escape(facts)}")


def _title(metric: str) -> str:
    one = HEADLINES[metric]
    return f"{one.title} ({one.unit})" if one.unit == "IP h" else one.title


def _name(row: Row) -> str:
    return element("i", escape(row.name)) if row.name == OPTIMUM else escape(row.name)


def _cells(row: Row, best: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for metric, names in best.items():
        figure = row.figures[metric]
        is_bound = metric in row.at_least
        text = escape(at_least(value(metric, figure.mean if figure else None), is_bound))
        style = f"color:{BAD}" if figure and figure.mean and metric in SHOULD_BE_NONE else ""
        tag = "b" if row.name in names else "span"
        yield element(tag, text, style) if style or row.name in names else text


def _failed(comparison: Comparison) -> Iterator[str]:
    if failed := len(comparison.failed()):
        text = f"{number_of(failed, 'run')} failed, and {'is' if failed == 1 else 'are'} left out"
        yield element("div", element("b", text, f"color:{BAD}"))
