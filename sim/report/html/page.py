"""What a page says, and how it becomes one file.

All text passes through a template that escapes it, whatever a scenario calls its things.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sim.report.format import modelled_by, others_made

from . import embed

if TYPE_CHECKING:
    from bokeh.models import LayoutDOM

_UNIT = re.compile(r"(?<=\d|≥) (?=(?:%|s|min|h|d)(?:\W|$)|\d)")
"""The blank before a unit, and behind ≥."""


@dataclass(frozen=True)
class Table:
    """A table of finished texts; all columns but the first ``names`` to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1
    caption: str = ""

    @classmethod
    def of(
        cls, head: Iterable[str], rows: Iterable[Iterable[str]], names: int = 1, caption: str = ""
    ) -> Table:
        """A table from any iterables."""
        return cls(tuple(head), tuple(map(tuple, rows)), names, caption)


@dataclass(frozen=True)
class Panel:
    """Drawings under one caption; their x-axes go together."""

    caption: str
    drawings: tuple[LayoutDOM, ...]


@dataclass(frozen=True)
class Key:
    """One entry of a legend; its kind is ``area``, ``line``, ``dashed``, ``dot`` or ``ring``."""

    label: str
    colour: str
    kind: str = "area"


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        title: what it shows, in words, from the figures.
        reading: what is drawn, in which units.
        panels: the drawings.
        tables: the figures behind them.
        legend: what the colours mean.
        wide: a panel takes the whole width.
        zooms: its x-axes can be zoomed and moved.
    """

    title: str
    reading: str
    panels: tuple[Panel, ...]
    tables: tuple[Table, ...]
    legend: tuple[Key, ...] = ()
    wide: bool = False
    zooms: bool = True


@dataclass(frozen=True)
class Answer:
    """One of the first lines: a figure, what it is, and what belongs to it."""

    question: str
    figure: str
    said: str
    more: tuple[str, ...] = ()
    is_bad: bool = False


@dataclass(frozen=True)
class Sentences:
    """A list under a heading; a sentence may have a mark, such as a tick."""

    heading: str
    sentences: tuple[str, ...]
    kind: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """Tables under a heading, or behind it if they are ``folded``; above them what is said."""

    heading: str
    tables: tuple[Table, ...]
    note: str = ""
    folded: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines to paste, by what they are for."""

    heading: str
    lines: tuple[tuple[str, str], ...]


Section = Sentences | Figures | Code | Chart


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        kind: of what it is one, such as ``Run``.
        name: the scenario's or study's.
        asked: what was simulated, in a sentence.
        answers: the headline figures.
        sections: what follows them.
        footer: what it takes to get the same again, line by line.
        headline: the answer in a few words, where it has some.
        first: what stands before the headline figures.
    """

    kind: str
    name: str
    asked: str
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    headline: str = ""
    first: tuple[Figures, ...] = ()

    def html(self) -> str:
        """The page as one self-contained file; the same pages give the same text.

        Raises:
            InputError: Bokeh is not installed.
        """
        embed.check()
        charts = list(self._drawings())
        ids = {id(drawing): element for element, drawing in charts}
        data = embed.chart_data(charts) if charts else ""
        text: str = _template().render(
            page=self,
            element=lambda drawing: ids[id(drawing)],
            library=embed.library() if charts else "",
            data=data,
            style=_resource("style.css"),
            script=_resource("script.js"),
        )
        return text

    def _drawings(self) -> Iterator[tuple[str, LayoutDOM]]:
        panels = (one.panels for one in self.sections if isinstance(one, Chart))
        drawings = (drawing for of_one in panels for panel in of_one for drawing in panel.drawings)
        for number, drawing in enumerate(drawings, 1):
            yield f"drawing-{number}", drawing


def footer(
    seed: int, versions: Mapping[str, str], kept: str, more_seeds: int = 0
) -> tuple[str, ...]:
    """What it takes to get the same page again, and where its runs are."""
    return (
        f"seed {seed}{others_made(more_seeds)}; {modelled_by(versions)}",
        kept,
    )


def _resource(name: str) -> str:
    return files(__package__).joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def _unbroken(text: Any) -> Any:
    """A text in which no line ends between a number and its unit."""
    return _UNIT.sub("\u00a0", text) if type(text) is str else text


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sim.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_unbroken,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["chart"] = lambda one: isinstance(one, Chart)
    environment.tests["figures"] = lambda one: isinstance(one, Figures)
    environment.tests["code"] = lambda one: isinstance(one, Code)
    return environment.get_template("page.html")
