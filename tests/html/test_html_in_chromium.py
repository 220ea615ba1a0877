"""Pages in a real browser: drawn, quiet, readable in the dark, on a telephone and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from shown import EVIL, first_runs, named_badly, settings

from sim.report.html import write_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

IS_DRAWN = "() => window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"
CANVASES = """() => {
  const found = (node) => [...node.querySelectorAll("*")].flatMap((one) => [
    ...(one.tagName === "CANVAS" ? [one] : []), ...(one.shadowRoot ? found(one.shadowRoot) : [])]);
  return [...document.querySelectorAll(".drawing")].map((place) => Math.max(...found(place).map(
    (one) => one.width && one.height ? new Set(new Uint32Array(one.getContext("2d").getImageData(
      0, 0, one.width, one.height).data.buffer)).size : 0)));
}"""
"""How many different colours each drawing has."""

TEXTS_IN_SHADOWS = """() => {
  const found = (node) => [...node.querySelectorAll("*")].flatMap((one) => one.shadowRoot
    ? [one.shadowRoot.textContent, ...found(one.shadowRoot)] : []);
  return found(document).join(" ");
}"""

PICTURES = """() => Promise.all([...document.querySelectorAll("img.drawn")].map(async (one) => {
  await one.decode();
  const canvas = new OffscreenCanvas(one.naturalWidth, one.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(one, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(data.buffer)).size;
}))"""
"""The same of each picture for paper."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


class Opened(NamedTuple):
    """A page in the browser, and what it did that it should not."""

    page: Page
    wrong: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page of a run and of a comparison."""
    folder = tmp_path_factory.mktemp("pages")
    write_html(named_badly(), folder / "run.html")
    write_html(settings(), folder / "comparison.html", None, first_runs())
    return folder


@pytest.fixture(scope="module")
def opened(browser: Browser, pages: Path) -> Iterator[Callable[[str], Opened]]:
    """Opens a page once; tests leave it as it was."""
    there: dict[str, Opened] = {}

    def open_(name: str) -> Opened:
        if name not in there:
            there[name] = _opened(browser, pages / f"{name}.html")
        return there[name]

    yield open_
    for one in there.values():
        one.page.close()


def _opened(browser: Browser, file: Path) -> Opened:
    page, wrong = browser.new_page(viewport={"width": 1100, "height": 900}), []
    address = file.as_uri()
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (wrong.append("a dialog opened"), dialog.dismiss()))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None,
    )

    def pass_only_the_file(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.url == address or route.request.url.startswith("data:"):
            route.continue_()
        else:
            wrong.append(f"request: {route.request.url}")
            route.abort()

    page.route("**/*", pass_only_the_file)
    page.goto(address)
    page.wait_for_function(IS_DRAWN)
    return Opened(page, wrong)


@pytest.mark.parametrize("name", ["run", "comparison"])
def test_all_is_drawn_and_nothing_goes_wrong(opened: Callable[[str], Opened], name: str) -> None:
    """Every drawing has colours; there is no error, no dialog and no request for anything else."""
    page, wrong = opened(name)
    colours = page.evaluate(CANVASES)
    assert len(colours) >= 5
    assert min(colours) > 3
    assert wrong == []


def test_names_are_shown_as_they_are(opened: Callable[[str], Opened]) -> None:
    """Markup in a name is read, not run."""
    assert opened("run").page.inner_text("h1") == EVIL


def test_the_mouse_tells_figures(opened: Callable[[str], Opened]) -> None:
    """A tooltip shows the addresses of each state at the instant under the mouse."""
    page = opened("run").page
    drawing = page.locator(".drawing").first
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function(f"() => ({TEXTS_IN_SHADOWS})().includes('assigned')")
    page.mouse.move(0, 0)


def test_tooltips_show_names_as_they_are(opened: Callable[[str], Opened]) -> None:
    """Markup in the name of the node under the mouse is read, not run."""
    page, wrong = opened("run")
    drawing = page.locator(".drawing").last
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 14)
    page.wait_for_function(f"(name) => ({TEXTS_IN_SHADOWS})().includes(name)", arg=EVIL)
    page.mouse.move(0, 0)
    assert wrong == []


def test_charts_follow_into_the_dark(opened: Callable[[str], Opened]) -> None:
    """In the dark page and labels of charts change places, and change back in the light."""
    page = opened("run").page
    label = "() => Bokeh.documents[0].roots()[0].below[0].major_label_text_color"
    soft = "() => getComputedStyle(document.documentElement).getPropertyValue('--soft').trim()"
    is_as_page = f"() => ({label})() === ({soft})()"
    light = page.evaluate(label)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(is_as_page)
    assert page.evaluate(label) != light
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(20, 23, 27)"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(is_as_page)
    assert page.evaluate(label) == light


@pytest.mark.parametrize("name", ["run", "comparison"])
def test_a_narrow_page_scrolls_down_only(opened: Callable[[str], Opened], name: str) -> None:
    """At 400 pixels nothing but tables is wider than the page."""
    page = opened(name).page
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function(IS_DRAWN)
    width = page.evaluate("() => document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1100, "height": 900})
    assert width <= 400


def test_keys_reach_tables_and_zoom(opened: Callable[[str], Opened]) -> None:
    """Tab comes to the zoom of a chart and to the figures behind it; Enter uses both."""
    page = opened("run").page
    shown = "() => Bokeh.documents[0].roots()[0].x_range.end"
    whole = page.evaluate(shown)
    page.evaluate("() => document.activeElement.blur()")
    seen: list[str] = []
    for _ in range(12):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') || "
            "document.activeElement.textContent.trim()"
        )
        if name in ("Zoom in", "Reset", "Figures behind this chart"):
            page.keyboard.press("Enter")
            seen.append(name)
            assert (page.evaluate(shown) < whole) == (name == "Zoom in")
        if name == "Figures behind this chart":
            break
    assert seen == ["Zoom in", "Reset", "Figures behind this chart"]
    assert page.locator("section.chart table").first.is_visible()
    page.keyboard.press("Enter")


def test_paper_gets_pictures_on_white(opened: Callable[[str], Opened]) -> None:
    """On paper each drawing is a picture as wide as its column, without buttons, dark or not."""
    page = opened("run").page
    page.emulate_media(color_scheme="dark", media="print")
    page.wait_for_function("() => document.querySelectorAll('img.drawn').length > 0")
    colours = page.evaluate(PICTURES)
    assert len(colours) == page.locator(".drawing").count()
    assert min(colours) > 3
    assert not page.locator(".tools").first.is_visible()
    white = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert white == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="light", media="screen")
    page.wait_for_function("() => !document.querySelector('img.drawn')")


def test_headings_and_landmarks(opened: Callable[[str], Opened]) -> None:
    """One first heading, none left out, header, main and footer, and a text for each drawing."""
    page = opened("comparison").page
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(b - a for a, b in pairwise(levels)) <= 1
    for landmark in ("header", "main", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1
    drawings = page.locator(".drawing").all()
    assert all(len(one.get_attribute("aria-label") or "") > 20 for one in drawings)
