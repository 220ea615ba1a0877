"""Settings side by side: the runs of each, and what they say about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sim.results.headline import HEADLINES
from sim.results.verdicts import check
from sim.scenario.errors import InputError, Problem, did_you_mean
from sim.scenario.variants import CURRENT, OPTIMUM

from .statistics import LEVEL, Estimate, estimate, paired

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.comparison_plots import ComparisonPlots
    from sim.scenario.expect import Expect

    from .jobs import Needed, Outcome

T = TypeVar("T")

SCHEMA_VERSION = 1

_UNATTAINABLE: dict[str, Callable[[Needed], float | None]] = {
    "held_mean": lambda needed: needed.mean,
    "held_peak": lambda needed: needed.peak,
    "assigned_mean": lambda needed: needed.mean,
    "subnet_free_min": lambda needed: needed.headroom,
} | dict.fromkeys(
    (
        "waste_mean",
        "waste_ip_hours",
        "ec2_calls",
        "throttled_calls",
        "throttled_share",
        "calls_per_pod",
        *(f"pod_ip_wait_{figure}" for figure in ("mean", "p50", "p90", "p95", "p99", "max")),
        "pods_waited",
        "unserved_pods",
        "failed_launches",
    ),
    lambda _needed: 0.0,
)
"""What could be had at best if every address came when a pod asks for it, and went with it."""


class Row(NamedTuple):
    """One setting's figures over all replications.

    Attributes:
        name: the variant's, or `CURRENT` or `OPTIMUM`.
        figures: by the names of `HEADLINES`; None where no run has the figure.
        at_least: names whose mean is only a lower bound, because waits of some run never ended.
    """

    name: str
    figures: dict[str, Estimate | None]
    at_least: tuple[str, ...]


class Kept(NamedTuple):
    """How a rule of the scenario's ``expect`` fared under one setting.

    Attributes:
        metric: what the rule is about.
        text: the rule, such as ``<= 5s``.
        held: in how many runs it held.
        runs: of how many.
    """

    metric: str
    text: str
    held: int
    runs: int


def _named(name: str, kind: str, known: Mapping[str, T]) -> T:
    if name not in known:
        message = f"there is no {kind} {name}"
        raise InputError([Problem(message, remedy=did_you_mean(name, list(known)))])
    return known[name]


@dataclass(frozen=True)
class Setting:
    """What was simulated under one setting.

    Attributes:
        name: the variant's, or `CURRENT`.
        values: what it changes, by path.
        runs: one a replication, in the order of the seeds.
    """

    name: str
    values: Mapping[str, Any]
    runs: tuple[Outcome, ...]

    def values_of(self, metric: str) -> list[float | None]:
        """The figure of each run; None where a run failed or has no such figure."""
        return [run.figures.values[metric] if run.figures else None for run in self.runs]

    def written(self) -> list[str]:
        """What it changes as arguments: ``ipamd.WARM_IP_TARGET=5``."""
        texts = (one if isinstance(one, str) else json.dumps(one) for one in self.values.values())
        return [f"{path}={text}" for path, text in zip(self.values, texts, strict=True)]

    @cached_property
    def row(self) -> Row:
        """Its figures over all replications."""
        figures = {metric: _mean(self.values_of(metric)) for metric in HEADLINES}
        bounds = {name for run in self.runs if run.figures for name in run.figures.at_least}
        return Row(self.name, figures, tuple(name for name in HEADLINES if name in bounds))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of its runs: the same for settings that are the same."""
        return tuple(run.key for run in self.runs)


