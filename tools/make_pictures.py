"""Draws the pictures in the documents: the quickstart's screen, and an example of each plot.

Usage: python tools/make_pictures.py
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from matplotlib import pyplot
from matplotlib.axes import Axes
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from sim import Scenario, compare, run
from sim.report.terminal import screen
from sim.scenario.variants import variant_scenario

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
    for name, plot in (plots() | node_plots()).items():
        draw(name, plot)


if __name__ == "__main__":
    main()
