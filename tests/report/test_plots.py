"""Plots: what stands on their axes, not how it looks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from made_outcomes import comparison, setting
from made_records import Made
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from sim import InputError, Result, Scenario, run
from sim.report.palette import BAD, STATES

LEAN = {"held_mean": [60.0, 61, 59, 60], "waste_mean": [20.0, 21, 19, 20]}


@pytest.fixture(autouse=True)
def _no_windows() -> object:
    """Figures are drawn nowhere, and closed."""
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def storm() -> Result:
    """Sixty nodes that ask EC2 for an address for each of 500 pods at once."""
    return run(
        Scenario.load(
            "scenarios/surprises/storm.yaml",
            [
                "duration=9m",
                "cluster.node_groups.nodes.nodes=60",
                "workload.wave.replicas=[{at: 0s, replicas: 0}, {at: 6m, replicas: 500}]",
            ],
        )
    )


@pytest.fixture(scope="module")
def quiet() -> Result:
    """A node with two pods that need not wait."""
    pods = {"kind": "deployment", "name": "w", "replicas": 2}
    cluster = {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
        "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 1}],
    }
    return run(Scenario.from_dict({"duration": "5m", "cluster": cluster, "workload": [pods]}))


def labels(ax: Axes) -> list[str]:
    """What the legend tells apart."""
    return ax.get_legend_handles_labels()[1]


def test_axes_in_axes_out(storm: Result) -> None:
    """Each plot draws on the axes it is given and returns them, or makes some."""
    for name in ("addresses", "ec2", "tokens", "waits", "waits_over_time", "nodes", "node_count"):
        _figure, given = pyplot.subplots()
        assert getattr(storm.plot, name)(given) is given
        assert getattr(storm.plot, name)().figure is not given.figure


def test_axes_say_what_they_show_and_in_which_unit(storm: Result) -> None:
    """Both axes of each plot are labelled, and the title tells what came out."""
    shown = {
        "addresses": ("time (min)", "IP addresses"),
        "ec2": ("time (min)", "requests per second\n(busiest of 2 s)"),
        "tokens": ("time (min)", "tokens, of 100"),
        "waits": ("wait for an address (s)", "pods that waited longer (%)"),
    }
    for name, (x, y) in shown.items():
        ax = getattr(storm.plot, name)()
        assert (ax.get_xlabel(), ax.get_ylabel()) == (x, y)
        assert ax.get_title(loc="left")
    ec2 = storm.summary["ec2"]["requests"]["AssignPrivateIpAddresses"]
    assert ec2["RequestLimitExceeded"] > 0
    title = storm.plot.ec2().get_title(loc="left")
    assert title.startswith(f"AssignPrivateIpAddresses: {ec2['RequestLimitExceeded']} of ")
    assert "throttled" in title


def test_states_have_their_colours_and_heights(storm: Result) -> None:
    """The stack has the palette's colours, and in the end reaches what is held."""
    ax = storm.plot.addresses()
    stack = {one.get_label(): one for one in ax.collections}
    for state in ("assigned", "warm", "eni_primary"):
        look = STATES[state]
        assert to_hex(stack[look.label].get_facecolor()[0]) == look.colour.lower()
    highest = max(one.get_paths()[0].vertices[:, 1].max() for one in ax.collections)
    assert highest == storm.summary["addresses"]["cluster"]["held"]["peak"]
    assert ax.get_xlim() == (0, 9)


def test_nodes_over_time_are_stacked_by_group() -> None:
    """Ready nodes of each group, and those that start on top; the title has all that were made."""
    cluster = {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
        "node_groups": [
            {"name": "g", "instance_type": "m5.large", "nodes": 2, "launch_delay": "60s"},
            {
                "name": "h",
                "instance_type": "m5.large",
                "nodes": [{"at": "0s", "nodes": 0}, {"at": "3m", "nodes": 3}],
            },
        ],
    }
    pods = {"kind": "deployment", "name": "w", "replicas": 1}
    made = run(Scenario.from_dict({"duration": "10m", "cluster": cluster, "workload": [pods]}))
    ax = made.plot.node_count()
    assert labels(ax) == ["g", "h", "starting"]
    tops = [one.get_paths()[0].vertices[:, 1].max() for one in ax.collections]
    assert tops == [2, 5, 5]
    assert ax.get_title(loc="left").startswith("5 nodes, at most 5 at once")


