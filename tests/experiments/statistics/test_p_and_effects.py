"""Holm, permutation p-values, effect sizes, and exact tests, each against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import (
    McNemar,
    cliff_delta,
    exact_interval,
    holm,
    mcnemar,
    paired_effect,
    permutation_p_value,
)


def rejected_by_holm(p_values: list[float], level: float) -> list[bool]:
    """The procedure as Holm wrote it: smallest first, stop at the first that is not small enough."""
    rejected = [False] * len(p_values)
    left = sorted(range(len(p_values)), key=lambda i: p_values[i])
    while left and p_values[left[0]] * len(left) <= level:
        rejected[left.pop(0)] = True
    return rejected


@given(st.lists(st.integers(0, 64), min_size=1, max_size=8), st.integers(1, 63))
def test_holm_rejects_what_the_procedure_rejects(numerators, step):
    # Sixty-fourths are exact, so the border itself is tried too.
    p_values, level = [n / 64 for n in numerators], step / 64
    assert [p <= level for p in holm(p_values)] == rejected_by_holm(p_values, level)


def test_holm_by_hand():
    # 4 x .01; 3 x .02 = .06; 2 x .03 = .06; .5
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx((0.06, 0.04, 0.5, 0.06))
    # 2 x .04 = .08 is carried on to .05.
    assert holm([0.05, 0.04]) == pytest.approx((0.08, 0.08))
    assert holm([0.7, 0.6]) == (1.0, 1.0)
    assert holm([]) == ()


@pytest.mark.parametrize("p_values", [[0.5, 1.5], [-0.1], [float("nan")], [[0.1]]])
def test_holm_refuses_what_is_no_probability(p_values):
    with pytest.raises(ArgumentError, match="'p_values'"):
        holm(p_values)


@pytest.mark.parametrize(
    ("observed", "permuted", "higher", "p"),
    [
        (0.9, [0.5] * 99, True, 1 / 100),
        (0.9, [0.5] * 98 + [0.95], True, 2 / 100),
        (0.9, [0.5] * 98 + [0.9], True, 2 / 100),
        (0.3, [0.1 + 0.2, 0.1, 0.1], True, 2 / 4),
        (0.1 + 0.2, [0.3, 0.1, 0.1], True, 2 / 4),
        (0.5, [0.4, 0.6, 0.7], True, 3 / 4),
        (0.5, [0.4, 0.6, 0.7], False, 2 / 4),
        (-5.0, [-4.0, -6.0], True, 2 / 3),
        (0.0, [0.0], True, 1.0),
    ],
)
def test_permutation_p_value(observed, permuted, higher, p):
    assert permutation_p_value(observed, permuted, higher_is_better=higher) == pytest.approx(p)


def test_permutation_p_values_are_valid():
    # All orders alike: P(p <= k/20) is k/20 at most.
    scores = np.random.default_rng(0).random((4000, 20))
    p = np.array([permutation_p_value(row[0], row[1:]) for row in scores])
    for k in (1, 2, 5, 10):
        share = k / 20
        assert abs((p <= share + 1e-9).mean() - share) < 4 * math.sqrt(share * (1 - share) / 4000)


@pytest.mark.parametrize("permuted", [[], [float("nan")], [[0.5]]])
def test_permutation_needs_scores(permuted):
    with pytest.raises(ArgumentError, match="'permuted'"):
        permutation_p_value(0.5, permuted)


def test_paired_effect_by_hand():
    # Differences .1 .3 .2: d = 2. For 2 degrees of freedom the correction is Gamma(1) / Gamma(1/2).
    effect = paired_effect([0.8, 0.9, 0.7], [0.7, 0.6, 0.5])
    assert effect.d == pytest.approx(2.0)
    assert effect.g == pytest.approx(2 / math.sqrt(math.pi))
    # 4 degrees of freedom: Gamma(2) / (sqrt(2) Gamma(3/2)) = sqrt(2 / pi)
    a = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    effect = paired_effect(a, np.zeros(5))
    assert effect.d == pytest.approx(0.3 / math.sqrt(0.025))
    assert effect.g == pytest.approx(effect.d * math.sqrt(2 / math.pi))


def test_hedges_takes_the_bias_away():
    draws = np.random.default_rng(5).normal(0.8, 1, (20000, 6))
    effects = [paired_effect(row, np.zeros(6)) for row in draws]
    assert np.mean([e.g for e in effects]) == pytest.approx(0.8, abs=0.015)
    assert np.mean([e.d for e in effects]) > 0.9


def test_effects_without_spread():
    assert paired_effect([0.5, 0.6], [0.5, 0.6]).d == 0.0
    same = paired_effect([0.8, 0.6, 0.4], [0.7, 0.5, 0.3])
    assert same.d is None and same.g is None and same.folds == 3
    assert paired_effect([0.8, 0.6], [0.7, 0.3]).g == 0.0


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=8))
def test_cliff_delta_counts_pairs(pairs):
    a, b = np.array(pairs).T
    count = sum(int(x > y) - int(x < y) for x in a for y in b)
    assert cliff_delta(a / 10, b / 10) == pytest.approx(count / len(a) ** 2)


def test_cliff_delta_takes_rounding_for_a_tie():
    assert cliff_delta([0.1 + 0.2, 0.3], [0.3, 0.3]) == 0.0


SPLITS = [(0, 1), (1, 1), (0, 34), (34, 34), (31, 34), (5, 10), (480, 500)]


@pytest.mark.parametrize(("hits", "total"), SPLITS)
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_exact_interval_as_scipy(hits, total, confidence):
    ours = exact_interval(hits, total, confidence)
    theirs = binomtest(hits, total).proportion_ci(confidence, method="exact")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-10)
    assert ours.share == hits / total


def test_exact_interval_by_its_definition():
    # All of n right: the lower end is where that has a chance of 2.5 %.
    assert exact_interval(34, 34).low == pytest.approx(0.025 ** (1 / 34))
    assert exact_interval(0, 34).high == pytest.approx(1 - 0.025 ** (1 / 34))


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.5, 0.91])
def test_exact_interval_covers(truth):
    total = 30
    chances = [math.comb(total, k) * truth**k * (1 - truth) ** (total - k) for k in range(total + 1)]
    found = [exact_interval(k, total) for k in range(total + 1)]
    covered = sum(p for p, i in zip(chances, found, strict=True) if i.low <= truth <= i.high)
    assert covered >= 0.95


@pytest.mark.parametrize(
    ("hits", "total", "name"),
    [(-1, 5, "successes"), (6, 5, "successes"), (0, 0, "trials"), (0.5, 5, "successes")],
)
def test_exact_interval_refuses_what_are_no_counts(hits, total, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        exact_interval(hits, total)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3), st.integers(0, 3))
def test_mcnemar_as_the_binomial_test(only_a, only_b, both, neither):
    a = [True] * (both + only_a) + [False] * (only_b + neither + 1)
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * (neither + 1)
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    found = mcnemar(a, b)
    assert found == McNemar(both, only_a, only_b, neither + 1, found.p)
    assert found.p == pytest.approx(expected)
    assert mcnemar(np.array(a).astype(int), b) == found


@pytest.mark.parametrize(
    ("a", "b", "name"),
    [
        ([], [], "a_correct"),
        ([True, 2], [True, False], "a_correct"),
        ([0.5, 1.0], [True, False], "a_correct"),
        ([True], [True, False], "b_correct"),
        (["yes"], [True], "a_correct"),
    ],
)
def test_mcnemar_refuses_what_is_not_true_or_false(a, b, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        mcnemar(a, b)
