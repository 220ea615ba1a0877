"""A run over measured series: sums, rates, gaps, clocks, and how far the two are apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_history import answer, series, write_json

from sim.cli import main
from sim.engine.run import run
from sim.importing.churn.made.series import Asked, answer_text, of_nodes
from sim.report.overlay_plot import plot_overlay
from sim.results.result import Result
from sim.scenario.errors import InputError
from sim.scenario.load import Scenario
from sim.study.overlay import Overlay, overlay
from sim.study.overlay_series import best_shift, held, increases, on_grid, total

T0 = 1_767_600_000
STEP_MS = 15_000
GROWING: dict[str, Any] = {
    "name": "growing",
    "duration": "12m",
    "cluster": {
        "subnets": [{"name": "a", "cidr": "10.0.0.0/22"}],
        "node_groups": [
            {
                "name": "g",
                "instance_type": "m5.large",
                "nodes": [{"at": "0s", "nodes": 2}, {"at": "6m", "nodes": 3}],
            }
        ],
    },
    "ipamd": {"WARM_IP_TARGET": 2},
    "workload": [
        {
            "kind": "poisson",
            "name": "tasks",
            "arrivals_per_minute": 12,
            "lifetime": {"uniform": {"min": "30s", "max": "3m"}},
        }
    ],
}


def make(**latency: str) -> Result:
    data = GROWING | ({"aws": {"latency": latency}} if latency else {})
    return run(Scenario.from_dict(data))


@pytest.fixture(scope="module")
def result() -> Result:
    """The run that is laid over others."""
    return make()


def dump(path: Path, of: Result, end_ms: int | None = None) -> Path:
    asked = Asked(T0 * 1000, T0 * 1000 + (end_ms or of.end_ms), STEP_MS)
    path.write_text("".join(answer_text(of_nodes(of, T0 * 1000, asked, "aws-node"))))
    return path


def error(found: Overlay, name: str) -> float:
    (line,) = [one for one in found.lines if one.name == name]
    return abs(line.errors.bias)


def test_a_run_lies_exactly_over_itself(result: Result, tmp_path: Path) -> None:
    """Written as measured and laid over, every metric's error is 0."""
    found = overlay(result, [dump(tmp_path / "m.json", result)], at_ms=T0 * 1000)
    assert len(found.lines) > 15
    assert {(one.errors.bias, one.errors.absolute) for one in found.lines} == {(0.0, 0.0)}
    assert (found.gaps, found.held, found.only_measured, found.only_simulated) == (0, 0, (), ())


def test_a_longer_latency_shows_and_goes_when_it_is_set(result: Result, tmp_path: Path) -> None:
    """Calibration: the error of a call's latency falls when the scenario has the measured one."""
    slow = {"AssignPrivateIpAddresses": "1200ms"}
    measured = [dump(tmp_path / "m.json", make(**slow))]
    name = "awscni_aws_api_latency_ms AssignPrivateIpAddresses"
    before = overlay(result, measured, at_ms=T0 * 1000)
    after = overlay(make(**slow), measured, at_ms=T0 * 1000)
    assert error(before, name) > 500
    assert error(after, name) == 0


def test_clocks_are_aligned_by_time_and_offset(result: Result, tmp_path: Path) -> None:
    """A run that is laid a minute too early is a minute early, and the offset mends it."""
    measured = [dump(tmp_path / "m.json", result)]
    wrong = overlay(result, measured, at_ms=(T0 - 60) * 1000)
    assigned = next(one for one in wrong.lines if one.metric == "awscni_assigned_ip_addresses")
    assert assigned.errors.lag is not None
    assert assigned.errors.lag * wrong.step_ms == -60_000
    right = overlay(result, measured, at_ms=(T0 - 60) * 1000, offset_ms=60_000)
    assert error(right, assigned.name) == 0


def test_the_history_of_the_scenario_gives_the_time(result: Result, tmp_path: Path) -> None:
    """Without --at the begin of the replayed history counts, or the first sample, as a guess."""
    measured = [dump(tmp_path / "m.json", result)]
    assert "guess" in overlay(result, measured).at_from
    origin = {"kind": "snapshot", "churn": "known", "history_start": "2026-01-05T08:00:00Z"}
    known = run(Scenario.from_dict(GROWING | {"origin": origin}))
    found = overlay(known, measured)
    assert found.at_ms == T0 * 1000
    assert max(one.errors.absolute for one in found.lines) == 0


def test_a_history_that_begins_at_no_time_is_refused() -> None:
    """It is read with the scenario, so that the message has its place."""
    origin = {"kind": "snapshot", "history_start": "on Monday"}
    with pytest.raises(InputError, match="'on Monday' is no time") as caught:
        Scenario.from_dict(GROWING | {"origin": origin})
    assert caught.value.problems[0].path == "origin.history_start"


def test_gaps_are_left_out_or_held_and_said(result: Result, tmp_path: Path) -> None:
    """Where nothing is measured nothing is compared; one node's missing samples are held over."""
    times = [place for place in range(20) if place not in (8, 9, 10)]
    one = series("awscni_eni_allocated", [(T0 + 120 + 15 * i, 2) for i in times], instance="a")
    two = series(
        "awscni_eni_allocated",
        [(T0 + 120 + 15 * i, 3) for i in times if i not in (3, 4)],
        instance="b",
    )
    path = write_json(tmp_path / "m.json", answer(one, two))
    found = overlay(result, [path], at_ms=T0 * 1000)
    assert (found.gaps, found.held) == (3, 2)
    (line,) = found.lines
    assert line.errors.samples == 17
    assert line.errors.measured == 5