def test_parts_of_the_cluster(storm: Result) -> None:
    """One subnet, one group or one node can be looked at; a wrong name gets the right ones."""
    plot = storm.plot
    assert plot.addresses(subnet="a").get_title(loc="left").startswith("a: ")
    assert plot.addresses(node_group="nodes").get_title(loc="left").startswith("nodes: ")
    assert plot.addresses(node="nodes-7").get_title(loc="left").startswith("nodes-7 held at most")
    with pytest.raises(InputError, match=r"there is no subnet b.*'?a"):
        plot.addresses(subnet="b")
    with pytest.raises(InputError, match="only one of"):
        plot.addresses(subnet="a", node="nodes-7")
    with pytest.raises(InputError, match=r"AssignIpAddresses.*AssignPrivateIpAddresses"):
        plot.ec2(action="AssignIpAddresses")


def test_a_full_subnet_says_so() -> None:
    """Where a subnet ran out, its size is drawn and the title says when."""
    full = run(Scenario.load("scenarios/surprises/full-subnet.yaml", ["duration=20m"]))
    name, figures = next(iter(full.summary["addresses"]["subnets"].items()))
    assert figures["ran_out_at_s"] is not None
    ax = full.plot.addresses(subnet=name)
    assert "no address left after" in ax.get_title(loc="left")
    assert any(label.startswith("all there are") for label in labels(ax))


def test_throttled_requests_stand_on_answered_ones(storm: Result) -> None:
    """Bars are as high as the requests of their busiest second; throttled ones are red."""
    ax = storm.plot.ec2()
    assert labels(ax)[-2:] == ["answered", "throttled"]
    answered, throttled = (container.patches for container in ax.containers)
    tops = [
        low.get_height() + high.get_height() for low, high in zip(answered, throttled, strict=True)
    ]
    busiest = storm.summary["ec2"]["buckets"]["AssignPrivateIpAddresses"]["busiest_second"]
    assert max(tops) == busiest
    assert to_hex(throttled[0].get_facecolor()) == BAD.lower()


