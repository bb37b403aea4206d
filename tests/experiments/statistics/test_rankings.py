"""Friedman and Nemenyi against brute force, SciPy, and the example in Demsar's paper."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import friedmanchisquare, studentized_range

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import friedman_test, nemenyi

MATRICES = st.tuples(st.integers(2, 6), st.integers(2, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 5), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)

# Table 6 of Demsar (2006): AUC of C4.5 and three variants on 14 datasets. By the ranks that the paper gives,
# the two values .975 of "voting" differ in digits that it does not print.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def slow_ranks(scores: np.ndarray) -> np.ndarray:
    """Rank 1 to the highest; a tie gets the mean of the places it takes."""
    better = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    same = (scores[:, None, :] == scores[:, :, None]).sum(axis=2)
    return 1 + better + (same - 1) / 2


def test_the_example_of_demsar():
    test = friedman_test(DEMSAR, correct_ties=False)
    assert [round(rank, 3) for rank in test.mean_ranks] == [3.143, 2.0, 2.893, 1.964]
    assert round(test.chi_square, 2) == 9.28
    assert round(test.f, 2) == 3.69
    assert test.f_df == (3, 39)
    # "The critical value of F(3,39) for alpha = 0.05 is 2.85, so we reject"
    assert test.f_p < 0.05
    at_five, at_ten = nemenyi(DEMSAR, 0.05), nemenyi(DEMSAR, 0.1)
    assert round(at_five.critical_difference, 2) == 1.25
    assert round(at_ten.critical_difference, 2) == 1.12
    # At 5 % the test is not powerful enough for any difference; at 10 % there are two groups.
    assert at_five.groups == ((3, 1, 2, 0),)
    assert at_ten.groups == ((3, 1, 2), (2, 0))


@pytest.mark.parametrize(
    ("models", "level", "critical"),
    # Table 5(a) of Demsar (2006)
    [
        (2, 0.05, 1.960),
        (4, 0.05, 2.569),
        (10, 0.05, 3.164),
        (2, 0.1, 1.645),
        (4, 0.1, 2.291),
        (10, 0.1, 2.920),
    ],
)
def test_critical_values_are_those_of_the_table(models, level, critical):
    scores = np.random.default_rng(1).random((7, models))
    found = nemenyi(scores, level).critical_difference / np.sqrt(models * (models + 1) / (6 * 7))
    assert found == pytest.approx(critical, abs=1.1e-3)


@given(MATRICES)
def test_ranks_and_statistic(rows):
    scores = np.array(rows) / 7
    test = friedman_test(scores)
    ranks = slow_ranks(np.array(rows))
    assert test.mean_ranks == pytest.approx(tuple(ranks.mean(axis=0)))
    # The statistic by its definition: spread of the sums of ranks over the spread of ranks within blocks.
    blocks, models = ranks.shape
    within = ((ranks - (models + 1) / 2) ** 2).sum() / (blocks * (models - 1))
    between = ((ranks.sum(axis=0) - blocks * (models + 1) / 2) ** 2).sum() / blocks
    expected = between / within if within else 0.0
    assert test.chi_square == pytest.approx(expected, abs=1e-9)
    assert 0 <= test.p <= 1 and 0 <= test.f_p <= 1
    if within and models > 2:
        theirs = friedmanchisquare(*np.array(rows).T)
        assert test.chi_square == pytest.approx(theirs.statistic, abs=1e-9)
        assert test.p == pytest.approx(theirs.pvalue, abs=1e-9)
    if test.f is not None:
        # Iman and Davenport's is the F ratio of an analysis of variance of the ranks.
        rows_left = ranks - ranks.mean(axis=0)
        # The tail of F is an incomplete beta function.
        d1, d2 = test.f_df
        assert (d1, d2) == (models - 1, (models - 1) * (blocks - 1))
        assert test.f_p == pytest.approx(betainc(d2 / 2, d1 / 2, d2 / (d2 + d1 * test.f)), abs=1e-9)
        assert test.f * (rows_left**2).sum() / (blocks - 1) == pytest.approx(
            blocks * ((ranks.mean(axis=0) - (models + 1) / 2) ** 2).sum() if within else 0.0, abs=1e-9
        )


def test_blocks_that_all_agree_are_counted_and_not_called_impossible():
    rows = [[3.0, 2.0, 1.0]] * 3
    test = friedman_test(rows)
    assert test.f is None
    orders = list(permutations(rows[0]))
    alike = [len(set(blocks)) == 1 for blocks in product(orders, repeat=3)]
    assert test.f_p == pytest.approx(np.mean(alike))
    tied = friedman_test([[2.0, 2.0, 1.0]] * 3)
    orders = list(permutations((2.0, 2.0, 1.0)))
    assert tied.f_p == pytest.approx(np.mean([len(set(b)) == 1 for b in product(orders, repeat=3)]))


def test_all_equal_is_no_difference():
    test = friedman_test(np.ones((4, 3)))
    assert (test.chi_square, test.p, test.f, test.f_p) == (0.0, 1.0, 0.0, 1.0)
    ranking = nemenyi(np.ones((4, 3)))
    assert ranking.groups == ((0, 1, 2),)
    assert np.array(ranking.p).min() == pytest.approx(1.0)


def test_rounding_does_not_break_ties_and_blocks_have_their_own_scale():
    ranks = friedman_test([[0.1 + 0.2, 0.3, 0.1], [3e9, 1e9, 2e9], [1e-9, 2e-9, 3e-9]]).mean_ranks
    assert ranks == pytest.approx(((1.5 + 1 + 3) / 3, (1.5 + 3 + 2) / 3, (3 + 2 + 1) / 3))


def test_lower_is_better_turns_the_ranks():
    up, down = friedman_test(DEMSAR), friedman_test(DEMSAR, higher_is_better=False)
    assert down.mean_ranks == pytest.approx([5 - rank for rank in up.mean_ranks])
    assert down.chi_square == pytest.approx(up.chi_square)
    assert nemenyi(DEMSAR, higher_is_better=False).order == nemenyi(-DEMSAR).order == (0, 2, 1, 3)


def slow_groups(ranking, models: int) -> set[frozenset[int]]:
    """Maximal sets of at least two models with no two that differ, out of all subsets."""
    means = ranking.mean_ranks

    def whole(subset):
        return all(abs(means[i] - means[j]) < ranking.critical_difference for i, j in combinations(subset, 2))

    found = [set(s) for n in range(2, models + 1) for s in combinations(range(models), n) if whole(s)]
    return {frozenset(s) for s in found if not any(s < other for other in found)}


@pytest.mark.parametrize("models", [2, 3, 5, 8])
@pytest.mark.parametrize("spread", [0.0, 1.0, 6.0])
def test_groups_are_the_largest_that_hold_together(models, spread):
    random = np.random.default_rng([models, int(spread)])
    scores = random.normal(size=(12, models)) + spread * random.permutation(models) / models
    ranking = nemenyi(scores)
    assert {frozenset(group) for group in ranking.groups} == slow_groups(ranking, models)
    means = [ranking.mean_ranks[model] for model in ranking.order]
    assert means == sorted(means)
    for group in ranking.groups:
        assert list(group) == sorted(group, key=ranking.order.index)
    p = np.array(ranking.p)
    assert (p == p.T).all() and (np.diag(p) == 1).all()
    for i, j in combinations(range(models), 2):
        gap = abs(ranking.mean_ranks[i] - ranking.mean_ranks[j])
        assert (p[i, j] < 0.05) == (gap > ranking.critical_difference)
        q = gap / np.sqrt(models * (models + 1) / (6 * 12)) * np.sqrt(2)
        assert p[i, j] == pytest.approx(studentized_range.sf(q, models, np.inf), abs=1e-6)


def test_p_values_hold_by_simulation():
    # Under the hypothesis, rows are random orders: the largest gap exceeds the critical one at the level.
    random = np.random.default_rng(8)
    models, blocks, times = 5, 40, 4000
    ranks = random.random((times, blocks, models)).argsort(axis=2).mean(axis=1)
    critical = nemenyi(random.random((blocks, models)), 0.1).critical_difference
    rate = float((np.ptp(ranks, axis=1) >= critical).mean())
    # 0.1 by a normal approximation; 3 standard errors of the simulation are .014, ranks come in steps
    assert 0.075 < rate < 0.115


@pytest.mark.parametrize(
    ("scores", "level", "name"),
    [
        ([[0.5, 0.6]], 0.05, "scores"),
        ([[0.5], [0.6]], 0.05, "scores"),
        ([0.5, 0.6], 0.05, "scores"),
        ([[0.5, 0.6], [0.5, float("inf")]], 0.05, "scores"),
        ([[0.5, 0.6], [0.5, 0.4]], 0.95, "level"),
        ([[0.5, 0.6], [0.5, 0.4]], 0.5, "level"),
        ([[0.5, 0.6], [0.5, 0.4]], 0.0, "level"),
    ],
)
def test_bad_input_is_refused_by_name(scores, level, name):
    with pytest.raises(ArgumentError, match=f"'{name}'"):
        nemenyi(scores, level)
    if name == "scores":
        with pytest.raises(ArgumentError, match="'scores'"):
            friedman_test(scores)
