"""Photographs reports in HTML for docs/html-reports.md, in a Chromium without a window.

Usage: python tools/make_report_pictures.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim import Scenario, run
from sim.report.html import first_runs, write_html
from sim.study.compare import compare, variant_scenarios
from sim.study.sweep import sweep

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
SCENARIOS = ROOT / "scenarios"
STUDY = SCENARIOS / "studies" / "quickstart-targets.yaml"
VARIANTS = {
    "lean": {"WARM_IP_TARGET": 5, "MINIMUM_IP_TARGET": 10},
    "tight": {"WARM_IP_TARGET": 1},
    "prefixes": {"ENABLE_PREFIX_DELEGATION": True},
}
IS_DRAWN = "() => window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"


class Picture(NamedTuple):
    """A picture: of which page, how wide and high, and in which colours."""

    name: str
    page: str
    width: int
    height: int
    scheme: str = "light"


PICTURES = (
    Picture("report-run", "run", 1100, 1630),
    Picture("report-run-dark", "run", 400, 1560, "dark"),
    Picture("report-comparison", "comparison", 1100, 1440),
    Picture("report-sweep", "sweep", 1100, 1060),
)


def write_pages(folder: Path) -> None:
    """Writes a page of each kind."""
    write_html(run(SCENARIOS / "subnets-run-out.yaml"), folder / "run.html")
    quickstart = Scenario.load(SCENARIOS / "quickstart.yaml")
    found = compare(quickstart, VARIANTS, replications=4)
    settings = {found.current.name: quickstart, **variant_scenarios(quickstart, VARIANTS)}
    lines = first_runs(settings, found.seeds[0])
    write_html(found, folder / "comparison.html", first_runs=lines)
    write_html(sweep(STUDY, folder / "sweep"), folder / "sweep.html")


def photograph(browser: Browser, folder: Path, picture: Picture) -> None:
    """Takes a picture of the upper part of a page."""
    size = {"width": picture.width, "height": picture.height}
    page = browser.new_page(viewport=size, color_scheme=picture.scheme)
    page.goto((folder / f"{picture.page}.html").as_uri())
    page.wait_for_function(IS_DRAWN)
    page.wait_for_timeout(500)  # fonts and colours have settled by then
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    page.close()


def main() -> None:
    """Makes pages, and pictures of them."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        write_pages(Path(name))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            photograph(browser, Path(name), picture)
        browser.close()


if __name__ == "__main__":
    main()