def test_waits_fall_from_all_to_none(storm: Result) -> None:
    """The line of waits is the share of pods that waited longer."""
    line = storm.plot.waits().lines[0]
    seconds, shares = line.get_xdata(), line.get_ydata()
    pods = storm.pods
    waits = (pods["address_ms"] - pods["first_add_ms"])[pods["host_network"] == 0] / 1000
    for place in (0, len(seconds) // 2, len(seconds) - 2):
        longer = 100 * np.mean(waits > seconds[place])
        assert shares[place] == pytest.approx(longer)


def test_nobody_waited(quiet: Result) -> None:
    """Plots of a run without waits and without throttling say so."""
    assert quiet.plot.waits().get_title(loc="left") == "None of 2 pods waited for an address"
    assert quiet.plot.ec2().get_title(loc="left").endswith("none throttled")
    assert quiet.plot.nodes().get_yticklabels()[0].get_text() == "g-0"


def test_nothing_happened() -> None:
    """Plots of a run without nodes are empty, or say in one message why there is none."""
    made = Made()
    plot = made.result().plot
    assert plot.addresses().get_title(loc="left").startswith("0.0 addresses held")
    assert plot.waits().get_title(loc="left") == "No pods"
    assert plot.waits_over_time().get_title(loc="left") == "No pods"
    for draw in (plot.ec2, plot.tokens):
        with pytest.raises(InputError, match="no EC2 request was made"):
            draw()
    with pytest.raises(InputError, match="there was no node"):
        plot.nodes()


# ------------------------------------------------------------------ comparisons


def test_the_front_joins_what_is_not_bettered() -> None:
    """The line goes through the settings that no other betters in both figures."""
    lean = setting("lean", {**LEAN, "pod_ip_wait_p99": [3.0, 3, 3, 3]})
    worse = setting("worse", {**LEAN, "pod_ip_wait_p99": [9.0, 9, 9, 9]})
    usual = setting("current", {"waste_mean": [40.0] * 4, "pod_ip_wait_p99": [1.0] * 4})
    ax = comparison(lean, worse, current=usual).plot.front()
    assert list(ax.lines[0].get_xdata()) == [20, 40]
    assert list(ax.lines[0].get_ydata()) == [3, 1]
    assert labels(ax) == ["not bettered", "current", "lean", "worse"]
    assert ax.get_title(loc="left") == "No setting betters lean, current in both figures"
    assert ax.get_xlabel() == "waste mean (IP addresses)"


def test_differences_are_taken_run_by_run() -> None:
    """A dot a pair, a hollow mark where it could be chance, and the best variant in the title."""
    maybe = setting("maybe", {"held_mean": [101.0, 99, 102, 98]})
    ax = comparison(setting("lean", LEAN), maybe).plot.differences(metric="held_mean")
    dots = [line for line in ax.lines if line.get_marker() == "."]
    assert [sorted(line.get_xdata()) for line in dots] == [[-41, -40, -40, -39], [-2, -1, 1, 2]]
    marks = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert marks[0] != "white" == marks[1]
    assert ax.get_title(loc="left") == "lean: held mean 40 IPs lower than current"
    assert [one.get_text() for one in ax.get_yticklabels()] == ["lean", "maybe"]


def test_an_unknown_figure() -> None:
    """A figure that there is not gets the name of the one that was meant."""
    made = comparison(setting("lean", LEAN))
    for plot in (made.plot.differences, lambda metric: made.plot.front(x=metric)):
        with pytest.raises(InputError, match=r"held_men.*held_mean"):
            plot(metric="held_men")


def test_a_comparison_in_a_notebook() -> None:
    """It has a row a setting, the best in bold, what each buys, and no name that acts as HTML."""
    lean = setting("<lean>", {**LEAN, "unserved_pods": [1, 1, 1, 1]})
    html = comparison(lean)._repr_html_()
    assert html.count("<tr") == 4
    assert "<b>60</b>" in html
    assert "&lt;lean&gt; " in html
    assert "<lean>" not in html
    assert f"color:{BAD}" in html


# ---------------------------------------------------------------- no matplotlib


def test_without_matplotlib_there_is_one_clear_message() -> None:
    """Plots name what to install; nothing else of a result needs matplotlib."""
    code = """
import sys
sys.modules["matplotlib"] = None
from sim.results.result import Result
from sim.report.plots import ResultPlots
from sim.report.axes import axes
try:
    axes(None)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = "plots need matplotlib, which is not installed: pip install 'ipamd-sim[plot]'\n"
    assert (done.stdout, done.stderr) == (said, "")


def test_changes_of_aws_node_are_shaded() -> None:
    """From when new settings are applied until the last node is back, or the next change comes."""
    scenario = Scenario.from_dict(
        {
            "duration": "20m",
            "cluster": {
                "subnets": [{"name": "a", "cidr": "10.0.0.0/24"}],
                "node_groups": [{"name": "g", "instance_type": "m5.large", "nodes": 2}],
            },
            "ipamd": {"ENABLE_PREFIX_DELEGATION": True},
            "workload": [{"kind": "deployment", "name": "w", "replicas": 2}],
            "change": [
                {"at": "4m", "ipamd": {"WARM_PREFIX_TARGET": 0}},  # it is refused
                {"at": "8m", "ipamd": {"WARM_PREFIX_TARGET": 1}},
            ],
        }
    )
    result = run(scenario)
    ax = result.plot.waits()
    assert not ax.patches
    ax = result.plot.addresses()
    paths = (one.get_patch_transform().transform_path(one.get_path()) for one in ax.patches)
    refused, mended = (path.get_extents().intervalx for path in paths)
    assert refused.tolist() == [4, 8]
    settled = result.summary["changes"][1]["settled_at_s"]
    assert mended.tolist() == [8, pytest.approx(settled / 60)]
    assert labels(ax).count("aws-node is replaced") == 1
