"""Pages as text: what they say, that they are whole, and that nothing in them is trusted."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from shown import EVIL, SMALL, first_runs, named_badly, ordinary, settings

from sim import Scenario, run
from sim.report.html import page_of, write_html
from sim.report.html.embed import library
from sim.report.html.nodes import MOST_ROWS, _rows
from sim.report.html.page import Chart
from sim.report.html.run import run_page
from sim.results.series import NodeMap
from sim.scenario.errors import InputError

LARGEST_LIBRARY = 1_500_000
TEMPLATES = Path(page_of.__code__.co_filename).parent / "templates"


class Elements(HTMLParser):
    """The start tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    """A page is the same whenever it is made, whatever was drawn in the process before."""
    for name in ("one.html", "two.html"):
        write_html(ordinary(), tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_page_refers_to_nothing_outside_of_it() -> None:
    """No element of a page loads or links to anything."""
    found = Elements(page_of(ordinary()).html())
    addresses = [
        value
        for _tag, attributes in found.found
        for name in ("src", "href", "srcset", "action")
        if (value := attributes.get(name)) is not None
    ]
    assert addresses
    assert all(one.startswith(("#", "data:")) for one in addresses)
    assert "url(" not in (TEMPLATES / "style.css").read_text()


def test_the_library_is_bokeh_alone() -> None:
    """What draws takes no more than a megabyte and a half, and ends no script element early."""
    assert len(library().encode()) <= LARGEST_LIBRARY
    assert "</script" not in library().lower()


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_names_are_only_text(kind: str) -> None:
    """Markup in a name makes no element: there are as many scripts as on any other page."""
    page = page_of(named_badly()) if kind == "run" else page_of(settings(), None, first_runs())
    text = page.html()
    assert "alert(1)" in text
    assert EVIL not in text
    assert len(Elements(text).all("script")) == 3
    assert Elements(text).all("img") == []


def test_each_chart_has_a_finding_a_unit_and_figures() -> None:
    """Every chart's title comes from figures, and the figures stand behind it in tables."""
    charts = [one for one in page_of(ordinary()).sections if isinstance(one, Chart)]
    assert len(charts) == 4
    for chart in charts:
        assert re.search(r"\d", chart.title) or "every" in chart.title.lower()
        assert chart.reading
        assert all(table.rows for table in chart.tables)


def test_titles_say_what_happened() -> None:
    """A subnet that runs out and pods that never got an address are what titles speak of."""
    titles = [one.title for one in page_of(ordinary()).sections if isinstance(one, Chart)]
    summary = ordinary().summary
    assert summary["addresses"]["subnets"]["a"]["ran_out_at_s"] is not None
    assert titles[0].startswith("Subnet a ran out of addresses at ")
    assert f"{summary['pods']['waited']:,} of {summary['pods']['created']:,} pods" in titles[2]


def test_answers_are_those_of_the_summary() -> None:
    """The first figures on a page are the run's addresses, requests and pods."""
    page, summary = page_of(ordinary()), ordinary().summary
    addresses, requests, pods = page.answers
    assert addresses.figure == f"{summary['addresses']['cluster']['held']['mean']:,.1f}"
    assert requests.figure == f"{summary['ec2']['total']:,}"
    assert pods.figure == f"{summary['pods']['unserved'] or summary['pods']['waited']:,}"


def test_a_page_begins_with_its_changes() -> None:
    """Verdict and table come before all else, the change is in the subtitle and in each chart."""
    change = {"at": "9m", "ipamd": {"ENABLE_PREFIX_DELEGATION": True}}
    page = run_page(run(Scenario.from_dict(SMALL | {"change": [change]})))
    said = "ENABLE_PREFIX_DELEGATION=true at 9 min: Not safe: "
    assert page.headline.startswith(said)
    assert page.asked.endswith("default settings; changed at 9 min ENABLE_PREFIX_DELEGATION=true")
    (first,) = page.first
    assert first.said[-1].startswith("Instead: ")
    assert first.tables[0].head == ("", "before", "during", "after")
    text = page.html()
    assert text.index(first.said[0], text.index("<main")) < text.index('aria-label="Answers"')
    charts = [one for one in page.sections if isinstance(one, Chart)]
    assert all(("change of aws-node", "line") in {(k.label, k.kind) for k in one.legend}
               for one in charts)  # fmt: skip
    drawings = [one for chart in charts for panel in chart.panels for one in panel.drawings]
    places = [one.location for d in drawings for one in d.select({"dimension": "height"})]
    assert places.count(9) >= len(charts)
    plain = run_page(ordinary())
    assert (plain.headline, plain.first) == ("", ())


def test_a_comparison_names_the_best_and_what_chance_explains() -> None:
    """The first answer names the setting with fewest addresses; chance is marked as such."""
    page = page_of(settings(), None, first_runs())
    assert page.answers[0].figure == "40"
    assert page.answers[0].said.endswith(": lean")
    chances = next(one.title for one in page.sections if getattr(one, "title", "").startswith("Mo"))
    assert chances.startswith("More than chance: held mean, EC2 calls")
    assert "perhaps chance" in chances or "unserved" in chances


def test_many_nodes_become_few_rows_that_keep_the_average() -> None:
    """Rows of a map of 5,000 nodes hold as many address-hours as the nodes do."""
    means = np.random.default_rng(1).uniform(0, 50, (5_000, 12))
    groups = np.repeat([0, 1], [4_000, 1_000])
    nodes = NodeMap([f"n{n}" for n in range(5_000)], groups, np.arange(13), means)
    rows = _rows(nodes, ["large", "small"])
    assert len(rows) <= MOST_ROWS
    assert sum(row.nodes for row in rows) == 5_000
    total = sum(row.nodes * row.means for row in rows)
    assert np.allclose(total, means.sum(axis=0))
    assert {row.label.partition(",")[0] for row in rows} == {"large", "small"}


def test_without_bokeh_there_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever lacks Bokeh is told what to install, and no file is begun."""
    there = util.find_spec
    absent = lambda name, *rest: None if name == "bokeh" else there(name, *rest)  # noqa: E731
    monkeypatch.setattr("sim.report.html.embed.find_spec", absent)
    with pytest.raises(InputError, match=r"pip install 'ipamd-sim\[html\]'"):
        write_html(ordinary(), tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def brightness(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_stand_out_from_what_is_behind_them() -> None:
    """Every colour of text has a contrast of 4.5 to page and cards: light, dark and on paper."""
    style = (TEMPLATES / "style.css").read_text()
    rules = re.findall(r":root \{[^}]*", style)
    schemes = [dict(re.findall(r"--(\w+): (#\w{6});", rule)) for rule in rules]
    assert len(schemes) == 3
    for scheme in schemes:
        for text in ("ink", "soft", "accent", "bad", "good"):
            for behind in ("page", "card"):
                pair = sorted((brightness(scheme[text]), brightness(scheme[behind])))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (text, behind)
