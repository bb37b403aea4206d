"""How many independent variants a panel is worth, against correlations taken pair by pair."""

from __future__ import annotations

import numpy as np
import pytest

from qsetu.genomics.splits.cross_people import independent_variants


def panel(people=40, variants=300, copies=1, seed=0) -> np.ndarray:
    """Independent variants, each ``copies`` times."""
    rng = np.random.default_rng(seed)
    drawn = rng.binomial(2, rng.uniform(0.2, 0.8, variants), (people, variants))
    return np.repeat(drawn, copies, axis=1).astype(np.int8)


def pair_by_pair(values: np.ndarray) -> float:
    """M^2 / sum r^2, less what chance alone gives each pair: r^2 is 1 / (N - 1) on average."""
    people, variants = values.shape
    total = 0.0
    for i in range(variants):
        for j in range(variants):
            r = np.corrcoef(values[:, i], values[:, j])[0, 1]
            total += r**2 - (1 / (people - 1) if i != j else 0)
    return variants**2 / max(variants, total)


@pytest.mark.parametrize("copies", [1, 4])
@pytest.mark.parametrize("people", [10, 50])
def test_correlations_of_all_pairs_less_those_of_chance(people, copies):
    values = panel(people, 24, copies)
    assert independent_variants(values) == pytest.approx(pair_by_pair(values), rel=1e-4)


@pytest.mark.parametrize("people", [20, 40, 80])
def test_unlinked_variants_count_each_however_few_the_people(people):
    # The correlations that few people have by chance would make 1,000 variants worth as many as people.
    found = independent_variants(panel(people, 1000))
    assert 900 < found <= 1000


def test_copies_of_a_variant_count_once():
    assert independent_variants(panel(60, 30, copies=20)) == pytest.approx(30, rel=0.1)
    assert independent_variants(panel(60, 1, copies=50)) == pytest.approx(1, rel=0.05)


def test_which_allele_is_counted_does_not_matter():
    values = panel(30, 40, copies=2)
    turned = values.copy()
    turned[:, ::3] = 2 - turned[:, ::3]
    assert independent_variants(turned) == pytest.approx(independent_variants(values), rel=1e-5)


def test_variants_that_do_not_vary_and_missing_calls_count_nothing():
    values = panel(50, 40)
    same = np.full((50, 7), 2, dtype=np.int8)
    expected = independent_variants(values)
    assert independent_variants(np.hstack([values, same])) == pytest.approx(expected)
    uncalled = np.where(np.arange(50)[:, None] % 2, 1, -1).astype(np.int8)  # all that is known is equal
    assert independent_variants(np.hstack([values, uncalled])) == pytest.approx(expected)
    few = values.astype(float)
    values[:5, :10] = -1
    few[:5, :10] = few[5:, :10].mean(axis=0)  # a call that is missing is worth the mean of the others
    assert independent_variants(values) == pytest.approx(pair_by_pair(few), rel=1e-4)


def test_nothing_is_known_of_two_people_or_of_what_never_varies():
    assert independent_variants(panel(2, 50)) == 0
    assert independent_variants(np.ones((20, 5), dtype=np.int8)) == 0
    assert independent_variants(panel(3, 50)) > 0
