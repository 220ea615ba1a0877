"""Draws the pictures in the documents: the quickstart's screen, and an example of each plot.

Usage: python tools/make_pictures.py
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib import pyplot
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from sim import Result, Scenario, compare, run
from sim.report.figures import number
from sim.report.format import number_of
from sim.report.terminal import screen
from sim.scenario.variants import CURRENT, variant_scenario

ROOT = Path(__file__).parent.parent
COMMAND = "ipamd-sim run scenarios/quickstart.yaml"
IMAGES = ROOT / "docs" / "images"
WIDTH = 92


def picture() -> str:
    """The quickstart's screen in colour; it names no font that would have to be fetched."""
    summary = run(Scenario.load(ROOT / "scenarios" / "quickstart.yaml")).summary
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(screen(summary, None, WIDTH, colour=True), highlight=False)
    start, end = (
        CONSOLE_SVG_FORMAT.index("@font-face"),
        CONSOLE_SVG_FORMAT.index(".{unique_id}-matrix"),
    )
    code_format = CONSOLE_SVG_FORMAT[:start] + CONSOLE_SVG_FORMAT[end:]
    svg = console.export_svg(
        title=COMMAND, theme=DIMMED_MONOKAI, code_format=code_format, unique_id="screen"
    )
    return svg.replace("Fira Code, monospace", "monospace")


FRAGMENTS = (
    "warm_up=1m",
    "cluster.node_groups.nodes.nodes=8",
    "cluster.node_groups.nodes.max_pods=58",
    "workload.peak.arrivals_per_minute="
    "[{at: 5m, arrivals_per_minute: 30}, {at: 30m, arrivals_per_minute: 0}]",
)
SCALE_UP = (
    "duration=16m",
    "cluster.node_groups.batch.nodes=[{at: 0s, nodes: 0}, {at: 6m, nodes: 60}]",
    "workload.batch.replicas=[{at: 0s, replicas: 0}, {at: 6m, replicas: 1500}]",
)
LEAN = ("ipamd.WARM_IP_TARGET=2", "ipamd.MINIMUM_IP_TARGET=2")
DOTS_PER_INCH = 130


def plots() -> dict[str, Callable[[], Axes]]:
    """Each plot of the documents by the name of its file."""
    scenarios = ROOT / "scenarios"
    fragments = run(Scenario.load(scenarios / "surprises" / "prefixes-fragment.yaml", FRAGMENTS))
    scale_up = Scenario.load(scenarios / "150-nodes-join-at-once.yaml", SCALE_UP)
    crowd, settings = run(scale_up), compare(scale_up, replications=4)
    moving = run(Scenario.load(scenarios / "learn" / "moving-to-prefixes.yaml"))
    shared = run(Scenario.load(scenarios / "questions" / "several-clusters-one-account.yaml"))
    impaired = run(Scenario.load(scenarios / "questions" / "ec2-impaired.yaml", LEAN))
    world = {
        path.stem: run(Scenario.load(path)) for path in sorted((scenarios / "world").glob("*.yaml"))
    }
    return {
        "custom-networking": lambda: world["custom-networking"].plot.addresses(subnet="pods-a"),
        "subnet-tagged-in": world["subnet-tagged-in"].plot.addresses,
        "subnet-tagged-out": lambda: world["subnet-tagged-out"].plot.addresses(subnet="old"),
        "ec2-fails": world["ec2-fails-for-ten-minutes"].plot.ec2,
        "addresses": fragments.plot.addresses,
        "nodes": fragments.plot.nodes,
        "ec2": crowd.plot.ec2,
        "tokens": crowd.plot.tokens,
        "waits": crowd.plot.waits,
        "front": lambda: settings.plot.front(x="held_mean"),
        "fragments": moving.plot.fragments,
        "others": shared.plot.others,
        "impaired": impaired.plot.waits_over_time,
        "differences": lambda: settings.plot.differences(metric="pod_ip_wait_p99"),
    }


def node_plots() -> dict[str, Callable[[], Axes]]:
    """The plots of nodes that come and go."""
    scaled = Scenario.load(ROOT / "scenarios" / "nodes" / "karpenter-or-cluster-autoscaler.yaml")
    values = scaled.model.variants
    other, lean = (
        run(variant_scenario(scaled, name, values[name]))
        for name in ("cluster-autoscaler", "karpenter-lean")
    )
    recycled = ROOT / "scenarios" / "questions" / "recycling-nodes-with-prefixes.yaml"
    return {
        "node-count-karpenter": run(scaled).plot.node_count,
        "node-count-ca": other.plot.node_count,
        "node-count-recycling": run(Scenario.load(recycled, ["duration=20m"])).plot.node_count,
        "node-waits": lean.plot.waits,
    }