@dataclass(frozen=True)
class Comparison:
    """Settings side by side, on the same pods and the same luck.

    Attributes:
        name: the scenario's.
        seeds: of the replications.
        duration_s: simulated seconds a run.
        warm_up_s: of these, not measured.
        versions: of the tool, the modelled CNI and the limits table.
        settings: the current one first, then the variants.
        expect: the scenario's rules, if it has any.
    """

    name: str
    seeds: tuple[int, ...]
    duration_s: float
    warm_up_s: float
    versions: Mapping[str, str]
    settings: tuple[Setting, ...]
    expect: Expect | None

    @property
    def current(self) -> Setting:
        """The scenario as it stands."""
        return self.settings[0]

    @property
    def variants(self) -> tuple[Setting, ...]:
        """What it is compared with."""
        return self.settings[1:]

    def setting(self, name: str) -> Setting:
        """The setting of a name.

        Raises:
            InputError: there is none.
        """
        return _named(name, "setting", {one.name: one for one in self.settings})

    @property
    def optimum(self) -> Row:
        """What no setting can do better than: exactly the addresses that the pods ask for."""
        needed = [run.needed for run in self.current.runs if run.needed is not None]
        figures = {
            metric: _mean([best(one) for one in needed])
            if (best := _UNATTAINABLE.get(metric))
            else None
            for metric in HEADLINES
        }
        return Row(OPTIMUM, figures, ())

    def rows(self) -> list[Row]:
        """The optimum, the current setting and the variants, in this order."""
        return [self.optimum, *(one.row for one in self.settings)]

    def difference(self, metric: str, variant: str, base: str = CURRENT) -> Estimate | None:
        """How much higher a figure is under a variant, by pairs of runs with the same seed.

        Args:
            metric: a name of `HEADLINES`.
            variant: a setting's name.
            base: the setting that it is compared with.

        Returns:
            The mean of the differences with its 95 % interval; None if no pair has the figure.

        Raises:
            InputError: there is no such figure or setting.
        """
        _named(metric, "figure", HEADLINES)
        there, here = (self.setting(name).values_of(metric) for name in (variant, base))
        pairs = [(a, b) for a, b in zip(here, there, strict=True) if a is not None is not b]
        return paired([a for a, _ in pairs], [b for _, b in pairs]) if pairs else None

    def differs(self, metric: str, variant: str, base: str = CURRENT) -> bool:
        """Whether a figure differs by more than chance could explain, and it is known which way."""
        difference = self.difference(metric, variant, base)
        is_chance = difference is None or difference.could_be_zero
        return not is_chance and not self.is_open(metric, variant, base)

    def is_open(self, metric: str, variant: str, base: str = CURRENT) -> bool:
        """Whether the lower of two settings' figures is only a lower bound: nobody knows then."""
        difference = self.difference(metric, variant, base)
        lower = base if difference and difference.mean > 0 else variant
        return metric in self.setting(lower).row.at_least

    def best(self, metric: str) -> tuple[str, ...]:
        """The settings with the best mean of a figure.

        Empty if that is only a lower bound, or if all settings have it.
        """
        sign = 1 if HEADLINES[metric].better == "low" else -1
        means = {one.name: one.row.figures[metric] for one in self.settings}
        known = {name: sign * figure.mean for name, figure in means.items() if figure}
        best = tuple(name for name, mean in known.items() if mean == min(known.values()))
        unclear = any(metric in self.setting(name).row.at_least for name in best)
        return () if unclear or len(best) == len(known) else best

    def kept(self, name: str) -> list[Kept]:
        """How the scenario's rules fared under a setting, rule by rule."""
        if self.expect is None:
            return []
        figures = [run.figures for run in self.setting(name).runs if run.figures]
        held = [[verdict.holds for verdict in check(self.expect, one)] for one in figures]
        return [
            Kept(rule.metric, rule.text, sum(one[place] for one in held), len(held))
            for place, rule in enumerate(self.expect.rules)
        ]

    def failed(self) -> list[tuple[Setting, int, Outcome]]:
        """(setting, its replication, what came of it) of the runs that failed."""
        runs = ((one, i, run) for one in self.settings for i, run in enumerate(one.runs))
        return [(one, i, run) for one, i, run in runs if run.figures is None]

    def runs(self) -> list[dict[str, Any]]:
        """One flat row a variant and replication: who, key, error, and all headline figures."""
        return [
            {
                "setting": one.name,
                "replication": i + 1,
                "seed": self.seeds[i],
                "key": run.key,
                "error": run.error,
                **{metric: one.values_of(metric)[i] for metric in HEADLINES},
                "at_least": " ".join(run.figures.at_least) if run.figures else "",
            }
            for one in self.settings
            for i, run in enumerate(one.runs)
        ]

    def to_pandas(self) -> pd.DataFrame:
        """What `runs` gives, as a table."""
        import pandas as pd

        return pd.DataFrame(self.runs())

    def to_dict(self) -> dict[str, Any]:
        """All figures with their intervals and paired differences, as plain JSON data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "scenario": {
                "name": self.name,
                "duration_s": self.duration_s,
                "warm_up_s": self.warm_up_s,
            },
            "versions": dict(self.versions),
            "level": LEVEL,
            "replications": len(self.seeds),
            "seeds": list(self.seeds),
            "units": {metric: one.unit for metric, one in HEADLINES.items()},
            OPTIMUM: _figures(self.optimum),
            "settings": [self._setting(one) for one in self.settings],
            "best": {metric: list(self.best(metric)) for metric in HEADLINES},
        }

    def _setting(self, one: Setting) -> dict[str, Any]:
        differences = {
            metric: _plain(difference) | {"chance": not self.differs(metric, one.name)}
            for metric in HEADLINES
            if (difference := self.difference(metric, one.name))
        }
        return {
            "name": one.name,
            "values": dict(one.values),
            "keys": list(one.keys),
            "errors": {run.key: run.error for run in one.runs if run.figures is None},
            "figures": _figures(one.row),
            "at_least": list(one.row.at_least),
            "differences": differences if one is not self.current else {},
            "expect": [kept._asdict() for kept in self.kept(one.name)],
        }

    @property
    def plot(self) -> ComparisonPlots:
        """Plots, with matplotlib: ``comparison.plot.front()`` and others."""
        from sim.report.comparison_plots import ComparisonPlots

        return ComparisonPlots(self)

    def _repr_html_(self) -> str:
        from sim.report.comparison_html import comparison_html

        return comparison_html(self)

    def __repr__(self) -> str:
        names = ", ".join(one.name for one in self.settings)
        return f"<Comparison of {self.name}: {names}; {len(self.seeds)} replications>"


def _mean(values: Iterable[float | None]) -> Estimate | None:
    known = [value for value in values if value is not None]
    return estimate(known) if known else None


def _figures(row: Row) -> dict[str, Any]:
    return {metric: _plain(figure) if figure else None for metric, figure in row.figures.items()}


def _plain(figure: Estimate) -> dict[str, Any]:
    """JSON knows no infinity: null where there is no interval."""
    low, high = (figure.low, figure.high) if figure.is_known else (None, None)
    return {"mean": figure.mean, "low": low, "high": high, "n": figure.n}