def test_names_that_only_one_side_has_are_said(result: Result, tmp_path: Path) -> None:
    """Metrics that the model does not know, and those that were not queried."""
    samples = [(T0 + 120 + 15 * i, 1) for i in range(4)]
    names = ("awscni_eni_max", "awscni_reconcile_count")
    path = write_json(tmp_path / "m.json", answer(*(series(name, samples) for name in names)))
    found = overlay(result, [path], at_ms=T0 * 1000)
    assert found.only_measured == ("awscni_reconcile_count",)
    assert "awscni_total_ip_addresses" in found.only_simulated


def test_a_sum_has_no_name_and_can_be_given_one(result: Result, tmp_path: Path) -> None:
    """A query sum(...) takes the metric's name away."""
    sums = {"metric": {}, "values": [[T0 + 120 + 15 * i, "4"] for i in range(4)]}
    path = write_json(tmp_path / "m.json", answer(sums))
    with pytest.raises(InputError, match="no series of ipamd"):
        overlay(result, [path])
    found = overlay(result, [path], unnamed="awscni_eni_allocated")
    assert [one.metric for one in found.lines] == ["awscni_eni_allocated"]


def test_times_apart_are_refused(result: Result, tmp_path: Path) -> None:
    """A run that lies elsewhere has nothing to compare: the message says where both are."""
    measured = [dump(tmp_path / "m.json", result)]
    with pytest.raises(InputError, match=r"measured is 2026-01-05.* laid at 2026-02-01"):
        overlay(result, measured, at_ms=1_769_904_000_000)


def test_the_plot_shows_what_is_not_always_0(result: Result, tmp_path: Path) -> None:
    """A chart for each quantity that either has."""
    figure = plot_overlay(overlay(result, [dump(tmp_path / "m.json", result)], at_ms=T0 * 1000))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert "awscni_assigned_ip_addresses" in titles
    assert not any("total_ipv4_prefixes" in one for one in titles)


def test_the_command_writes_the_plot(result: Result, tmp_path: Path) -> None:
    """--plot takes the name of a picture, and refuses endings that it does not know."""
    result.save(tmp_path / "run")
    samples = [(T0 + 120 + 15 * i, 2) for i in range(4)]
    measured = write_json(tmp_path / "m.json", answer(series("awscni_eni_max", samples)))
    for name, code in (("o.png", 0), ("o.docx", 2)):
        arguments = ("overlay", str(tmp_path / "run"), "--prometheus", str(measured))
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--plot", str(tmp_path / name)])
        assert ended.value.code == code
    assert (tmp_path / "o.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_the_command_prints_each_form(
    result: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """A screen within 80 columns, and the same figures as data."""
    result.save(tmp_path / "run")
    measured = dump(tmp_path / "m.json", result)
    arguments = ["overlay", str(tmp_path / "run"), "--prometheus", str(measured), "-o", form]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--at", "2026-01-05T08:00:00Z"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    check: dict[str, Callable[[], bool]] = {
        "table": lambda: max(map(len, out.splitlines())) <= 80 and "seed 1; ipamd-sim" in out,
        "json": lambda: all(one["mean_error"] == 0 for one in json.loads(out)["metrics"]),
        "csv": lambda: out.startswith("metric,of,unit,samples,measured_mean,simulated_mean,"),
    }
    assert check[form]()


# ------------------------------------------------------------------------- pure functions


def test_counters_rise_across_restarts_and_begin_at_their_first_sample() -> None:
    """A fall is a new begin at 0; what came before the first sample is not counted."""
    nan = float("nan")
    rows = [np.array([5.0, 7.0, 1.0, 4.0]), np.array([nan, 9.0, 9.0, 10.0])]
    assert increases(rows).tolist() == [2, 1, 4]
    assert total(rows).tolist() == [5, 16, 10, 14]


def test_a_gap_is_filled_between_the_ends_only() -> None:
    """Before a node's first sample and after its last it is not there."""
    nan = float("nan")
    row = held(np.array([nan, 3.0, nan, nan, 5.0, nan]))
    assert np.nan_to_num(row, nan=-1).tolist() == [-1, 3, 3, 3, 5, -1]


def test_samples_stand_until_they_are_too_old() -> None:
    """Scrape times need not lie on the grid."""
    times, values = np.array([3, 17, 90]), np.array([1.0, 2.0, 3.0])
    row = on_grid(times, values, np.array([0, 10, 20, 30, 40]), hold=14)
    assert np.nan_to_num(row, nan=-1).tolist() == [-1, 1, 2, 2, -1]


@pytest.mark.parametrize("shift", range(-4, 5))
def test_a_shifted_series_shows_its_shift(shift: int) -> None:
    """Late is above 0, early below, and no lag is named where there is none."""
    full = np.random.default_rng(7).poisson(20, 80).astype(float)
    measured, simulated = full[5:-5], np.roll(full, shift)[5:-5]
    assert best_shift(measured, simulated) == (shift or None)


def test_no_lag_is_named_without_a_reason() -> None:
    """A series that never changes, a short one, and two that have nothing to do with each other."""
    chance = np.random.default_rng(7)
    one, other = chance.poisson(20, (2, 200)).astype(float)
    assert best_shift(one, np.full(200, 20.0)) is None
    assert best_shift(one[:7], np.roll(one, 1)[:7]) is None
    assert best_shift(one, other) is None