def panels(
    plots: dict[str, Callable[[Axes], Axes]], columns: int = 1, size: tuple[float, float] = (7, 5)
) -> Axes:
    """Plots by their titles on one page, with one scale and one legend for all."""
    figure, grid = pyplot.subplots(
        len(plots) // columns,
        columns,
        figsize=size,
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    handles: dict[str, Artist] = {}
    for ax, (title, plot) in zip(grid.flat, plots.items(), strict=True):
        plot(ax).set_title(title or ax.get_title(loc="left"), loc="left", fontsize="small")
        handles |= dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
        if ax.get_legend():
            ax.get_legend().remove()
    top = max(ax.get_ylim()[1] for ax in grid.flat)
    for ax in grid.flat:
        ax.set_ylim(top=top)
        ax.label_outer()
    figure.legend(
        handles.values(),
        handles,
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize="small",
    )
    return grid[0, 0]


def variants_of(path: str) -> dict[str, Result]:
    """The runs of a scenario as it stands and under each of its variants."""
    scenario = Scenario.load(ROOT / "scenarios" / path)
    every = {CURRENT: {}, **scenario.model.variants}
    return {name: run(variant_scenario(scenario, name, one)) for name, one in every.items()}


def served(name: str, result: Result, held: float) -> str:
    """A panel's title: what was held, and how many pods went without."""
    unserved = result.summary["pods"]["unserved"]
    without = f", {number_of(unserved, 'pod')} without an address" if unserved else ""
    return f"{name}: {number(held)} held{without}"


def alternatives() -> Axes:
    """What each way takes of one of the nodes' subnets."""
    runs = variants_of("alternatives.yaml")
    runs["secondary IPs"] = runs.pop(CURRENT)
    names = ("secondary IPs", "prefixes", "custom-networking", "branch-enis", "calico", "ipv6")
    shown = {}
    for name in names:
        of_subnet = runs[name].summary["addresses"]["subnets"]["nodes-a"]
        title = served(name, runs[name], of_subnet["held"]["mean"])
        shown[title] = partial(runs[name].plot.addresses, subnet="nodes-a")
    return panels(shown, columns=2, size=(7.6, 6.4))


def full_subnet() -> Axes:
    """A second subnet for pods, under three versions."""
    runs = variants_of("versions/upgrade-with-a-full-subnet.yaml")
    runs["v1.23.1"] = runs.pop(CURRENT)
    shown = {}
    for name in ("v1.17.1", "v1.18.2", "v1.23.1"):
        held = runs[name].summary["addresses"]["cluster"]["held"]["mean"]
        shown[served(name, runs[name], held)] = runs[name].plot.addresses
    return panels(shown, size=(7, 6))


def retries() -> Axes:
    """Requests for addresses under both versions of the SDK."""
    runs = variants_of("versions/upgrade-under-throttling.yaml")
    shown = {}
    for name, of in (("v1.19.3", "v1.19.3"), ("v1.23.1", CURRENT)):
        title = runs[of].plot.ec2().get_title(loc="left")
        pyplot.close()
        shown[f"{name}: {title}"] = runs[of].plot.ec2
    return panels(shown)


def to_prefixes() -> Axes:
    """Addresses and waits of a live change that does not go well."""
    path = ROOT / "scenarios" / "changes" / "to-prefixes-in-a-tight-subnet.yaml"
    plot = run(Scenario.load(path)).plot
    _figure, (above, below) = pyplot.subplots(2, figsize=(7, 6), layout="constrained", sharex=True)
    plot.addresses(above).set_xlabel("")
    return plot.waits_over_time(below)


def world_plots() -> dict[str, Callable[[], Axes]]:
    """The plots of live changes, of versions and of the alternatives."""
    guarded = ROOT / "scenarios" / "questions" / "security-groups-for-pods.yaml"
    changes = ROOT / "scenarios" / "changes"
    return {
        "branch-enis": run(Scenario.load(guarded, ["duration=12m"])).plot.addresses,
        "change-to-prefixes": to_prefixes,
        "change-crash-loop": run(Scenario.load(changes / "crash-loop.yaml")).plot.waits_over_time,
        "versions-retries": retries,
        "versions-full-subnet": full_subnet,
        "alternatives": alternatives,
    }


def draw(name: str, plot: Callable[[], Axes]) -> None:
    """Writes one plot."""
    figure = plot().get_figure(root=True)
    assert figure is not None
    figure.savefig(IMAGES / f"plot-{name}.png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    pyplot.close(figure)


def main() -> None:
    """Writes the pictures."""
    (IMAGES / "quickstart.svg").write_text(picture() + "\n")
    pyplot.switch_backend("agg")
    for name, plot in (plots() | node_plots() | world_plots()).items():
        draw(name, plot)


if __name__ == "__main__":
    main()
