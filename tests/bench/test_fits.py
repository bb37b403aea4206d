"""Fits recover what was planted, their intervals cover it, and errors of predictions are factors."""

from __future__ import annotations

import numpy as np
import pytest
from race_samples import timed_case

from qsetu.bench import errors_of, power_law
from qsetu.core.errors import ArgumentError

SIZES = (16, 64, 256, 1024)


def timed(seed: int, exponent: float, noise: float = 0.05, between: float = 0.0, processes: int = 3):
    """Candidates that take 1e-3 * size ** exponent, with noise in each round and between processes."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, between, processes)  # a slope of each process's own
    found = []
    for size in SIZES:
        spread = rng.lognormal(0, noise, (processes, 15))
        times = 1e-3 * size ** (exponent + own[:, None]) * spread
        found.append(timed_case("a", times.tolist(), times.tolist()).ours)
    return found


@pytest.mark.parametrize("exponent", [-0.7, 0.0, 0.5, 1.0, 2.0])
def test_an_exact_power_is_found_exactly(exponent):
    fit = power_law(SIZES, timed(0, exponent, noise=0.0))
    assert fit.exponent == pytest.approx(exponent, abs=1e-12)
    assert (fit.low, fit.high) == pytest.approx((exponent, exponent), abs=1e-12)
    assert (fit.factor, fit.off) == pytest.approx((1e-3, 1.0))
    assert fit.points == 4


@pytest.mark.parametrize(("between", "widest"), [(0.0, 0.03), (0.03, 0.1)], ids=["rounds", "processes"])
def test_intervals_cover_what_was_planted_and_are_no_wider_than_they_must(between, widest):
    fits = [power_law(SIZES, timed(seed, 0.8, between=between, processes=5), 400) for seed in range(60)]
    covered = np.mean([fit.low <= 0.8 <= fit.high for fit in fits])
    assert covered >= 0.8  # 95 % asked; a bootstrap of five processes gives less
    width = np.mean([fit.high - fit.low for fit in fits])
    assert 0.01 < width < widest


def test_processes_that_each_have_their_own_slope_widen_the_interval():
    # Drawn apart for each size, their common slope would average away.
    alone, own = (power_law(SIZES, timed(3, 0.8, 0.001, between)) for between in (0.0, 0.05))
    assert own.high - own.low > 10 * (alone.high - alone.low)


def test_a_bend_is_told():
    bent = [timed_case("a", [[size + 100.0] * 3], [[1.0] * 3]).ours for size in SIZES]
    fit = power_law(SIZES, bent)
    line = np.polyfit(np.log(SIZES), np.log([116, 164, 356, 1124]), 1)
    assert fit.exponent == pytest.approx(line[0])
    residuals = np.log([116, 164, 356, 1124]) - np.polyval(line, np.log(SIZES))
    assert fit.off == pytest.approx(np.exp(np.abs(residuals).max()))
    assert fit.off > 1.2


def test_a_process_that_died_leaves_fewer_runs():
    whole = timed(1, 1.0)
    dead = whole[2].model_copy(update={"runs": whole[2].runs[:1]})
    fit = power_law(SIZES, [*whole[:2], dead, whole[3]])
    assert fit.low < 1.0 < fit.high


@pytest.mark.parametrize(
    ("sizes", "count", "named"),
    [((1, 2, 3), 2, "timed"), ((2, 2), 2, "sizes"), ((0, 1), 2, "sizes"), ((4,), 1, "sizes")],
)
def test_what_cannot_be_fitted_is_named(sizes, count, named):
    with pytest.raises(ArgumentError, match=f"'{named}'"):
        power_law(sizes, timed(0, 1.0)[:count])


def test_errors_are_factors_either_way():
    off = errors_of([1.0, 4.0, 1.0, 3.0], [1.0, 1.0, 8.0, 2.0])
    assert (off.median, off.worst, off.where, off.count) == (2.75, 8.0, 2, 4)
    assert off.within_two == 0.5
    assert off.bias == pytest.approx((1.0 + 1.5) / 2)
    for wrong in (([], []), ([1.0], [1.0, 2.0]), ([0.0], [1.0]), ([1.0], [-1.0])):
        with pytest.raises(ArgumentError, match="'predicted'"):
            errors_of(*wrong)
