"""Screens of others in the account and of a subnet's /28s: what they say, and that they fit."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from made_outcomes import comparison, setting
from made_records import Made, scenario
from matplotlib import pyplot
from rich.console import Console

from sim.report.comparison import print_comparison
from sim.report.fragments import print_fragments
from sim.report.html import page_of
from sim.report.terminal import print_summary
from sim.results.fragments import blocks_at
from sim.results.result import Result

HEAD = "Others in the account"


def text_of(show: Any, **settings: Any) -> str:
    """What a function prints to a console of 80 characters."""
    file = io.StringIO()
    show(Console(file=file, width=80, **settings))
    return file.getvalue()


def subnet(cidr: str) -> Result:
    """A run in which one address of others and one of a node break a /28 each."""
    cluster = {
        "subnets": [{"name": "a", "cidr": cidr}],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 1}],
        "record_addresses": True,
    }
    one = Made(scenario(cluster=cluster))
    one.node()
    one.space(0, -1, 1, 122, free_28s=5)
    one.address(0, 40, "other")
    one.address(30_000, 50, "eni_primary", 0)
    one.address(60_000, 64, "prefix", 0, 16)
    return one.result()


def fragments(result: Result, **settings: Any) -> str:
    """The screen of the map at the end."""
    blocks = blocks_at(result, "a", 99_999)
    history = result.fragmentation("a", [0, 50_000, 99_999])

    def show(console: Console) -> None:
        print_fragments(blocks, history, 99_999, result.summary, "results/", console=console)

    return text_of(show, **settings)


def test_a_map_of_a_small_subnet() -> None:
    """A mark each /28, who breaks which, since when, and the history."""
    lines = fragments(subnet("10.0.0.0/25")).splitlines()
    assert "  10.0.0.0  a.oE#..a" in lines
    broken = [line.split() for line in lines if line.startswith("  10.0.0.")][1:]
    assert broken == [
        ["10.0.0.32/28", "10.0.0.40", "others", "0", "s"],
        ["10.0.0.48/28", "10.0.0.50", "ENI", "primary", "of", "g-0", "30.0", "s"],
    ]
    assert lines[-1] == "records: results/"
    assert max(map(len, lines)) <= 80


def test_a_map_of_a_large_subnet() -> None:
    """A /16 has 64 lines of 64 /28s."""
    lines = fragments(subnet("10.0.0.0/16")).splitlines()
    drawn = [line for line in lines if re.fullmatch(r"  [0-9.]+ +[a.oE#]{64}", line)]
    assert len(drawn) == 64
    assert drawn[0].split()[0] == "10.0.0.0"
    assert drawn[-1].split() == ["10.0.252.0", "." * 63 + "a"]


def test_a_map_in_colour() -> None:
    """With many colours a /28 is a block of its colour."""
    shown = fragments(subnet("10.0.0.0/25"), force_terminal=True, color_system="truecolor")
    assert "█" in shown
    assert "a.oE" not in shown


@pytest.mark.parametrize("there", [True, False])
def test_others_in_the_account(there: bool) -> None:
    """A line a tenant and action, the most throttled first; nothing where there is nobody."""
    one = Made(scenario(warm_up="0s"))
    if there:
        one.theirs(1_000, "agents", "CreateTags", 10, 1, 0)
        one.theirs(1_000, "cluster-b", "AssignPrivateIpAddresses", 1234, 234, 17)
    shown = text_of(lambda console: print_summary(one.summary(), console=console))
    lines = shown.splitlines()
    assert ("Others in the account" in shown) == there
    if there:
        told = [line.split() for line in lines if line.startswith(("  agents", "  cluster-b"))]
        assert [line[0] for line in told] == ["cluster-b", "agents"]
        assert told[0][2:] == ["1,234", "234", "(19", "%)", "17", "1,234"]
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("there", [True, False])
def test_a_comparison_with_others(there: bool) -> None:
    """Settings are told apart by what others suffer of them, if there are others."""
    figures = {"others_requests": [900.0] * 4, "others_throttled_share": [0.25] * 4}
    one = comparison(setting("tight", figures if there else {}))
    shown = text_of(lambda console: print_comparison(one, console=console))
    assert (HEAD in shown) == there
    assert ("25 %" in shown) == there
    assert max(map(len, shown.splitlines())) <= 80
    page = page_of(one).html()
    assert ("others throttled" in page) == there


def test_the_page_of_a_run() -> None:
    """It has the map of each subnet that was recorded, and the table of others."""
    result = subnet("10.0.0.0/25")
    page = page_of(result).html()
    assert "Each row is a /28 of a subnet" in page
    assert "broken by one ENI primary" in page
    assert HEAD not in page
    one = Made()
    one.node()
    one.theirs(1_000, "agents", "CreateTags", 10, 1, 0)
    page = page_of(one.result()).html()
    assert "agents, CreateTags" in page
    assert "Each row is a /28 of a subnet" not in page


def test_the_plot_of_a_map() -> None:
    """A row a /28, and a title that says when prefixes ran out, or how few there were."""
    pyplot.switch_backend("agg")
    one = Made(subnet("10.0.0.0/25").scenario)
    one.node()
    one.space(0, -1, 1, 122, free_28s=5)
    one.space(60_000, 0, 100, 22, free_28s=0)
    ax = one.result().plot.fragments(subnet="a")
    assert ax.images[0].get_array().shape[0] == 8
    title = ax.get_title(loc="left")
    assert title == "a: no whole /28 left at 1 min, with 22 addresses free (18 %)"
    pyplot.close("all")


def test_the_plot_of_others() -> None:
    """Answered requests of each tenant, and on top of them the throttled ones."""
    pyplot.switch_backend("agg")
    one = Made(scenario(warm_up="0s"))
    one.node()
    one.theirs(1_000, "agents", "CreateTags", 10, 4, 0)
    one.theirs(2_000, "cluster-b", "CreateTags", 5, 0, 0)
    ax = one.result().plot.others()
    heights = {box.get_label(): [bar.get_height() for bar in box] for box in ax.containers}
    assert [max(heights[name]) for name in ("agents, answered", "throttled")] == [6, 4]
    assert sum(map(sum, heights.values())) == 15
    pyplot.close("all")
