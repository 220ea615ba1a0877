"""What a metric is: the one place where its name, unit, formula and meaning are written down."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """One figure of the summary; docs/metrics.md is made from these.

    ``name`` is its key in the summary, below the keys that the section of the document names.
    """

    name: str
    unit: str
    formula: str
    meaning: str
