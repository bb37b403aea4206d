"""The corrected paired test against a case worked out by hand, SciPy's plain test, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import corrected_interval, corrected_paired_test

SCORES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=20)


def test_hand_computed_case():
    # Differences .1 .3 .2: mean .2, s = .1. With 20/80, error = .1 sqrt(1/3 + 1/4) = .0763763, t = 2.618615.
    # For 2 degrees of freedom the two-sided p of t is 1 - t / sqrt(t^2 + 2) = .120105...
    test = corrected_paired_test([0.8, 0.9, 0.7], [0.7, 0.6, 0.5], 80, 20)
    error = 0.1 * math.sqrt(7 / 12)
    t = 0.2 / error
    assert test.difference == pytest.approx(0.2)
    assert test.std == pytest.approx(0.1)
    assert test.df == 2
    assert test.t == pytest.approx(t)
    assert test.p == pytest.approx(1 - t / math.sqrt(t**2 + 2))
    assert test.low == pytest.approx(0.2 - 4.302653 * error, abs=1e-6)
    assert test.high == pytest.approx(0.2 + 4.302653 * error, abs=1e-6)


def test_confidence_moves_the_interval_and_not_the_p_value():
    wide = corrected_paired_test([0.8, 0.9, 0.7, 0.6, 0.9], [0.7, 0.6, 0.5, 0.6, 0.8], 80, 20)
    narrow = corrected_paired_test([0.8, 0.9, 0.7, 0.6, 0.9], [0.7, 0.6, 0.5, 0.6, 0.8], 80, 20, 0.9)
    # t of 4 degrees of freedom: 2.776445 and 2.131847.
    ratio = (wide.high - wide.difference) / (narrow.high - narrow.difference)
    assert ratio == pytest.approx(2.776445 / 2.131847, abs=1e-6)
    assert wide.p == narrow.p


def test_without_correction_it_is_the_plain_paired_test():
    random = np.random.default_rng(4)
    a, b = random.random(10), random.random(10)
    ours = corrected_paired_test(a, b, 1e15, 1e-3)
    plain = ttest_rel(a, b)
    assert ours.t == pytest.approx(plain.statistic)
    assert ours.p == pytest.approx(plain.pvalue)
    interval = plain.confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))


@given(SCORES)
def test_laws(pairs):
    a, b = np.array(pairs).T / 40
    ab, ba = corrected_paired_test(a, b, 80, 20), corrected_paired_test(b, a, 80, 20)
    assert 0 <= ab.p <= 1
    assert ab.p == ba.p
    assert ab.difference == pytest.approx(-ba.difference)
    if ab.low is None:
        assert ab.p == 1.0 and ab.high is None and ab.t is None and ab.difference != 0
    else:
        assert ab.low == pytest.approx(-ba.high)
        # The interval and the p-value say the same.
        if abs(ab.p - 0.05) > 1e-9:
            assert (ab.low > 0 or ab.high < 0) == (ab.p < 0.05)


def test_equal_scores_are_no_evidence():
    test = corrected_paired_test([0.8, 0.9, 0.7], [0.8, 0.9, 0.7], 80, 20)
    assert (test.difference, test.low, test.high, test.t, test.p, test.std) == (0, 0, 0, 0, 1, 0)


@pytest.mark.parametrize("scale", [1.0, 7.3e-5, 12345.6])
def test_a_difference_without_spread_is_not_called_certain(scale):
    # In floating point .8 - .7, .6 - .5 and .4 - .3 are three different numbers; their spread is rounding.
    a, b = np.array([0.8, 0.6, 0.4]) * scale, np.array([0.7, 0.5, 0.3]) * scale
    assert np.ptp(a - b) > 0
    test = corrected_paired_test(a, b, 80, 20)
    assert test.difference == pytest.approx(0.1 * scale)
    assert (test.low, test.high, test.t, test.p, test.std) == (None, None, None, 1.0, 0.0)


def test_a_small_spread_is_a_spread():
    test = corrected_paired_test([0.8, 0.6, 0.4], [0.7, 0.5, 0.3 - 1e-9], 80, 20)
    assert test.t is not None and test.p < 1e-12


@pytest.mark.parametrize(
    ("a", "b", "train", "test", "confidence", "name"),
    [
        ([0.5], [0.5], 8, 2, 0.95, "a"),
        ([0.5, 0.6], [0.5], 8, 2, 0.95, "b"),
        ([0.5, 0.6, 0.7], [0.5, 0.6], 8, 2, 0.95, "b"),
        ([[0.5, 0.6]], [[0.5, 0.6]], 8, 2, 0.95, "a"),
        ([0.5, float("nan")], [0.5, 0.6], 8, 2, 0.95, "a"),
        ([0.5, 0.6], [0.5, 0.7], 0, 2, 0.95, "train_size"),
        ([0.5, 0.6], [0.5, 0.7], 8, 0, 0.95, "test_size"),
        ([0.5, 0.6], [0.5, 0.7], 8, 2, 1.0, "confidence"),
        ([0.5, 0.6], [0.5, 0.7], 8, 2, 0.05, "confidence"),
    ],
)
def test_bad_input_is_refused_by_name(a, b, train, test, confidence, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        corrected_paired_test(a, b, train, test, confidence)


def test_fewer_degrees_of_freedom_are_more_careful():
    a, b = np.random.default_rng(3).normal(0.6, 0.05, (2, 10))
    usual, careful = corrected_paired_test(a, b, 80, 20), corrected_paired_test(a, b, 80, 20, df=4)
    assert (usual.df, careful.df) == (9, 4)
    assert careful.t == usual.t
    # Two-sided 95 % quantiles of Student's t, from printed tables: 2.262 and 2.776.
    assert usual.high - usual.difference == pytest.approx(
        (careful.high - careful.difference) * 2.262 / 2.776, rel=1e-3
    )
    # For 4 degrees of freedom, the tail of t has a closed form.
    u = abs(usual.t) / math.sqrt(usual.t**2 + 4)
    assert careful.p == pytest.approx(1 - u * (3 - u**2) / 2)
    interval = corrected_interval(list(a), 80, 20, df=4, low=None, high=None)
    wide = corrected_interval(list(a), 80, 20, low=None, high=None)
    assert (interval.high - interval.mean) / (wide.high - wide.mean) == pytest.approx(2.776 / 2.262, rel=1e-3)
    for df in (0.5, 9.5):
        with pytest.raises(ArgumentError, match="'df'"):
            corrected_paired_test(a, b, 80, 20, df=df)
        with pytest.raises(ArgumentError, match="'df'"):
            corrected_interval(list(a), 80, 20, df=df)


def test_intervals_of_scores_without_bounds():
    # The same scores as in the bounded case worked out by hand: .7 +- .3286.
    scores = [0.6, 0.7, 0.8]
    free = corrected_interval(scores, 80, 20, low=None, high=None)
    assert (free.low, free.high) == pytest.approx((0.7 - 0.328623, 0.7 + 0.328623), abs=1e-5)
    assert corrected_interval(scores, 80, 20, low=0.5, high=None).low == 0.5
    assert corrected_interval(scores, 80, 20, low=0.5, high=None).high > 1
    r2 = corrected_interval([-3.0, 0.5], 80, 20, low=None)
    assert r2.low < -3 and r2.high == 1.0
    errors = corrected_interval([30.0, 10.0], 80, 20, low=0.0, high=None)
    assert errors.low == 0.0 and errors.mean == 20.0


@pytest.mark.parametrize(
    ("scores", "low", "high", "name", "rule"),
    [
        ([-0.1, 0.5], 0.0, 1.0, "scores", "from 0 to 1"),
        ([-0.1, 0.5], 0.0, None, "scores", "at least 0"),
        ([0.1, 1.5], None, 1.0, "scores", "at most 1"),
        ([0.1, 0.5], 1.0, 0.0, "low", "below 'high'"),
        ([0.1, 0.5], float("nan"), 1.0, "low", "finite"),
    ],
)
def test_scores_beyond_their_bounds_are_refused(scores, low, high, name, rule):
    with pytest.raises(ArgumentError, match=f"'{name}'.*{rule}"):
        corrected_interval(scores, 80, 20, low=low, high=high)
