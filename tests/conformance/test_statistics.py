"""The comparison's own statistics against scipy's."""

from __future__ import annotations

import random

import pytest

from sim.conformance.ensemble import compare, ks_p_value
from sim.conformance.placement import chi_square_p_value


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3, 0.6, 1.0])
@pytest.mark.parametrize(("n", "m"), [(100, 100), (30, 120), (20, 40)])
def test_kolmogorov_smirnov_is_scipys(n: int, m: int, shift: float) -> None:
    """The two-sample p is that of scipy's asymptotic test, near enough to decide at 0.001."""
    from scipy import stats  # takes a second, that only one of the workers needs

    stream = random.Random(n * 1000 + int(shift * 10))
    one = [stream.gauss(0, 1) for _ in range(n)]
    other = [stream.gauss(shift, 1) for _ in range(m)]
    exact = stats.ks_2samp(one, other, method="exact").pvalue
    assert ks_p_value(one, other) == pytest.approx(exact, abs=0.08)


@pytest.mark.parametrize("freedom", [1, 2, 5, 12, 40])
@pytest.mark.parametrize("p", [0.5, 0.05, 0.001])
def test_chi_square_tail_is_scipys(freedom: int, p: float) -> None:
    """The upper tail is scipy's within a few percent of p."""
    from scipy import stats

    statistic = float(stats.chi2.isf(p, freedom))
    assert chi_square_p_value(statistic, freedom) == pytest.approx(p, rel=0.25)


def test_a_shifted_metric_falls_out_of_its_band() -> None:
    """Means that differ by over three errors and half a percent are outside, others inside."""
    stream = random.Random(1)
    daemon = [{"calls": 100 + stream.gauss(0, 1), "same": 7.0} for _ in range(50)]
    near = [{"calls": 100 + stream.gauss(0, 1), "same": 7.0} for _ in range(50)]
    far = [{"calls": 103 + stream.gauss(0, 1), "same": 7.1} for _ in range(50)]
    assert [one.inside for one in compare(daemon, near)] == [True, True]
    assert [one.inside for one in compare(daemon, far)] == [False, False]
