"""Makes docs/patterns.md: each pattern with a picture of its steps and what warm pools make of it.

Usage: python tools/make_pattern_docs.py    (figures: tools/make_questions.py)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from make_questions import Figures, figures_kept, shown

from sim import Scenario
from sim.randomness import Streams
from sim.scenario.presets import Preset, presets
from sim.scenario.workload import PATTERNS, Pattern
from sim.workload.patterns import steps_of

TARGET = Path(__file__).parent.parent / "docs" / "patterns.md"
BARS = " ▁▂▃▄▅▆▇█"
COLUMNS = 60
SHOWN = ("held_mean", "ec2_calls", "pods_waited", "pod_ip_wait_p99")
SOURCE = "https://github.com/aws/amazon-vpc-cni-k8s/pull/2568"

INTRODUCTION = f"""\
# Patterns

A workload of `kind: pattern` keeps its pods at a number that moves in steps, as a Deployment that
something scales. The nine patterns are those of [a suite of warm-pool tests]({SOURCE}); there a
step comes a minute after all pods of the one before are ready, here at a time of its own. They can
be used in any scenario, beside other workloads; the keys are in
[the reference](scenario.md#pattern).

```yaml
workload:
  - kind: pattern
    name: load
    pattern: sawtooth
    min: 0
    max: 50
    step: 10
    every: 1m # from one step to the next
    hold: 5m # at max, and at min
    at: 5m # the first step; till then there are min pods
```

What is random is drawn from the seed and the workload's name; settings change nothing of it, so
that `compare` puts them side by side on the same steps. Patterns that go up and down do so till the
run ends, or as often as `cycles` says.

Each picture below is an hour of the preset of that name, a minute a column. The table is what its
run gives with up to 50 pods on one m5.2xlarge: under the settings that ship (`current`), with five
addresses kept warm (`lean`), with all kept that the peak needs (`for-the-peak`), and with prefixes.
Made by `python tools/make_pattern_docs.py`.
"""

SAYS = {
    "quick-scale": "From the fewest pods to the most in one step, and back in one.",
    "sawtooth": "Up by a fixed number of pods each time till the most, then down by the same.",
    "random-scale-fixed-steps": "In turn up and down, each time by a random number up to `step`.",
    "random-scale-random-steps": "Up or down by chance, by a random number up to `step`.",
    "proportionate-scaling": "Up by a share of the most pods each time, then down by the same.",
    "random-scaling": "Up by the most pods divided by a random whole number up to `parts`, then "
    "down so.",
    "one-burst": "Small steps up or down by chance, and at a random one of `iterations` a burst to "
    "the most pods, for the `hold`.",
    "several-bursts": "The same with as many bursts as `bursts` says.",
    "random-up-random-down": "Up by random numbers up to `step` till the most pods, then down so.",
}


def document(kept: dict[str, Figures]) -> str:
    """The whole page."""
    by_name = {one.name: one for one in presets() if one.folder == "patterns"}
    parts = ("\n".join(_section(by_name[name], kept[name])) for name in PATTERNS)
    return "\n".join((INTRODUCTION, *parts))


def _section(preset: Preset, figures: Figures) -> Iterator[str]:
    yield f"## {preset.name}\n"
    yield f"{SAYS[preset.name]} Takes {_keys(preset.name)}.\n"
    yield f"```text\n{picture(Scenario.load(preset.path))}\n```\n"
    yield f"[{preset.name}](../scenarios/patterns/{preset.name}.yaml):\n"
    yield "| | held mean | EC2 calls | pods that waited | wait p99 |\n|---|--:|--:|--:|--:|"
    for variant, one in figures["runs"].items():
        yield "| " + " | ".join((variant, *(shown(one, name) for name in SHOWN))) + " |"
    yield ""


def _keys(name: str) -> str:
    defaults = {"hold": "as `every`", "cycles": "till the end"}
    keys = [f"`{key}` ({value or defaults[key]})" for key, value in PATTERNS[name].items()]
    return ", ".join(("`min` (0)", "`max`", "`at` (0s)", "`every` (1m)", *keys))


def picture(scenario: Scenario) -> str:
    """The numbers of pods over the hour after the warm-up, as a line of bars."""
    (spec,) = (one for one in scenario.model.workload if isinstance(one, Pattern))
    steps = steps_of(spec, Streams(scenario.model.seed), scenario.duration_ms)
    start, end = scenario.model.warm_up, scenario.duration_ms
    times = [start + (2 * column + 1) * (end - start) // (2 * COLUMNS) for column in range(COLUMNS)]
    pods = [[count for at, count in steps if at <= time][-1] for time in times]
    return "".join(BARS[-(-count * (len(BARS) - 1) // spec.max)] for count in pods)


if __name__ == "__main__":
    assert set(SAYS) == set(PATTERNS), json.dumps(sorted(set(SAYS) ^ set(PATTERNS)))
    TARGET.write_text(document(figures_kept()), encoding="utf-8")
