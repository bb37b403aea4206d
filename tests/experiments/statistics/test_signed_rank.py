"""Signed ranks against all signs written out, and against SciPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from qsetu.core.errors import ArgumentError
from qsetu.experiments.statistics import WilcoxonTest, wilcoxon_test


def by_all_signs(differences: list[int]) -> tuple[float, float, float]:
    """Both sums of ranks and the p-value, by counting; ranks by comparing each with each."""
    sizes = [abs(d) for d in differences]
    ranks = [sum(x < y for x in sizes) + (sum(x == y for x in sizes) + 1) / 2 for y in sizes]
    kept = [rank for rank, d in zip(ranks, differences, strict=True) if d]
    total = sum(kept)
    positive = sum(rank for rank, d in zip(ranks, differences, strict=True) if d > 0)
    extreme = abs(positive - total / 2)
    signs = product((0, 1), repeat=len(kept))
    sums = [sum(rank for rank, sign in zip(kept, chosen, strict=True) if sign) for chosen in signs]
    return positive, total - positive, float(np.mean([abs(s - total / 2) >= extreme for s in sums]))


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=9))
def test_ties_and_zeros_are_exact(differences):
    b = np.linspace(0.1, 0.5, len(differences))
    test = wilcoxon_test(b + np.array(differences) / 10, b)
    positive, negative, p = by_all_signs(differences)
    assert (test.positive, test.negative) == (positive, negative)
    assert test.p == pytest.approx(p, abs=1e-12)
    assert test.zeros == differences.count(0)
    assert test.method == "exact"
    # P(a higher) - P(b higher) weighted by ranks
    assert test.rank_biserial * (positive + negative) == pytest.approx(positive - negative)


@pytest.mark.parametrize("folds", [5, 10, 25, 50])
def test_as_scipy_without_ties(folds):
    random = np.random.default_rng(folds)
    a, b = random.normal(0.2, 1, folds), random.normal(0, 1, folds)
    ours, theirs = wilcoxon_test(a, b), wilcoxon(a, b, method="exact")
    assert min(ours.positive, ours.negative) == theirs.statistic
    assert ours.p == pytest.approx(theirs.pvalue)


def test_exact_and_normal_meet_at_the_border():
    random = np.random.default_rng(3)
    d = random.normal(0.12, 1, 201).round(1)
    exact, normal = wilcoxon_test(d[:200], np.zeros(200)), wilcoxon_test(d, np.zeros(201))
    assert (exact.method, normal.method) == ("exact", "normal approximation")
    assert exact.p == pytest.approx(wilcoxon(d[:200], zero_method="pratt", method="approx").pvalue, rel=0.02)
    assert normal.p == pytest.approx(wilcoxon(d, zero_method="pratt", method="approx").pvalue)


def test_five_folds_cannot_fall_below_a_sixteenth():
    test = wilcoxon_test([0.9, 0.8, 0.85, 0.7, 0.95], [0.5, 0.3, 0.4, 0.1, 0.2])
    assert test.p == 2 / 2**5
    assert test.rank_biserial == 1.0


def test_equal_scores():
    test = wilcoxon_test([0.5, 0.6], [0.5, 0.6])
    assert test == WilcoxonTest(0.0, 0.0, 0.0, 1.0, 2, 2, "exact")


def test_order_turns_the_sign():
    a, b = [0.9, 0.7, 0.8, 0.6], [0.8, 0.75, 0.5, 0.6]
    ab, ba = wilcoxon_test(a, b), wilcoxon_test(b, a)
    assert ab.p == ba.p
    assert ab.rank_biserial == -ba.rank_biserial
    assert "share training samples" in ab.note


def test_bad_input_is_refused_by_name():
    with pytest.raises(ArgumentError, match="'b'"):
        wilcoxon_test([0.1, 0.2], [0.1, 0.2, 0.3])
